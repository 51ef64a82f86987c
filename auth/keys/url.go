package keys

import "github.com/concierge-gateway/concierge/auth/remote"

// urlMistake says what is wrong with a URL that keys are read from, or nothing.
func urlMistake(text string, insecure bool) string {
	return remote.Mistake(text, insecure, "put in keys of their own")
}

// issuerMistake asks for more: a path is put behind an issuer (OpenID Connect Discovery 1.0, section 3).
func issuerMistake(text string, insecure bool) string {
	if message := urlMistake(text, insecure); message != "" {
		return message
	}
	if !remote.Bare(text) {
		return "must not have a query"
	}
	return ""
}

package auth

import "strings"

// maxTokenBytes bounds what is hashed and decoded for a caller that nobody knows yet.
const maxTokenBytes = 8 << 10

// bearer takes out of the values of Authorization what may be a token: isToken68 tells. Whatever is not exactly one bearer
// credential is refused, rather than read as one of the several things it might mean.
func bearer(authorization []string) (token string, ok bool) {
	if len(authorization) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110, section 11.1: in any case
		return "", false
	}
	token = strings.TrimLeft(token, " ")
	if token == "" || len(token) > maxTokenBytes {
		return "", false
	}
	return token, true
}

// isToken68 checks the alphabet of RFC 9110, section 11.2. The padding is only allowed at the end.
func isToken68(text string) bool {
	text = strings.TrimRight(text, "=")
	for i := range len(text) {
		if !inToken68(text[i]) {
			return false
		}
	}
	return text != ""
}

func inToken68(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	default:
		return strings.IndexByte("-._~+/", c) >= 0
	}
}

package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Config says which cookie may stand for a caller.
type Config struct {
	// Name is the cookie that holds the JWT, best one that begins with __Host-: browsers take such a cookie from this very host
	// alone, over TLS, so no neighbouring host can plant one. Empty, cookies are not looked at.
	Name string `yaml:"name"`
	// Header is a field by which a script shows that it made the request: pages of other sites cannot send it. Any value will do.
	// It begins with X-, as no field does that browsers send by themselves.
	Header string `yaml:"header"`
}

// DefaultConfig looks at no cookie. The header is not X-Requested-With, because Android's WebView sends that with every request.
func DefaultConfig() Config { return Config{Header: "X-Concierge-CSRF"} }

// maxName is how long a name may be, in bytes.
const maxName = 100

// Validate reports names that cannot be any, and headers that prove nothing.
func (c Config) Validate(fail func(path, message string)) {
	if c.Name != "" && !isToken(c.Name) {
		fail("name", fmt.Sprintf("must be letters, digits and signs such as - and _, %d at most", maxName))
	}
	if message := headerMistake(c.Header); message != "" {
		fail("header", message)
	}
}

func headerMistake(name string) string {
	switch canonical := http.CanonicalHeaderKey(name); {
	case !isToken(name):
		return fmt.Sprintf("must be the name of a header of %d bytes at most", maxName)
	case canonical == "Apollo-Require-Preflight":
		return ""
	case !strings.HasPrefix(canonical, "X-"):
		return "must begin with X-: browsers send others by themselves"
	case isAddedOnTheWay(canonical):
		return "is sent by proxies or browsers on their own, and says nothing of a page"
	}
	return ""
}

// isAddedOnTheWay tells fields that proxies add to any request, and those that browsers, or apps around them, do.
func isAddedOnTheWay(canonical string) bool {
	for _, family := range []string{"X-Amz", "X-B3-", "X-Cloud-", "X-Envoy-", "X-Forwarded-", "X-Original-"} {
		if strings.HasPrefix(canonical, family) {
			return true
		}
	}
	return slices.Contains([]string{
		"X-Client-Ip", "X-Correlation-Id", "X-Real-Ip", "X-Request-Id", "X-Request-Start", "X-Scheme", // proxies
		"X-Moz", "X-Purpose", "X-Requested-With", // pages that are loaded in advance, and Android's WebView
	}, canonical)
}

// isToken tells whether a text can be the name of a cookie or a header (RFC 9110, section 5.6.2).
func isToken(text string) bool {
	return text != "" && len(text) <= maxName && strings.IndexFunc(text, notToken) < 0
}

func notToken(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

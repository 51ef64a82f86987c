package proxy

import (
	"net/http"
	"strings"
)

// LimitedHeader is the field by which an answer tells what it lacks because the caller has read it too often. It is the gateway's
// own, as all are that tell of limits.
const LimitedHeader = "Concierge-Limited"

// tellsLimits reports whether a field tells what limits there are: those of draft-ietf-httpapi-ratelimit-headers and of its
// earlier versions, and what was usual before. Only the gateway says that: a service's limits are not the client's.
func tellsLimits(name string) bool {
	if name == "" {
		return false
	}
	switch name[0] {
	case 'C', 'c':
		return strings.EqualFold(name, LimitedHeader)
	case 'R', 'r':
		return hasPrefix(name, "RateLimit")
	case 'X', 'x':
		return hasPrefix(name, "X-RateLimit") || hasPrefix(name, "X-Rate-Limit")
	default:
		return false
	}
}

// hasPrefix compares in any case.
func hasPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// ForgetLimits leaves out what a service says of its limits, as Send does. Retry-After stays: it is of this answer.
func ForgetLimits(header http.Header) {
	for name := range header {
		if tellsLimits(name) {
			delete(header, name)
		}
	}
}

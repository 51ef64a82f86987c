package rules

import (
	"strconv"
	"strings"
	"time"
)

// Forward is why a request went on to the service (RFC 9211, 2.2).
type Forward string

// The reasons: the cache was configured not to answer, the method is not one that it answers, there is nothing for the URI or
// for the fields that Vary names, there is nothing and it was not found out which of these, the request did not want what there
// is, what there is was stale, or is only a part.
const (
	Bypass    Forward = "bypass"
	Method    Forward = "method"
	URIMiss   Forward = "uri-miss"
	VaryMiss  Forward = "vary-miss"
	AnyMiss   Forward = "miss"
	Requested Forward = "request"
	Stale     Forward = "stale"
	Partial   Forward = "partial"
)

// Report is what a cache did with a request.
type Report struct {
	// Forward is empty where the request was answered from the store.
	Forward Forward
	// ForwardStatus is what the service answered, 0 where that is what the client gets.
	ForwardStatus int
	// Timed says that TTL is known: for how much longer the answer is fresh, negative once it is stale.
	Timed bool
	TTL   time.Duration
	// Stored says that the answer was kept, and Collapsed that the request was shared with others.
	Stored, Collapsed bool
	// Detail is a word of our own. Characters that a string of structured fields does not have are left out.
	Detail string
}

// Status is a member of Cache-Status (RFC 9211), such as `concierge; hit; ttl=30`. The name of the cache is a token.
func Status(cache string, r Report) string {
	var room [96]byte
	return string(AppendStatus(room[:0], cache, r))
}

// AppendStatus appends Status.
func AppendStatus(text []byte, cache string, r Report) []byte {
	text = append(text, cache...)
	if r.Forward == "" {
		text = append(text, "; hit"...)
	} else {
		text = append(append(text, "; fwd="...), r.Forward...)
		if r.ForwardStatus != 0 {
			text = strconv.AppendInt(append(text, "; fwd-status="...), int64(r.ForwardStatus), 10)
		}
	}
	if r.Timed {
		text = strconv.AppendInt(append(text, "; ttl="...), wholeSeconds(r.TTL), 10)
	}
	if r.Stored && r.Forward != "" {
		text = append(text, "; stored"...)
	}
	if r.Collapsed && r.Forward != "" {
		text = append(text, "; collapsed"...)
	}
	if r.Detail != "" {
		text = append(append(text, "; detail="...), detailed(r.Detail)...)
	}
	return text
}

// wholeSeconds rounds down, so that what is stale never looks fresh.
func wholeSeconds(d time.Duration) int64 {
	n := int64(d / time.Second)
	if d%time.Second < 0 {
		n--
	}
	return n
}

// detailed is a text as a token, or else as a string (RFC 9651, 4.1).
func detailed(text string) string {
	if isToken(text) && (text[0] == '*' || isLower(text[0]|0x20)) {
		return text
	}
	var quoted strings.Builder
	quoted.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			quoted.WriteByte('\\')
			quoted.WriteByte(c)
		case ' ' <= c && c <= '~':
			quoted.WriteByte(c)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}

package proxy

import (
	"net/http"
	"strings"
)

// pseudonym is what the gateway calls itself in Via, whatever its host is called.
const pseudonym = "concierge"

// maxVisits is how often one request may come by. A chain of gateways is a design, and five are a circle.
const maxVisits = 5

// visits counts how often a request has been here (RFC 9110, section 7.6.3). Each member of the list names a protocol, who
// received the message, and a comment.
func visits(via []string) (n int) {
	named(via, func(member string) bool {
		_, receiver, _ := strings.Cut(member, " ")
		receiver, _, _ = strings.Cut(strings.TrimLeft(receiver, " \t"), " ")
		if strings.EqualFold(receiver, pseudonym) {
			n++
		}
		return true
	})
	return n
}

// received is the gateway's own member of Via.
func received(r *http.Request) string {
	switch {
	case r.ProtoMajor == 2:
		return "2.0 " + pseudonym
	case r.ProtoAtLeast(1, 1):
		return "1.1 " + pseudonym
	default:
		return "1.0 " + pseudonym
	}
}

package connection

import (
	"net/http"
	"strings"
)

// maxBody bounds the body of a simple request, in bytes. As much fits the buffers that lie between a socket and the next, so that
// writing it need not wait for a service that answers before it has read everything.
const maxBody = 32 << 10

// simple reports whether a request can be written before anybody has to listen, as far as its header does not say otherwise. One
// that is not as it should be is no simple one: http.Transport says what is wrong.
func (t *Transport) simple(req *http.Request) bool {
	u := req.URL
	return u != nil && u.Scheme == "http" && u.Host == t.host && u.Opaque == "" && isASCII(u.Host) &&
		req.Method != http.MethodConnect && (req.Method == "" || isToken(req.Method)) &&
		!req.Close && !cancelled(req) && len(req.TransferEncoding) == 0 && len(req.Trailer) == 0 &&
		req.Header != nil && bodyIsAtHand(req)
}

// cancelled reports whether a request may be ended by other means than its context.
func cancelled(req *http.Request) bool {
	return req.Cancel != nil //nolint:staticcheck // whoever sets it still expects it to work
}

// bodyIsAtHand reports whether there is no body, or one that is known and could be sent again.
func bodyIsAtHand(req *http.Request) bool {
	if req.Body == nil || req.Body == http.NoBody {
		return req.ContentLength == 0
	}
	return req.GetBody != nil && req.ContentLength > 0 && req.ContentLength <= maxBody
}

// headerIsPlain reports whether all fields are plain.
func headerIsPlain(header http.Header) bool {
	for name, values := range header {
		if !isPlain(name, values) {
			return false
		}
	}
	return true
}

// isPlain reports whether a field is valid, and has nothing to do with the connection.
func isPlain(name string, values []string) bool {
	switch name {
	case "Connection", "Upgrade", "Expect":
		return false
	}
	for _, each := range values {
		if !isText(each) {
			return false
		}
	}
	return isToken(name)
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if ('a' > c|0x20 || c|0x20 > 'z') && c != '-' && ('0' > c || c > '9') && strings.IndexByte("!#$%&'*+.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isText reports whether s has no control character but tabs. It looks at eight bytes at once, and at each of them only where one
// of them may be a control character: every field of every request and answer is looked at.
func isText(s string) bool {
	for len(s) >= 8 {
		if mayControl(s) && !isTextByByte(s[:8]) {
			return false
		}
		s = s[8:]
	}
	return isTextByByte(s)
}

// mayControl is false where none of the first eight bytes of s is below a space or DEL. Subtracting a number from all of them
// sets the highest bit of those that are smaller; what has it from the beginning does not count.
func mayControl(s string) bool {
	const each, highest = 0x0101010101010101, 0x8080808080808080
	word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	del := word ^ 0x7f*each // 0 where it is one
	return ((word-' '*each)&^word|(del-each)&^del)&highest != 0
}

func isTextByByte(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isASCII reports whether s has no character that a host would have to be converted for.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

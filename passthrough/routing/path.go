package routing

import (
	"strings"
	"unicode/utf8"
)

// The bounds of a path. RFC 9110, section 4.1 recommends that at least 8000 octets be taken.
const (
	MaxPath     = 8192 // bytes, as the client wrote it
	MaxSegments = 64
)

// Policy says what a path may hold.
type Policy struct {
	// EncodedSlashes lets %2F stand in a path. It then belongs to its segment, and goes to the service encoded. Otherwise such a
	// path is refused: programs differ on whether it divides segments.
	EncodedSlashes bool
}

// path is a request's path, in segments. Both texts begin with a slash; a segment ends before the next one, or with the text.
type path struct {
	raw, text     string                  // as the client wrote it, and decoded
	rawAt, textAt [MaxSegments + 1]uint16 // which MaxPath fits into
	count         int
}

// segment is the decoded text of a segment.
func (p *path) segment(i int) string { return p.text[p.textAt[i] : p.textAt[i+1]-1] }

// rawSegment is a segment as the client wrote it.
func (p *path) rawSegment(i int) string { return p.raw[p.rawAt[i] : p.rawAt[i+1]-1] }

// read divides a path, or says why it is refused.
func (p *path) read(raw string, policy Policy) (reason string) {
	p.raw, p.text = raw, raw
	if reason = p.divide(); reason != "" {
		return reason
	}
	if strings.IndexByte(raw, '%') < 0 {
		p.textAt = p.rawAt
	} else if reason = p.decode(); reason != "" {
		return reason
	}
	for i := range p.count {
		if reason = refuseSegment(p.segment(i), policy); reason != "" {
			return reason
		}
	}
	return ""
}

// divide finds where the segments begin.
func (p *path) divide() (reason string) {
	switch {
	case !strings.HasPrefix(p.raw, "/"):
		return "must begin with /"
	case len(p.raw) > MaxPath:
		return "is longer than 8192 bytes"
	}
	p.count = 0
	for i := range len(p.raw) {
		switch c := p.raw[i]; {
		case c == '/' && p.count == MaxSegments:
			return "has more than 64 segments"
		case c == '/' && p.count > 0 && int(p.rawAt[p.count-1]) == i:
			return "holds an empty segment"
		case c == '/':
			p.rawAt[p.count] = uint16(i + 1)
			p.count++
		case c == ' ' || c == '#' || c == '?': // where another program would end the path
			return "holds a character that must be percent-encoded"
		}
	}
	p.rawAt[p.count] = uint16(len(p.raw) + 1) //nolint:gosec // it is MaxPath at most
	return ""
}

// decode undoes percent-encoding, in each segment for itself.
func (p *path) decode() (reason string) {
	text := make([]byte, 0, len(p.raw))
	segment := 0
	for i := 0; i < len(p.raw); i++ {
		c := p.raw[i]
		if c == '%' {
			var ok bool
			if c, ok = unhex(p.raw[i+1:]); !ok {
				return "has an invalid percent-encoding"
			}
			i += 2
		}
		text = append(text, c)
		if p.raw[i] == '/' {
			p.textAt[segment] = uint16(len(text)) //nolint:gosec // it is not longer than what it is decoded from
			segment++
		}
	}
	p.textAt[segment] = uint16(len(text) + 1) //nolint:gosec // see above
	p.text = string(text)
	return ""
}

// refuseSegment says why a decoded segment is refused.
//
// Text that is not UTF-8 is, since the longer forms of dots and slashes that UTF-8 forbids (RFC 3629, section 10) are still read
// as such by some, and since a value must be able to stand in JSON.
func refuseSegment(text string, policy Policy) (reason string) {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c == 0x7f:
			return "holds a control character"
		case c == '\\':
			return "holds a backslash"
		case c == '/' && !policy.EncodedSlashes:
			return "holds an encoded slash"
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	switch {
	case !ascii && !utf8.ValidString(text):
		return "is not UTF-8"
	case hasDots(text):
		return "holds a dot segment"
	}
	return ""
}

// hasDots reports whether a segment, or a part of it between encoded slashes, is . or .. by itself or before a semicolon: some
// servers drop what follows one as a parameter of the segment, and only then resolve the dots.
func hasDots(text string) bool {
	for text != "" && strings.IndexByte(text, '.') >= 0 {
		var part string
		part, text, _ = strings.Cut(text, "/")
		if part, _, _ = strings.Cut(part, ";"); part == "." || part == ".." {
			return true
		}
	}
	return false
}

package routing

import "strings"

// appendEscaped appends a path, or a part of one, as RFC 3986 writes it: what need not be encoded is decoded (section 6.2.2.2),
// what must be is encoded, and what was encoded of the rest stays so, since a service may tell %3B from a semicolon. A slash
// stays one.
func appendEscaped(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '%' {
			dst = appendByte(dst, c, c == '/' || isPchar(c))
			continue
		}
		c, _ = unhex(raw[i+1:]) // it was read before
		dst = appendByte(dst, c, isUnreserved(c))
		i += 2
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

func appendByte(dst []byte, c byte, plain bool) []byte {
	if plain {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&0xf])
}

// isPchar reports whether a byte may stand for itself in a segment (RFC 3986, section 3.3).
func isPchar(c byte) bool { return isUnreserved(c) || strings.IndexByte("!$&'()*+,;=:@", c) >= 0 }

// isUnreserved reports whether a byte means the same encoded and not (RFC 3986, section 2.3).
func isUnreserved(c byte) bool {
	return isLetter(rune(c)) || isDigit(rune(c)) || c == '-' || c == '.' || c == '_' || c == '~'
}

// unhex is the byte of the two hexadecimal digits that a text begins with.
func unhex(text string) (c byte, ok bool) {
	if len(text) < 2 {
		return 0, false
	}
	high, low := digit(text[0]), digit(text[1])
	return high<<4 | low, high < 16 && low < 16
}

// digit is the value of a hexadecimal digit, and 16 of anything else.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 16
	}
}

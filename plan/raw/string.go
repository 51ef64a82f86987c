package raw

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// escapes says what escapes a string has.
type escapes uint8

const (
	noEscapes    escapes = iota
	sameEscapes          // only those that gqlgen writes in the same way: \" \\ \n \r \t
	otherEscapes         // some that it writes in another way, or that are wrong
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scan finds the end of a string, from its quote on. Strings with control characters or invalid UTF-8 are wrong; whether other
// escapes are right is not looked at.
func scan(raw []byte, pos int) (end int, found escapes) {
	i := run(raw, pos+1)
	if i < len(raw) && raw[i] == '"' {
		return i + 1, noEscapes
	}
	return scanRest(raw, pos, i)
}

// run finds the end of a run of plain bytes: the next quote, backslash, control character or byte beyond ASCII.
//
// It looks at eight bytes at once, in terms that set the uppermost bit of each of those. A borrow can set it falsely, but only
// behind one that is rightly set, and the first one counts.
func run(raw []byte, i int) int {
	for ; i+word <= len(raw); i += word {
		x := binary.LittleEndian.Uint64(raw[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		if hits := ((quote-ones)&^quote | (slash-ones)&^slash | (x - ones*' ') | x) & highs; hits != 0 {
			return i + bits.TrailingZeros64(hits)/8
		}
	}
	for i < len(raw) && raw[i] >= ' ' && raw[i] != '"' && raw[i] != '\\' && raw[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// scanRest is scan from where a string has something else than plain bytes.
func scanRest(raw []byte, pos, i int) (end int, found escapes) {
	beyond := false
	for ; i < len(raw); i = run(raw, i) {
		switch c := raw[i]; {
		case c == '"':
			if beyond && !utf8.Valid(raw[pos:i]) {
				return wrong, found
			}
			return i + 1, found
		case c == '\\' && i+1 < len(raw):
			found = max(found, kindOfEscape(raw[i+1]))
			i += 2
		case c >= utf8.RuneSelf:
			beyond = true
			i++
		default:
			return wrong, found
		}
	}
	return wrong, found
}

func kindOfEscape(c byte) escapes {
	switch c {
	case '"', '\\', 'n', 'r', 't':
		return sameEscapes
	default:
		return otherEscapes
	}
}

// appendQuoted appends a text as graphql.MarshalString writes it.
func appendQuoted[T string | []byte](dst []byte, text T) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '"', '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xF])
		}
		start = i + 1
	}
	return append(append(dst, text[start:]...), '"')
}

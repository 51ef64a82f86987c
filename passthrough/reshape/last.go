package reshape

import "bytes"

// masks is how many times as many digits there must be as are shown.
const masks = 3

// appendLast writes the last n digits of a text or an integer, or null.
func (r *run) appendLast(raw []byte, n int) {
	raw, digits := r.digitsOf(raw)
	if digits < masks*n || digits == 0 {
		r.out = append(r.out, "null"...)
		return
	}
	r.out = append(r.out, '"')
	for _, c := range raw {
		if isDigit(c) {
			digits--
			if digits < n {
				r.out = append(r.out, c)
			}
		}
	}
	r.out = append(r.out, '"')
}

// appendBlanked writes a text or an integer as a text, with 0 for all digits but the last n, or null.
func (r *run) appendBlanked(raw []byte, n int) {
	raw, digits := r.digitsOf(raw)
	if digits < masks*n || digits == 0 {
		r.out = append(r.out, "null"...)
		return
	}
	shown := digits - n
	r.out = append(r.out, '"')
	for _, c := range raw {
		switch {
		case !isDigit(c):
			continue
		case shown > 0:
			c = '0'
		}
		shown--
		r.out = append(r.out, c)
	}
	r.out = append(r.out, '"')
}

// digitsOf counts the digits of a text, which may be written in other characters, or of an integer. In anything else there are
// none.
func (r *run) digitsOf(raw []byte) (text []byte, digits int) {
	if raw[0] == '"' {
		if bytes.IndexByte(raw, '\\') >= 0 {
			raw, _ = r.unquote(raw) // it was read as a text
		}
		return raw, countDigits(raw)
	}
	if bytes.ContainsAny(raw, ".eE") { // this is what true and false hold too
		return raw, 0
	}
	return raw, countDigits(raw)
}

func countDigits(text []byte) int {
	n := 0
	for _, c := range text {
		if isDigit(c) {
			n++
		}
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

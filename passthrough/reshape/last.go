package reshape

import "bytes"

// masks is how many times as many digits there must be as are shown.
const masks = 3

// appendLast writes the last n digits of a text or an integer, or null.
func (r *run) appendLast(raw []byte, n int) {
	digits := 0
	if raw[0] == '"' {
		if bytes.IndexByte(raw, '\\') >= 0 {
			raw, _ = r.unquote(raw) // it was read as a text
		}
		digits = countDigits(raw)
	} else if !bytes.ContainsAny(raw, ".eE") { // this is what true and false hold too
		digits = countDigits(raw)
	}
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

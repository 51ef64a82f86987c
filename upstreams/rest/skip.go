package rest

import "bytes"

// What is in this file finds where a piece of JSON ends, in any text: what is not JSON ends somewhere too, and no later than the
// text does.

// at is the byte at a place, 0 behind the end.
func at(text []byte, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns where the value that begins at i ends.
func skipValue(text []byte, i int) int {
	switch at(text, i) {
	case '"':
		return skipString(text, i)
	case '{', '[':
		return skipNested(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != '}' && text[i] != ']' && skipSpace(text, i) == i {
		i++
	}
	return i
}

// skipString returns where the string that begins at i ends.
func skipString(text []byte, i int) int {
	for from := i + 1; from < len(text); {
		n := bytes.IndexByte(text[from:], '"')
		if n < 0 {
			break
		}
		if !isEscaped(text[from : from+n]) {
			return from + n + 1
		}
		from += n + 1
	}
	return len(text)
}

// isEscaped reports whether what follows on a piece of a string is escaped: an odd number of backslashes stands before it.
func isEscaped(before []byte) bool {
	n := 0
	for n < len(before) && before[len(before)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

func skipNested(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return i
}

// objects finds where one object after the other ends. It is skipNested for large texts: it goes from brace to brace, and counts
// the quotes between, which tell whether a brace stands in a string. What brackets do is no matter.
type objects struct {
	text []byte
	// The next brace that opens, the next that closes and the next backslash, from where they were last looked for.
	opening, closing, escape int
}

func newObjects(text []byte) *objects {
	return &objects{text: text, opening: -1, closing: -1, escape: -1}
}

// end returns where the object that begins at i ends, if it does. Objects are asked for in their order.
func (o *objects) end(i int) (end int, ok bool) {
	depth, inString := 0, false
	for from := i; ; {
		o.opening, o.closing = o.next(o.opening, from, '{'), o.next(o.closing, from, '}')
		brace := min(o.opening, o.closing)
		inString = inString != o.oddQuotes(from, brace)
		from = brace + 1
		switch {
		case brace == len(o.text):
			return brace, false
		case inString:
		case brace == o.opening:
			depth++
		default:
			depth--
		}
		if depth == 0 {
			return from, true
		}
	}
}

// next is where such a byte stands next, the text's end if there is none. One that is known is not looked for again.
func (o *objects) next(known, from int, c byte) int {
	if known >= from {
		return known
	}
	if n := bytes.IndexByte(o.text[from:], c); n >= 0 {
		return from + n
	}
	return len(o.text)
}

// oddQuotes reports whether an odd number of quotes stands in a piece of the text, without those that are escaped.
func (o *objects) oddQuotes(from, to int) bool {
	if o.escape = o.next(o.escape, from, '\\'); o.escape >= to {
		return bytes.Count(o.text[from:to], []byte{'"'})%2 == 1
	}
	odd := false
	for i := from; i < to; i++ {
		switch o.text[i] {
		case '\\':
			i++
		case '"':
			odd = !odd
		}
	}
	return odd
}

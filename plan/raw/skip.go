package raw

import "github.com/go-json-experiment/json/jsontext"

// maxDepth bounds how deep a value is nested that is skipped here. Deeper ones are left to record.Decode, which takes 10,000.
const maxDepth = 64

// skip checks a value of which nothing is wanted.
func (d *reader) skip(pos, depth int) int {
	if pos >= len(d.raw) {
		return wrong
	}
	switch c := d.raw[pos]; c {
	case '"':
		return d.skipString(pos)
	case '{':
		return d.skipObject(pos, depth)
	case '[':
		return d.skipList(pos, depth)
	case 't':
		return d.literal(pos, "true")
	case 'f':
		return d.literal(pos, "false")
	case 'n':
		return d.literal(pos, null)
	default:
		return number(d.raw, pos)
	}
}

func (d *reader) skipString(pos int) int {
	end, found := scan(d.raw, pos)
	if end != wrong && found == otherEscapes && !d.unquote(pos, end) {
		return wrong
	}
	return end
}

// unquote keeps what a string says in d.unquoted. It is false for a string that is none.
func (d *reader) unquote(pos, end int) (ok bool) {
	var err error
	d.unquoted, err = jsontext.AppendUnquote(d.unquoted[:0], d.raw[pos:end])
	return err == nil
}

func (d *reader) skipObject(pos, depth int) int {
	if depth >= maxDepth {
		return wrong
	}
	names := d.scope()
	pos, more := d.open(pos, '}')
	for more {
		end := d.plainName(pos)
		if end == wrong || !d.declare(&names, d.raw[pos+1:end-1]) {
			return wrong
		}
		if pos = d.colon(end); pos == wrong {
			return wrong
		}
		if pos = d.skip(pos, depth+1); pos == wrong {
			return wrong
		}
		pos, more = d.after(pos, '}')
	}
	d.leave(names)
	return pos
}

func (d *reader) skipList(pos, depth int) int {
	if depth >= maxDepth {
		return wrong
	}
	pos, more := d.open(pos, ']')
	for more {
		if pos = d.skip(pos, depth+1); pos == wrong {
			return wrong
		}
		pos, more = d.after(pos, ']')
	}
	return pos
}

func (d *reader) literal(pos int, word string) int {
	if end := pos + len(word); end <= len(d.raw) && string(d.raw[pos:end]) == word {
		return end
	}
	return wrong
}

// number finds the end of a number (RFC 8259, section 6).
func number(raw []byte, pos int) int {
	if pos = decimal(raw, pos); pos == wrong || pos >= len(raw) || raw[pos]|0x20 != 'e' {
		return pos
	}
	pos++
	if pos < len(raw) && (raw[pos] == '+' || raw[pos] == '-') {
		pos++
	}
	return digits(raw, pos)
}

// decimal finds the end of a number without its exponent.
func decimal(raw []byte, pos int) int {
	if pos < len(raw) && raw[pos] == '-' {
		pos++
	}
	if pos < len(raw) && raw[pos] == '0' {
		pos++
	} else if pos = digits(raw, pos); pos == wrong {
		return wrong
	}
	if pos < len(raw) && raw[pos] == '.' {
		return digits(raw, pos+1)
	}
	return pos
}

// digits finds the end of one digit or more.
func digits(raw []byte, pos int) int {
	from := pos
	for pos < len(raw) && raw[pos]-'0' <= 9 {
		pos++
	}
	if pos == from {
		return wrong
	}
	return pos
}

package raw

// reader reads one record at a time. Its methods take where something begins in the record, and return where it ends, or wrong
// where it is not what they understand; what they have stored until then is taken back by who called first.
type reader struct {
	raw      []byte
	whole    *Rows
	declared [][]byte // the names of undeclared members of the objects around the present place
	unquoted []byte
}

const wrong = -1

func (d *reader) begin(raw []byte) { d.raw, d.declared = raw, d.declared[:0] }

// forget lets go of the records. What was unquoted is overwritten by the next one.
func (d *reader) forget() {
	d.raw = nil
	clear(d.declared[:cap(d.declared)])
}

// size is how much memory it keeps, in bytes.
func (d *reader) size() int { return cap(d.declared)*24 + cap(d.unquoted) }

const undeclared = -1

// plainName reads a name without escapes.
func (d *reader) plainName(pos int) int {
	if pos >= len(d.raw) || d.raw[pos] != '"' {
		return wrong
	}
	end, escapes := scan(d.raw, pos)
	if escapes != noEscapes {
		return wrong
	}
	return end
}

// colon goes from the end of a name to the value.
func (d *reader) colon(pos int) int {
	if pos = space(d.raw, pos); pos >= len(d.raw) || d.raw[pos] != ':' {
		return wrong
	}
	return space(d.raw, pos+1)
}

// open goes into an object or a list, at its brace or bracket. more says that there is something in it.
func (d *reader) open(pos int, end byte) (_ int, more bool) {
	if pos = space(d.raw, pos+1); pos < len(d.raw) && d.raw[pos] == end {
		return pos + 1, false
	}
	return pos, true
}

// after goes from the end of a value to what follows in an object or a list, or out of it.
func (d *reader) after(pos int, end byte) (_ int, more bool) {
	if pos = space(d.raw, pos); pos < len(d.raw) {
		switch d.raw[pos] {
		case ',':
			return space(d.raw, pos+1), true
		case end:
			return pos + 1, false
		}
	}
	return wrong, false
}

// space goes over white space.
func space(raw []byte, pos int) int {
	for pos < len(raw) && (raw[pos] == ' ' || raw[pos] == '\n' || raw[pos] == '\r' || raw[pos] == '\t') {
		pos++
	}
	return pos
}

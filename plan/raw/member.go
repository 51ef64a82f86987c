package raw

// member reads the value of a declared member.
func (d *reader) member(m *member, rows *Rows, base, pos int) int {
	if pos >= len(d.raw) {
		return wrong
	}
	if d.raw[pos] == 'n' && !m.takesNull() {
		return d.literal(pos, null) // which is as if it were missing
	}
	switch m.kind {
	case stringKind:
		return d.string(m, rows, base, pos)
	case idKind:
		return d.id(m, rows, base, pos)
	case decimalKind:
		return d.decimal(m, rows, base, pos)
	case timeKind:
		return d.time(m, rows, base, pos)
	case boolKind:
		return d.bool(m, rows, base, pos)
	case intKind:
		return d.int(m, rows, base, pos)
	case textKind:
		return d.text(m, rows, base, pos)
	case partKind:
		return d.part(m, rows, base, pos)
	case listKind:
		return d.list(m, rows, base, pos)
	default:
		return d.own(m, rows, base, pos)
	}
}

// takesNull reports whether a null is for the member's type to read.
func (m *member) takesNull() bool { return m.kind == ownKind && !m.pointer }

// put stores a text that stands in the record, and returns where it ends.
func (m *member) put(rows *Rows, base, from, to int, how uint32) {
	if m.text != 0 {
		rows.cells[base+m.text] = cell{at: uint32(from), n: uint32(to-from) | how} //nolint:gosec // within maxRecord
	}
}

// written stores a text that was appended to what is shown, from a place on. If nobody wants it, it was only checked.
func (d *reader) written(m *member, rows *Rows, base, from int) {
	if m.text == 0 {
		d.whole.shown = d.whole.shown[:from]
		return
	}
	m.put(rows, base, from, len(d.whole.shown), shown)
}

func (d *reader) string(m *member, rows *Rows, base, pos int) int {
	if d.raw[pos] != '"' {
		return wrong
	}
	end, found := scan(d.raw, pos)
	switch {
	case end == wrong:
		return wrong
	case found != otherEscapes:
		m.put(rows, base, pos, end, asIs)
	case !d.unquote(pos, end):
		return wrong
	case m.text != 0:
		from := len(d.whole.shown)
		d.whole.shown = appendQuoted(d.whole.shown, d.unquoted)
		d.written(m, rows, base, from)
	}
	return end
}

// id reads an id from 1 on of at most 18 digits, which no int64 is too small for.
func (d *reader) id(m *member, rows *Rows, base, pos int) int {
	n, end := uint64(0), pos
	for end < len(d.raw) && d.raw[end]-'0' <= 9 {
		n = n*10 + uint64(d.raw[end]-'0')
		end++
	}
	if end-pos > 18 || end == pos || d.raw[pos] == '0' {
		return wrong
	}
	if m.id != 0 {
		rows.cells[base+m.id] = idCell(n)
	}
	m.put(rows, base, pos, end, bare)
	return end
}

// maxDecimal bounds a decimal number, in bytes, as record.ParseDecimal does; a longer one is left to it.
const maxDecimal = 64

func (d *reader) decimal(m *member, rows *Rows, base, pos int) int {
	how, from := uint32(bare), pos
	if d.raw[pos] == '"' {
		from++
	}
	end := decimal(d.raw, from)
	if end == wrong || end-from > maxDecimal {
		return wrong
	}
	if from > pos {
		if end >= len(d.raw) || d.raw[end] != '"' {
			return wrong
		}
		end++
		how = asIs
	}
	m.put(rows, base, pos, end, how)
	return end
}

func (d *reader) bool(m *member, rows *Rows, base, pos int) int {
	word := "true"
	if d.raw[pos] == 'f' {
		word = "false"
	}
	end := d.literal(pos, word)
	if end != wrong {
		m.put(rows, base, pos, end, asIs)
	}
	return end
}

// int reads a number of at most 9 digits, which no int32 is too small for.
func (d *reader) int(m *member, rows *Rows, base, pos int) int {
	from := pos
	if d.raw[pos] == '-' {
		from++
	}
	end := digits(d.raw, from)
	if end == wrong || end-from > 9 || d.raw[from] == '0' && end-pos > 1 {
		return wrong
	}
	m.put(rows, base, pos, end, asIs)
	return end
}

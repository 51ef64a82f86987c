package raw

// part reads an object within the record, into the same row.
func (d *reader) part(m *member, rows *Rows, base, pos int) int {
	if d.raw[pos] != '{' {
		return wrong
	}
	if m.present != 0 {
		rows.cells[base+m.present].n = 1
	}
	return d.object(m.part, rows, base, pos)
}

// list reads the elements of a list, at its bracket, into rows of their own.
func (d *reader) list(m *member, rows *Rows, base, pos int) int {
	if d.raw[pos] != '[' {
		return wrong
	}
	var to *Rows
	if m.present != 0 {
		to = rows.lists[m.rows]
		rows.cells[base+m.present].at = uint32(to.Len()) //nolint:gosec // fewer than there are bytes of memory
	}
	pos, more := d.open(pos, ']')
	for more {
		if pos >= len(d.raw) || d.raw[pos] != '{' {
			return wrong // a null in a list is an error
		}
		at := 0
		if to != nil {
			at = to.add()
			rows.cells[base+m.present].n++
		}
		if pos = d.object(m.part, to, at, pos); pos == wrong {
			return wrong
		}
		pos, more = d.after(pos, ']')
	}
	return pos
}

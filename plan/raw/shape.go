package raw

import "bytes"

// shape is in what order the members of the last object of its kind came. A service writes all its records alike: where the next
// object has the same bytes between its values, its names need not be looked up, nor compared with each other.
type shape struct{ steps []step }

// step is a member.
type step struct {
	text   []byte // from the end of the value before it, or from the object's brace, to its own value; part of a record
	member int    // its place in members.list, or undeclared
	name   span   // of an undeclared one, within text
}

// forget lets go of the records that the steps are parts of, and those that stood behind them once.
func (s *shape) forget() {
	clear(s.steps[:cap(s.steps)])
	s.steps = s.steps[:0]
}

// isAt reports whether a member begins in the record as it did in the last one.
func (s *step) isAt(raw []byte, pos int) bool {
	end := pos + len(s.text)
	return end <= len(raw) && bytes.Equal(raw[pos:end], s.text)
}

// progress is how far an object was read.
type progress struct {
	pos   int // at the brace, or behind a value
	steps int // that were gone
	seen  uint64
	names scope
}

// object reads an object, at its brace, into the cells from base on.
func (d *reader) object(m *members, rows *Rows, base, pos int) int {
	s, at := &d.shapes[m.shape], progress{pos: pos, names: d.scope()}
	for at.steps < len(s.steps) && s.steps[at.steps].isAt(d.raw, at.pos) {
		next := &s.steps[at.steps]
		value := at.pos + len(next.text)
		if next.member == undeclared {
			d.declared = append(d.declared, span{at.pos + next.name.from, at.pos + next.name.to})
			at.pos = d.skip(value, 1)
		} else {
			at.seen |= 1 << next.member
			at.pos = d.member(&m.list[next.member], rows, base, value)
		}
		if at.pos == wrong {
			return wrong
		}
		at.steps++
	}
	if at.steps > 0 && at.pos < len(d.raw) && d.raw[at.pos] == '}' {
		d.leave(at.names)
		return at.pos + 1
	}
	return d.otherwise(m, rows, base, at)
}

// otherwise reads the rest of an object that goes on in another way than the last one did, and remembers how.
func (d *reader) otherwise(m *members, rows *Rows, base int, at progress) int {
	s, next := &d.shapes[m.shape], 0
	d.know(&at.names)
	if at.steps > 0 {
		next = s.steps[at.steps-1].member + 1
	}
	pos, more := d.onward(at)
	for more {
		i, value := d.name(m, &at.names, next, pos)
		if value == wrong || i != undeclared && at.seen>>i&1 != 0 {
			return wrong
		}
		s.steps = append(s.steps[:at.steps], d.step(i, at.pos, value))
		at.steps++
		if i == undeclared {
			at.pos = d.skip(value, 1)
		} else {
			at.seen |= 1 << i
			next = i + 1
			at.pos = d.member(&m.list[i], rows, base, value)
		}
		if at.pos == wrong {
			return wrong
		}
		pos, more = d.after(at.pos, '}')
	}
	d.leave(at.names)
	return pos
}

// onward goes to the next member of an object, or out of it.
func (d *reader) onward(at progress) (pos int, more bool) {
	if at.steps == 0 {
		return d.open(at.pos, '}')
	}
	return d.after(at.pos, '}')
}

// step is the member whose name was just read.
func (d *reader) step(i, from, value int) step {
	made := step{text: d.raw[from:value:value], member: i}
	if i == undeclared {
		name := d.declared[len(d.declared)-1]
		made.name = span{name.from - from, name.to - from}
	}
	return made
}

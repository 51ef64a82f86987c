package raw

// object reads an object, at its brace, into the cells from base on.
func (d *reader) object(m *members, rows *Rows, base, pos int) int {
	usual, next := m.object.usual.Load(), 0
	for next < len(usual.steps) && usual.steps[next].isAt(d.raw, pos) {
		s := &usual.steps[next]
		if pos = d.value(m, s.member, rows, base, pos+len(s.text)); pos == wrong {
			return wrong
		}
		next++
	}
	if next > 0 && pos < len(d.raw) && d.raw[pos] == '}' {
		return pos + 1
	}
	return d.otherwise(m, rows, base, pos, d.walk(usual, next))
}

// value reads the value of a member, at the end of its step. There may be more white space before it than usual.
func (d *reader) value(m *members, member int, rows *Rows, base, pos int) int {
	pos = space(d.raw, pos)
	if member == undeclared {
		return d.skip(pos, 1)
	}
	return d.member(&m.list[member], rows, base, pos)
}

// walk is the way through an object that is not written as usual.
type walk struct {
	usual *shape
	next  int    // no member of a step from here on was read
	seen  uint64 // the declared members that were, by a bit each
	names scope  // the others
	begun bool   // whether there was one of them
}

// walk goes on where an object was written as usual until a step.
func (d *reader) walk(usual *shape, next int) walk {
	w := walk{usual: usual, next: next, names: d.scope(), begun: next > 0}
	for i := range usual.steps[:next] {
		d.note(&w, &usual.steps[i])
	}
	return w
}

// note takes up a member that no other has the name of.
func (d *reader) note(w *walk, s *step) bool {
	if s.member != undeclared {
		w.seen |= 1 << s.member
		return true
	}
	return d.declare(&w.names, s.name())
}

// otherwise reads the rest of an object that goes on in another way than usual, and learns from it.
func (d *reader) otherwise(m *members, rows *Rows, base, pos int, w walk) int {
	for {
		member, value := d.ahead(&w, pos)
		if value == wrong {
			at, more := d.onward(pos, w.begun)
			if !more {
				d.leave(w.names)
				return at
			}
			if member, value = d.named(m, &w, pos, at); value == wrong {
				return wrong
			}
		}
		if pos = d.value(m, member, rows, base, value); pos == wrong {
			return wrong
		}
		w.begun = true
	}
}

// ahead looks for the member among the steps that are left: one that stands between may be left out of this object.
func (d *reader) ahead(w *walk, pos int) (member, value int) {
	for i := w.next; i < len(w.usual.steps); i++ {
		if s := &w.usual.steps[i]; s.isAt(d.raw, pos) && d.note(w, s) {
			w.next = i + 1
			return s.member, pos + len(s.text)
		}
	}
	return undeclared, wrong
}

// onward goes to the next member of an object, or out of it.
func (d *reader) onward(pos int, begun bool) (_ int, more bool) {
	if begun {
		return d.after(pos, '}')
	}
	return d.open(pos, '}')
}

// named reads a member's name at a place, and goes on to its value. from is where the value before it ended.
func (d *reader) named(m *members, w *walk, from, pos int) (member, value int) {
	end := d.plainName(pos)
	if end == wrong {
		return undeclared, wrong
	}
	name := d.raw[pos+1 : end-1]
	member = m.object.find(name)
	if member == undeclared && !d.declare(&w.names, name) || member != undeclared && w.seen>>member&1 != 0 {
		return undeclared, wrong
	}
	if value = d.colon(end); value == wrong {
		return undeclared, wrong
	}
	if member != undeclared {
		w.seen |= 1 << member
	}
	w.learn(m.object, step{text: d.raw[from:value], member: member})
	return member, value
}

// learn goes on behind the step of a member that was found by its name. The shape has it now, if it may.
func (w *walk) learn(o *object, made step) {
	at := w.usual.find(&made)
	if at >= 0 && at < w.next {
		return // it comes later than usual
	}
	if learned, ok := w.usual.with(at, w.next, made); ok && o.usual.CompareAndSwap(w.usual, learned) {
		w.usual, at = learned, max(at, w.next)
	}
	w.next = max(w.next, at+1, 1) // an object's first member may be no step
}

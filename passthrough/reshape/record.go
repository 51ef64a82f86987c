package reshape

// opens reports whether a value that begins with c is a record.
func (r *run) opens(n *node, c byte) bool { return n.record && r.begun < 0 && c != '[' }

// record rewrites a record, and reports whether it is shown.
func (r *run) record(n *node, c byte) (shown bool, err error) {
	if shown, err = r.admit(n, c); err != nil || !shown {
		return false, err
	}
	return true, r.admitted(n, c)
}

// recordOrNull rewrites a record that stands at a member.
func (r *run) recordOrNull(n *node, c byte) error {
	shown, err := r.record(n, c)
	if !shown {
		r.out = append(r.out, "null"...)
	}
	return err
}

// admitted rewrites a record that was let through. Nothing of it is written before it is whole: its end can change what goes
// before.
func (r *run) admitted(n *node, c byte) error {
	start := len(r.out)
	r.hold = start
	r.current++
	if err := r.value(n, c); err != nil {
		return err
	}
	if err := r.over(n); err != nil {
		return err
	}
	if len(r.events) > 0 {
		r.settle(start)
	}
	r.hold = -1
	if c == '{' {
		r.noteShown(n)
	}
	return nil
}

// over ends a record. What was decided for it does not hold for others.
func (r *run) over(n *node) error {
	if r.exceeds(r.pos) {
		return ErrTooLarge
	}
	r.begun = -1
	if r.asks && n.ruling != nil {
		for _, rule := range n.ruling.rules {
			r.allowed[rule] = r.said[rule] == Allow
		}
	}
	return nil
}

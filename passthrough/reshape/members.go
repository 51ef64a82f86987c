package reshape

import "strconv"

// open is an object that is being rewritten.
type open struct {
	id    uint64
	names int  // where its names begin
	path  int  // where its pointer ends
	some  bool // a member was written
}

// members rewrites an object.
func (r *run) members(n *node) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.objects++
	o := open{id: r.objects, names: len(r.names.known), path: len(r.path)}
	r.out = append(r.out, '{')
	r.begin(n)
	for first := true; ; first = false {
		c, err := r.another(first, '}')
		if err != nil {
			return err
		}
		if c == 0 {
			break
		}
		if err := r.member(n, &o); err != nil {
			return err
		}
	}
	r.names.forget(o.names)
	r.path = r.path[:o.path]
	if err := r.close(n, &o); err != nil {
		return err
	}
	r.out = append(r.out, '}')
	r.depth--
	return nil
}

func (r *run) member(n *node, o *open) error {
	raw, name, err := r.name()
	if err != nil {
		return err
	}
	m := n.table.find(name)
	if err := r.meet(m, name, o); err != nil {
		return err
	}
	below := n.rest
	if m != nil {
		below = m.below
	}
	switch {
	case below == nil || m != nil && m.fate == unknown:
		if r.plan.strict {
			return &UnknownMember{Pointer: string(r.path)}
		}
		return r.drop()
	case m != nil && (m.fate == dropped || r.given(m.add)):
		return r.drop()
	case m != nil && len(m.guards) > 0:
		if g := r.refusal(m.guards); g != nil {
			return r.refuse(m, g, raw, o)
		}
	}
	return r.show(m, below, raw, o)
}

// meet notes that a member came.
func (r *run) meet(m *member, name []byte, o *open) error {
	if r.plan.strict {
		r.path = appendPointer(r.path[:o.path], name)
	}
	if m == nil || m.id < 0 {
		return r.once(o.names, name)
	}
	if r.came[m.id] == o.id {
		return r.invalid("an object has a name twice")
	}
	r.came[m.id] = o.id
	return nil
}

// given reports whether there is a value for one of the spec's adds.
func (r *run) given(add int) bool { return add >= 0 && add < len(r.values) && r.values[add] != nil }

// show rewrites a member that goes through if its value is of the right kind, and there is enough left of what it is counted by.
// Until that is known its name can be taken back.
func (r *run) show(m *member, below *node, raw []byte, o *open) error {
	before, hold := len(r.out), r.hold
	if hold < 0 {
		r.hold = before
	}
	if m == nil || m.move == nil && !m.empty {
		r.lead(m, raw, o)
	}
	c, err := r.colon()
	if err != nil {
		return err
	}
	through := r.goesThrough(m, below, c)
	if !through {
		r.out = r.out[:before]
	}
	r.hold = hold
	switch {
	case !through:
		return r.leaveOut(c)
	case m != nil && m.move != nil:
		return r.take(m, below, c)
	case m != nil && m.empty:
		_, err := r.aside(below, c)
		return err
	}
	o.some = true
	at := len(r.out)
	if err := r.value(below, c); err != nil {
		return err
	}
	if len(below.puts) > 0 && !below.record {
		r.written[m.id] = o.id
		r.nullAt(below, at)
	}
	return nil
}

// goesThrough reports whether a value of a member that no rule refuses does.
func (r *run) goesThrough(m *member, below *node, c byte) bool {
	return below.takes(c) && (m == nil || m.meter == 0 || r.isGranted(m, below, c))
}

// lead writes what goes before a member's value.
func (r *run) lead(m *member, raw []byte, o *open) {
	if o.some {
		r.out = append(r.out, ',')
	}
	if m != nil && m.as != nil {
		r.out = append(r.out, m.as...)
		return
	}
	r.out = append(r.out, raw...)
	r.out = append(r.out, ':')
}

func appendIndex(pointer []byte, i int) []byte {
	return strconv.AppendInt(append(pointer, '/'), int64(i), 10)
}

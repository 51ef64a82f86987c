package reshape

import (
	"hash/maphash"
	"io"
)

// keep is how large the buffers are that a run leaves to the next.
const keep = 256 << 10

// run rewrites one text.
type run struct {
	source
	settling

	plan   *Plan
	values Values
	names  names
	window []byte // of streams
	undone []byte // a text without its escapes
	path   []byte // what is being read, as a JSON pointer: of strict plans

	dst  io.Writer
	out  []byte
	sent int // how much of out is written already
	hold int // from where on out may still change, -1 for nowhere

	depth   int
	objects uint64   // counts them
	came    []uint64 // by member: the object in which it came last
	written []uint64 // by member: the object for which it was written last
}

func (p *Plan) run(values Values) *run {
	r, ok := p.runs.Get().(*run)
	if !ok {
		r = &run{plan: p, came: make([]uint64, p.members), written: make([]uint64, p.members)}
		r.names.seed = maphash.MakeSeed()
		r.moving = make([]moving, p.moves)
		r.before = r.flush
	}
	r.values, r.hold, r.sent, r.depth, r.arrays = values, -1, 0, 0, 0
	r.path, r.events = r.path[:0], r.events[:0]
	return r
}

// done keeps a run's buffers, unless they became large.
func (p *Plan) done(r *run) {
	bytes := max(cap(r.window), cap(r.out), cap(r.spare), cap(r.undone), cap(r.names.text))
	entries := max(cap(r.events), cap(r.names.known), len(r.names.slots))
	if max(bytes, 64*entries) > keep {
		return
	}
	r.from(nil, nil, 0)
	r.dst, r.values, r.out = nil, nil, r.out[:0]
	r.names.forget(0)
	p.runs.Put(r)
}

// flush writes what is finished.
func (r *run) flush() error {
	finished := len(r.out)
	if r.hold >= 0 {
		finished = r.hold
	}
	if finished == r.sent {
		return nil
	}
	n, err := r.dst.Write(r.out[r.sent:finished])
	if err == nil && n < finished-r.sent {
		err = io.ErrShortWrite
	}
	r.sent = finished
	if r.hold < 0 {
		r.out, r.sent = r.out[:0], 0
	}
	return err
}

// whole rewrites the text.
func (r *run) whole() error {
	c, err := r.next()
	if err != nil {
		return err
	}
	root := r.plan.root
	if root.takes(c) {
		err = r.value(root, c)
	} else {
		err = r.leaveOut(c)
		r.out = append(r.out, "null"...)
	}
	if err != nil {
		return err
	}
	return r.end()
}

// value rewrites a value that begins with c, which n takes.
func (r *run) value(n *node, c byte) error {
	switch {
	case n.record && r.begun < 0 && c != '[':
		return r.record(n, c)
	case c == '{':
		return r.members(n)
	case c == '[':
		return r.elements(n)
	}
	raw, err := r.tokenOf(c)
	if err != nil {
		return err
	}
	if n.kind == last {
		r.appendLast(raw, n.last)
	} else {
		r.out = append(r.out, raw...)
	}
	return nil
}

// record rewrites a record. Nothing of it is written before it is whole: its end can change what goes before.
func (r *run) record(n *node, c byte) error {
	start := len(r.out)
	r.begun, r.hold = r.offset(), start
	if err := r.value(n, c); err != nil {
		return err
	}
	if r.exceeds(r.pos) {
		return ErrTooLarge
	}
	if len(r.events) > 0 {
		r.settle(start)
	}
	r.begun, r.hold = -1, -1
	return nil
}

// elements rewrites an array.
func (r *run) elements(n *node) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.arrays++
	r.out = append(r.out, '[')
	some, path := false, len(r.path)
	for i := 0; ; i++ {
		c, err := r.another(i == 0, ']')
		if err != nil {
			return err
		}
		if c == 0 {
			break
		}
		if r.plan.strict {
			r.path = appendIndex(r.path[:path], i)
		}
		if !n.takes(c) {
			if err := r.leaveOut(c); err != nil {
				return err
			}
			continue
		}
		if some {
			r.out = append(r.out, ',')
		}
		some = true
		if err := r.value(n, c); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	r.path = r.path[:path]
	r.arrays--
	r.depth--
	return nil
}

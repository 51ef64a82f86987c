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
	verdicts
	counting

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

func (p *Plan) run(with With) *run {
	r, ok := p.runs.Get().(*run)
	if !ok {
		r = &run{plan: p, came: make([]uint64, p.members), written: make([]uint64, p.members)}
		r.names.seed = maphash.MakeSeed()
		r.moving = make([]moving, p.moves)
		r.said, r.allowed = make([]Verdict, len(p.owners)), make([]bool, len(p.owners))
		r.owners = make([]owner, len(p.paths))
		if len(p.meters) > 0 {
			r.asked, r.passes = make([]uint64, p.counted), make([]bool, p.counted)
		}
		r.before = r.flush
	}
	r.values, r.hold, r.sent, r.depth, r.arrays = with.Values, -1, 0, 0, 0
	r.path, r.events, r.unfound = r.path[:0], r.events[:0], 0
	r.shown = with.Shown
	r.judge(with.View)
	return r
}

// done keeps a run's buffers, unless they became large. After a panic of what a run calls it must not be kept: what it writes to
// can belong to others.
func (p *Plan) done(r *run) {
	bytes := max(cap(r.window), cap(r.out), cap(r.spare), cap(r.undone), cap(r.names.text))
	entries := max(cap(r.events), cap(r.names.known), len(r.names.slots))
	if max(bytes, 64*entries) > keep {
		return
	}
	r.from(nil, nil, 0)
	r.dst, r.values, r.view, r.shown, r.out = nil, nil, View{}, nil, r.out[:0]
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
	root, shown := r.plan.root, true
	switch {
	case !root.takes(c):
		err = r.leaveOut(c)
		r.out = append(r.out, "null"...)
	case r.opens(root, c):
		shown, err = r.record(root, c)
	default:
		err = r.value(root, c)
	}
	if err == nil {
		err = r.end()
	}
	if err == nil && !shown {
		err = ErrRefused
	}
	return err
}

// value rewrites a value that begins with c, which n takes.
func (r *run) value(n *node, c byte) error {
	switch {
	case r.opens(n, c):
		return r.recordOrNull(n, c)
	case n.kind == formed:
		return r.formed(n, c)
	case c == '{':
		return r.members(n)
	case c == '[':
		return r.elements(n)
	}
	raw, err := r.tokenOf(c)
	if err != nil {
		return err
	}
	switch n.kind {
	case last:
		r.appendLast(raw, n.last)
	case blanked:
		r.appendBlanked(raw, n.last)
	default:
		r.out = append(r.out, raw...)
	}
	return nil
}

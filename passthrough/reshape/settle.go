package reshape

// settling is how a record is put in order once it is whole: what moves to another object may be needed before it comes, and an
// object to put it in may not come at all. So values are written where they come, events note what is to be done about them, and
// at the end of the record they are done in one go.
type settling struct {
	events []event
	moving []moving // by move
	arrays int      // how many are open
	spare  []byte
}

// event is something to be done at a place of what is written.
type event struct {
	kind eventKind
	some bool // of a closing: the object has members before it
	pos  int  // where in out
	end  int  // of a hole: where its value ends
	next int  // of a hole, a group and a null: the event after those that belong to it
	from int  // of an arrival: the hole, -1 for none; of an addition: the value
	name []byte
}

type eventKind uint8

const (
	hole     eventKind = iota // a value that goes elsewhere
	closing                   // the end of an object, where the events that follow put something
	arrival                   // a value that was elsewhere
	addition                  // a value of the run
	group                     // an object that is made if there is anything to put in it
	null                      // the same in the place of a null
)

// moving is where a move stands within the object that it does not leave: what was found of it, by event, or -1.
type moving struct {
	hole    int
	arrival int
	arrays  int
}

// begin starts the moves that begin and end within an object.
func (r *run) begin(n *node) {
	for _, move := range n.scope {
		r.moving[move.id] = moving{hole: -1, arrival: -1, arrays: r.arrays}
	}
}

// take rewrites the value of a member that moves away. One that would have to leave an array arrives nowhere, but others may
// move out of it.
func (r *run) take(m *member, below *node, c byte) error {
	leaves := r.leaves(m)
	if leaves && r.plan.strict {
		return r.leaveOut(c)
	}
	at, err := r.aside(below, c)
	if err == nil && !leaves {
		r.moving[m.move.id].hole = at
	}
	return err
}

// leaves reports whether a member that moves away would have to leave an array.
func (r *run) leaves(m *member) bool { return r.moving[m.move.id].arrays != r.arrays }

// isLost reports whether nothing of a member arrives anywhere, whatever its value is.
func (r *run) isLost(m *member, c byte) bool {
	return m.move != nil && r.leaves(m) && c != '{' && c != '['
}

// aside rewrites a value that does not stay where it stands. It returns the event that says so.
func (r *run) aside(n *node, c byte) (at int, err error) {
	at = len(r.events)
	r.events = append(r.events, event{kind: hole, pos: len(r.out)})
	if err := r.value(n, c); err != nil {
		return at, err
	}
	r.events[at].end, r.events[at].next = len(r.out), len(r.events)
	return at, nil
}

// close notes what is put at the end of an object, and brings the moves within it together.
func (r *run) close(n *node, o *open) error {
	if len(n.puts) > 0 {
		at := len(r.events)
		r.events = append(r.events, event{kind: closing, pos: len(r.out), some: o.some})
		r.put(n, o.id)
		if len(r.events) == at+1 {
			r.events = r.events[:at]
		}
	}
	for _, move := range n.scope {
		found := r.moving[move.id]
		switch {
		case found.hole < 0:
		case found.arrival >= 0:
			r.events[found.arrival].from = found.hole
		case r.plan.strict:
			return &UnknownMember{Pointer: string(r.path) + string(move.path), Misplaced: true}
		}
	}
	return nil
}

// nullAt notes that a null, if what was written from pos on is one, makes room for an object, should there be anything to put in
// it.
func (r *run) nullAt(n *node, pos int) {
	if string(r.out[pos:]) != "null" {
		return
	}
	at := len(r.events)
	r.events = append(r.events, event{kind: null, pos: pos})
	r.put(n, 0)
	r.events[at].next = len(r.events)
}

// put notes what is put at the end of an object: that with the number, or one that is made.
func (r *run) put(n *node, object uint64) {
	for i := range n.puts {
		p := &n.puts[i]
		switch {
		case p.into != nil:
			if p.over == nil || object == 0 || r.written[p.over.id] != object {
				at := len(r.events)
				r.events = append(r.events, event{kind: group, name: p.name})
				r.put(p.into, 0)
				r.events[at].next = len(r.events)
			}
		case p.move == nil:
			if r.given(p.add) {
				r.events = append(r.events, event{kind: addition, name: p.name, from: p.add})
			}
		case r.moving[p.move.id].arrays == r.arrays:
			r.moving[p.move.id].arrival = len(r.events)
			r.events = append(r.events, event{kind: arrival, name: p.name, from: -1})
		}
	}
}

// settle puts a record in order, which begins at start.
func (r *run) settle(start int) {
	r.spare = r.spare[:0]
	r.emit(start, len(r.out), 0, len(r.events), false)
	r.out = append(r.out[:start], r.spare...)
	r.events = r.events[:0]
}

// emit copies a part of what is written, with what the events between i and j say. some tells whether the object that is open
// has members.
func (r *run) emit(pos, end, i, j int, some bool) {
	for i < j {
		e := r.events[i]
		i++
		switch e.kind {
		case hole:
			r.spare = append(r.spare, r.out[pos:e.pos]...)
			pos, i = e.end, e.next
		case closing:
			r.spare = append(r.spare, r.out[pos:e.pos]...)
			pos, some = e.pos, e.some
		case null:
			if r.any(i, e.next) {
				r.spare = append(r.spare, r.out[pos:e.pos]...)
				pos = e.pos + len("null")
				r.emitObject(i, e.next)
			}
			i = e.next
		case group:
			if r.any(i, e.next) {
				some = r.emitName(e.name, some)
				r.emitObject(i, e.next)
			}
			i = e.next
		case addition:
			some = r.emitName(e.name, some)
			r.spare = append(r.spare, r.values[e.from]...)
		case arrival:
			if e.from >= 0 {
				some = r.emitName(e.name, some)
				value := r.events[e.from]
				r.emit(value.pos, value.end, e.from+1, value.next, false)
			}
		}
	}
	r.spare = append(r.spare, r.out[pos:end]...)
}

func (r *run) emitObject(i, j int) {
	r.spare = append(r.spare, '{')
	r.emit(0, 0, i, j, false)
	r.spare = append(r.spare, '}')
}

func (r *run) emitName(name []byte, some bool) bool {
	if some {
		r.spare = append(r.spare, ',')
	}
	r.spare = append(r.spare, name...)
	return true
}

// any reports whether there is a value among events.
func (r *run) any(i, j int) bool {
	for ; i < j; i++ {
		if e := &r.events[i]; e.kind == addition || e.kind == arrival && e.from >= 0 {
			return true
		}
	}
	return false
}

// Package reshape answers what of a JSON text goes through, and under which names.
//
// A text is read once, and written as it is read: nothing of it is held but one record at a time. What is not JSON is refused
// even where it would have been left out. Numbers keep their digits, texts and names their bytes, and members their order; white
// space goes.
//
// There is a scanner of its own here: it rewrites in about half the time in which jsontext hands out the tokens and writes them.
// It takes exactly what jsontext takes, to a smaller depth; the tests compare the two.
package reshape

import (
	"io"
	"sync"
)

// MaxDepth is how many arrays and objects may be open at one time.
const MaxDepth = 100

// Spec is what shall be done to the records of a text. First it is filtered, by the service's names; then members are dropped,
// moved and added. Paths are names parted by slashes, from the record on. They pass arrays element by element, but nothing is
// moved out of an array or into one: a value for which that would be needed is left out.
type Spec struct {
	// Shape is that of a record.
	Shape *Shape
	// Envelope is what goes through around the records; Records must say where in it they are. Where it is nil, the whole text
	// is one record, or an array of them.
	Envelope *Shape
	// Records are the places in the Envelope.
	Records []RecordsAt
	// Moves give members other names and places.
	Moves []Move
	// Drops are members that do not go through though the Shape says so. They are not unknown to a strict plan.
	Drops []string
	// Adds are where the values of a run are put, by the client's names: at the end of the object, which is made where there is
	// none. A member that is there already is replaced.
	Adds []string
	// Strict refuses what the Shape does not know (*UnknownMember) instead of leaving it out. It is for requests.
	Strict bool
	// Unmake leaves out objects of which all members move away: those that the moves of the other direction make. It is for
	// requests too.
	Unmake bool
}

// RecordsAt is a member that holds a record, or an array of records.
type RecordsAt struct {
	// Pointer is a JSON pointer such as "/data/users" (RFC 6901). Its tokens are names; arrays on the way are passed element by
	// element.
	Pointer string
	// Shape is that of these records, nil for the one of the Spec. Of moves and drops those apply whose members it lets through.
	Shape *Shape
}

// Move gives a member another name or place. From is in the names of the text that comes in, To in those of the one that goes
// out. Within its object, a member stays at its place in the order. In any other case it goes to the end of the object that To
// says, which is made where there is none.
type Move struct{ From, To string }

// String is the move as messages show it.
func (m Move) String() string { return m.From + " to " + m.To }

// Back returns the moves that undo these.
func Back(moves []Move) []Move {
	back := make([]Move, len(moves))
	for i, move := range moves {
		back[i] = Move{From: move.To, To: move.From}
	}
	return back
}

// Values are JSON texts, which are written as they are: one for each of a Spec's Adds, nil for one that is not to be added.
type Values [][]byte

// Plan rewrites texts as a Spec says. It can be used by many at the same time.
type Plan struct {
	root    *node
	moves   int
	members int
	strict  bool
	runs    sync.Pool // of *run
}

// Stream rewrites one JSON value from src to dst. Before each Read of src, all that is finished is written to dst: an src that
// blocks can flush it first. It reads until the end of src, where only white space may follow the value.
//
// A record of more than maxRecord bytes is ErrTooLarge. Errors of src and dst are passed on as they are; others are *Invalid and
// *UnknownMember. After any error dst may have got part of a text.
func (p *Plan) Stream(dst io.Writer, src io.Reader, values Values, maxRecord int) error {
	r := p.run(values)
	defer p.done(r)
	r.dst = dst
	r.from(src, r.window[:0], maxRecord)
	err := r.whole()
	if err == nil {
		err = r.flush()
	}
	r.window = r.buf
	return err
}

// Append rewrites a whole text and appends the result to dst, which must not overlap src. After an error dst is returned as it
// was. There is no limit but the text's own length.
func (p *Plan) Append(dst, src []byte, values Values) ([]byte, error) {
	r := p.run(values)
	defer p.done(r)
	r.from(nil, src, len(src))
	own := r.out
	r.out = dst
	err := r.whole()
	out := r.out
	r.out = own
	if err != nil {
		return dst, err
	}
	return out, nil
}

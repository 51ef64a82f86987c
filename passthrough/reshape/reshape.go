// Package reshape answers what of a JSON text goes through, for whom, and under which names.
//
// A text is read once, and written as it is read: nothing of it is held but one record at a time. What is not JSON is refused
// even where it would have been left out. Numbers keep their digits, texts and names their bytes, and members their order; white
// space goes.
//
// What is shown can depend on the caller. Rules guard members (Shape.Guarded) and whole records (Guards), and each run is told
// by a View what they say: a rule allows, refuses, or asks whose the record is. To know that, a record is first read as far as
// to the members that say so. Rules are decided once for each record, and one of which nothing is said refuses. They speak of
// the names that come in: what moves is guarded as what stays. Parts of an envelope can be guarded too, but nobody owns them:
// there, a rule that asks refuses. What is refused must be JSON like everything else. Where it is left out, nothing that is
// written depends on it; the other Forms tell that it is there.
//
// How often something is shown can have a bound. Then members are counted (Shape.Metered), and the View says of each record
// whether they may be.
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
	// Rules are those that Guarded and Guards speak of, by number.
	Rules []Rule
	// Meters is how many there are that Metered can speak of.
	Meters int
	// Guards are rules that guard whole records. One that is refused is left out of its array. Alone at a member it is null, and
	// alone as the whole text it is ErrRefused, as it is anywhere in a strict plan. A record that is no object has no owner.
	Guards []int
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
	// Guards are further rules that guard these records, beside the Spec's.
	Guards []int
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
	owners  []int      // by rule: which of the paths, -1 for none
	paths   [][]string // of the members that say whose a record is
	meters  []int      // that count some member, ascending
	counted int        // how many meters there can be
	runs    sync.Pool  // of *run
}

// Stream rewrites one JSON value from src to dst. Before each Read of src, all that is finished is written to dst: an src that
// blocks can flush it first. It reads until the end of src, where only white space may follow the value.
//
// A record of more than maxRecord bytes is ErrTooLarge. Errors of src and dst are passed on as they are; others are *Invalid,
// *UnknownMember and ErrRefused. After an error dst may have got part of a text, but nothing of a record that is the whole text
// and refused.
func (p *Plan) Stream(dst io.Writer, src io.Reader, with With, maxRecord int) error {
	r := p.run(with)
	r.dst = dst
	r.from(src, r.window[:0], maxRecord)
	err := r.whole()
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		return err // what dst was given may still be sent by it: over HTTP/2, a Write that fails is no end of that (go.dev/issue/20704)
	}
	r.window = r.buf
	p.done(r)
	return nil
}

// Append rewrites a whole text and appends the result to dst, which must not overlap src. After an error dst is returned as it
// was. There is no limit but the text's own length.
func (p *Plan) Append(dst, src []byte, with With) ([]byte, error) {
	r := p.run(with)
	r.from(nil, src, len(src))
	own := r.out
	r.out = dst
	err := r.whole()
	out := r.out
	r.out = own
	p.done(r)
	if err != nil {
		return dst, err
	}
	return out, nil
}

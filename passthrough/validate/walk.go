package validate

import "github.com/concierge-gateway/concierge/problem"

// walk holds the values of a tree against schemas.
type walk struct {
	tree *tree
	base string // what the tree is of: "body", "query limit"
	path []step // from there to the value that is looked at

	found    Violations
	quiet    int // above nothing, mistakes are counted, and not written down
	mistakes int // that were counted
	mark     int // how many of them there were before a value was tried
	looks    int // how often a value was looked at
	limit    int // how often that may be
}

// step leads to a member, or to an element.
type step struct {
	name  []byte // nil for an element
	index int
}

// Schemas that have alternatives within alternatives can make a small body costly. These bound how often its values are looked
// at: so many times each, and so many more.
const (
	looksEach = 100
	looksMore = 1000
)

// begin says what the tree is of.
func (w *walk) begin(base string) {
	w.base, w.path = base, w.path[:0]
	w.looks, w.limit = 0, looksMore+looksEach*len(w.tree.nodes)
}

// value compares a value with a schema. It ends early where nothing more is to be known.
func (w *walk) value(s *schema, at int) {
	if s == nil {
		return
	}
	w.looks++
	switch kind := w.tree.nodes[at].kind; {
	case w.looks > w.limit:
		w.fail(invalid, "is too involved to be checked")
		return
	case s.never:
		w.fail(invalid, "must not be there")
		return
	case s.kinds&kind == 0:
		w.fail(invalid, s.kindWords)
		return
	}
	if s.listed != nil && !s.listed.has(w.tree, at) {
		w.fail(invalid, s.listed.words)
	}
	w.ofKind(s, at)
	if !w.enough() {
		w.combined(s, at)
	}
}

// ofKind compares a value with what is said of those of its kind.
func (w *walk) ofKind(s *schema, at int) {
	switch kind := w.tree.nodes[at].kind; {
	case kind&aNumber != 0 && s.number != nil:
		s.number.check(w, at)
	case kind == aString && s.text != nil:
		s.text.check(w, at)
	case kind == anArray && s.array != nil:
		s.array.check(w, at)
	case kind == anObject && s.object != nil:
		s.object.check(w, at)
	}
}

// combined compares a value with the schemas that a schema is made of.
func (w *walk) combined(s *schema, at int) {
	for _, each := range s.all {
		w.value(each, at)
		if w.enough() {
			return
		}
	}
	if len(s.any) > 0 {
		w.either(s.any, at, false)
	}
	if len(s.one) > 0 {
		w.either(s.one, at, true)
	}
	if s.not != nil && w.fits(s.not, at) {
		w.fail(invalid, "is of a form that is not allowed")
	}
	switch {
	case s.when == nil:
	case w.fits(s.when, at):
		w.value(s.then, at)
	default:
		w.value(s.otherwise, at)
	}
	if s.object != nil && s.object.left != nil && w.tree.nodes[at].kind == anObject {
		w.left(s, at)
	}
}

// either compares a value with alternatives. Where it is as none of them says, and only one is for values of its kind, what is
// wrong is said of that one.
func (w *walk) either(alternatives []*schema, at int, onlyOne bool) {
	fitting := 0
	for _, each := range alternatives {
		if w.fits(each, at) {
			fitting++
		}
		if fitting == 1 && !onlyOne {
			return
		}
	}
	switch {
	case fitting == 1:
	case fitting > 1:
		w.fail(invalid, "fits more than one of the forms of which it must have one")
	default:
		w.none(alternatives, at)
	}
}

func (w *walk) none(alternatives []*schema, at int) {
	var near []*schema
	for _, each := range alternatives {
		if w.quiet == 0 && each.admits(w.tree.nodes[at].kind) {
			near = append(near, each)
		}
	}
	if len(near) == 1 {
		w.value(near[0], at)
		return
	}
	w.fail(invalid, "has none of the forms that it may have")
}

// fits reports whether a value is as a schema says, and writes nothing down.
func (w *walk) fits(s *schema, at int) bool {
	before, mark := w.mistakes, w.mark
	w.quiet++
	w.mark = before
	w.value(s, at)
	fits := w.mistakes == before
	w.quiet--
	w.mistakes, w.mark = before, mark
	return fits
}

// enough reports whether further mistakes would change nothing.
func (w *walk) enough() bool {
	if w.quiet > 0 {
		return w.mistakes > w.mark
	}
	return len(w.found) >= most
}

// fail counts a mistake of the value that is looked at.
func (w *walk) fail(code, what string) {
	w.mistakes++
	if w.quiet == 0 {
		w.write(code, what)
	}
}

// write writes a violation down.
func (w *walk) write(code, what string) {
	if len(w.found) < most {
		w.found = append(w.found, Violation{Where: w.where(), What: what, Fault: problem.Fault{Field: w.field(), Code: code}})
	}
}

// member and element go down, and back.
func (w *walk) member(s *schema, name []byte, at int) {
	w.path = append(w.path, step{name: name})
	w.value(s, at)
	w.path = w.path[:len(w.path)-1]
}

func (w *walk) element(s *schema, index, at int) {
	w.path = append(w.path, step{index: index})
	w.value(s, at)
	w.path = w.path[:len(w.path)-1]
}

// refuse is a mistake of a member as such.
func (w *walk) refuse(name []byte, code, what string) {
	w.path = append(w.path, step{name: name})
	w.fail(code, what)
	w.path = w.path[:len(w.path)-1]
}

package plan

import (
	"math/bits"
	"slices"
)

// deferral is how an answer is divided. A deferred fragment is one that @defer stands at, at one place of the operation; a part
// of the answer is what stands in the same deferred fragments: it is fetched by itself, and sent once. The first of each is what
// is not deferred.
type deferral struct {
	fragments []deferred
	parts     []division
}

// deferred is a deferred fragment.
type deferred struct {
	label string
	in    int   // the one that it stands in
	parts []int // that it is complete with
}

// division is a part of the answer.
type division struct {
	of fragments
	in []int // parts whose edges lead to it: they must be there before
}

// fragments is a set of them.
type fragments uint64

// mostDeferred is how many fragments of an operation are deferred. Further ones come with what they stand in.
const mostDeferred = 63

func only(fragment int) fragments { return 1 << fragment }

func (f fragments) has(fragment int) bool { return f&only(fragment) != 0 }

// all are the fragments of a set.
func (f fragments) all(yield func(fragment int) bool) {
	for ; f != 0; f &= f - 1 {
		if !yield(bits.TrailingZeros64(uint64(f))) {
			return
		}
	}
}

// delivery is with which parts of the answer a field goes. The zero value is that of an answer that comes as a whole.
type delivery struct {
	within fragments // in which it stands
	with   int       // the part with which it goes
}

// needed are the fragments without those that stand in others of them: what is there with those need not come again.
func (d *deferral) needed(within fragments) fragments {
	left := within
	for each := range within.all {
		for above := each; above != 0; {
			above = d.fragments[above].in
			if within.has(above) {
				left &^= only(each)
				break
			}
		}
	}
	return left
}

// partOf is the part of what stands in fragments, added where it is the first of it.
func (d *deferral) partOf(within fragments) int {
	needed := d.needed(within)
	for i := range d.parts {
		if d.parts[i].of == needed {
			return i
		}
	}
	d.parts = append(d.parts, division{of: needed})
	return len(d.parts) - 1
}

// lead notes that edges of one part lead to another.
func (d *deferral) lead(from, to int) {
	if p := &d.parts[to]; from != to && !slices.Contains(p.in, from) {
		p.in = append(p.in, from)
	}
}

// close ends the division: fragments learn what they are complete with. One that adds nothing is none.
func (d *deferral) close() (divided bool) {
	for i := range d.parts {
		for each := range d.parts[i].of.all {
			d.fragments[each].parts = append(d.fragments[each].parts, i)
		}
	}
	for i := range d.fragments[1:] {
		f := &d.fragments[1+i]
		for f.in != 0 && len(d.fragments[f.in].parts) == 0 {
			f.in = d.fragments[f.in].in
		}
	}
	return len(d.parts) > 1
}

// below is a fragment with all that stand in it. They come after it.
func (d *deferral) below(fragment int) fragments {
	all := only(fragment)
	for i := range d.fragments[1:] {
		if all.has(d.fragments[1+i].in) {
			all |= only(1 + i)
		}
	}
	return all
}

// Lanes are how many parts are fetched, each by calls of its own. A whole answer has one.
func (p *Plan) Lanes() int {
	if p.deferral == nil {
		return 1
	}
	return len(p.deferral.parts)
}

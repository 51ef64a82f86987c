package reshape

import (
	"errors"
	"fmt"
	"slices"
)

// Metered returns a copy that is counted: as a member of a record it goes through only where View.Meter says so, after all rules
// let it. What is counted is the whole value of the member, with all that is in it: what moves out of it goes with it. Members of
// a record with the same meter are counted together. One that is not there costs nothing, nor does one that a rule refuses, even
// where something is shown in its place; one that is null counts. Outside of records there is nothing to count, and a member with
// a meter is left out.
func (s *Shape) Metered(meter int) *Shape {
	copied := *s
	copied.meter = meter + 1
	return &copied
}

// IsMetered reports whether the value is counted, and by which meter.
func (s *Shape) IsMetered() (meter int, is bool) { return s.meter - 1, s.meter != 0 }

// Meters are those by which a plan counts, ascending.
func (p *Plan) Meters() []int { return p.meters }

// count notes the meters of a Shape.
func (p *Plan) count(shape *Shape, spec Spec) error {
	if shape.meter != 0 {
		return errors.New("the shape of a record or an envelope is counted, and only members can be")
	}
	return shape.eachMeter(func(meter int) error {
		switch {
		case meter < 0 || meter >= spec.Meters:
			return fmt.Errorf("there is no meter %d", meter)
		case spec.Strict:
			return errors.New("a strict plan counts nothing")
		}
		if at, known := slices.BinarySearch(p.meters, meter); !known {
			p.meters = slices.Insert(p.meters, at, meter)
		}
		return nil
	})
}

// eachMeter calls do for the meters of a Shape and of what is in it.
func (s *Shape) eachMeter(do func(meter int) error) error {
	if meter, is := s.IsMetered(); is {
		if err := do(meter); err != nil {
			return err
		}
	}
	for name, below := range s.members {
		if err := below.eachMeter(do); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

// counting is what meters said in a run.
type counting struct {
	current uint64   // counts the records that are read
	asked   []uint64 // by meter: the record for which it was asked last
	passes  []bool   // by meter: what it said then
	shown   []int    // by place: how many records were shown; nil where nobody wants to know
}

// isGranted asks the meter of a member, once for a record. What is shown in the place of the member is not counted.
func (r *run) isGranted(m *member, below *node, c byte) bool {
	meter := m.meter - 1
	switch {
	case below != m.below || r.isLost(m, c):
		return true
	case r.begun < 0 || r.view.Meter == nil:
		return false
	}
	if r.asked[meter] != r.current {
		r.asked[meter], r.passes[meter] = r.current, r.view.Meter(meter)
	}
	return r.passes[meter]
}

// noteShown counts a record that was shown.
func (r *run) noteShown(n *node) {
	if n.place < len(r.shown) {
		r.shown[n.place]++
	}
}

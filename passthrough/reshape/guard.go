package reshape

import (
	"fmt"
	"slices"
)

// Form is what becomes of a member that a rule refuses. Of all but LeaveOut, a value that is null stays null, and one of a kind
// that the Shape does not take is left out as ever. A strict plan has none of them: what is refused is unknown to it.
type Form uint8

const (
	// LeaveOut leaves the member out.
	LeaveOut Form = iota
	// Null writes null.
	Null
	// Mask shows the last four characters of a text behind four bullets, however long it is. It is null for a text of fewer than
	// twelve characters, of which four could be most, for what Last shows, of which less is meant to be seen, and for anything
	// that is no text, arrays too.
	Mask
	// Pseudonym writes what View.Pseudonym makes of a scalar. It is null for arrays and objects.
	Pseudonym
)

// Rule decides about parts of records for one caller. A Shape and a Spec name it by its place in the Spec's Rules.
type Rule struct {
	// Owner is the path of the member that says whose the record is, in the names of the text that comes in, from the record on.
	// It does not lead through arrays. The Shape need not let it through. It is empty where ownership does not matter.
	Owner string
}

// guard is a rule that a value needs.
type guard struct {
	rule int
	form Form
	as   *node // the value in its form, nil for LeaveOut and as long as there is no plan
}

// Guarded returns a copy that goes through only where a rule allows it. Several can guard one Shape: all of them must allow it,
// and the form is that of the first that does not. What is guarded is the whole value of a member, be it an array or not, with
// all that is in it: what moves out of it goes with it. The Shape of a record cannot be guarded: a Spec's Guards do that.
func (s *Shape) Guarded(rule int, form Form) *Shape {
	copied := *s
	copied.guards = append(slices.Clip(s.guards), guard{rule: rule, form: form})
	return &copied
}

// IsGuarded reports whether the value goes through for some only.
func (s *Shape) IsGuarded() bool { return len(s.guards) > 0 }

// IsVeiled reports whether some see another value in the place of this one.
func (s *Shape) IsVeiled() bool {
	return slices.ContainsFunc(s.guards, func(g guard) bool { return g.form != LeaveOut })
}

// Open returns a copy that goes through for all, and is not counted. What is in it is guarded and counted as before.
func (s *Shape) Open() *Shape {
	copied := *s
	copied.guards, copied.meter = nil, 0
	return &copied
}

// guardedAt is the Shape of a member with all the guards on the way to it, and the first meter.
func (s *Shape) guardedAt(path string) *Shape {
	var guards []guard
	meter := 0
	for _, name := range namesOf(path) {
		s, _ = s.at(name)
		guards = append(guards, s.guards...)
		if meter == 0 {
			meter = s.meter
		}
	}
	copied := *s
	copied.guards, copied.meter = guards, meter
	return &copied
}

// eachGuard calls do for the guards of a Shape and of what is in it.
func (s *Shape) eachGuard(do func(guard) error) error {
	for _, g := range s.guards {
		if err := do(g); err != nil {
			return err
		}
	}
	for name, below := range s.members {
		if err := below.eachGuard(do); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

// arm gives the guards of a member the nodes by which its value takes their forms.
func (m *member) arm() {
	m.guards = slices.Clone(m.guards)
	for i := range m.guards {
		g := &m.guards[i]
		if g.form == LeaveOut {
			continue
		}
		g.as = &node{kind: formed, form: g.form, of: m.below}
		if !m.below.record { // what is put in a record needs one
			g.as.puts = m.below.puts
		}
	}
}

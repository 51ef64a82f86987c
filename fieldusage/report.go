package fieldusage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/coordinates"
)

// Report is what was counted.
type Report struct {
	// Since is when counting began.
	Since time.Time `json:"since"`
	// Parts are what is used or could be, by coordinate.
	Parts []Part `json:"parts"`
}

// Part is a part of the schema, and how it is used.
type Part struct {
	Count

	// Coordinate names it.
	Coordinate string `json:"coordinate"`
	// Deprecated is why it should not be used any more, nil where the schema does not say so.
	Deprecated *string `json:"deprecated,omitempty"`
	// Clients are those that used it, by name and version.
	Clients []Client `json:"clients,omitempty"`
}

// Count is how often something was used.
type Count struct {
	// Uses are the operations that were run in which it stands.
	Uses uint64 `json:"uses"`
	// Possible are those that leave open whether they use it: by a variable of an input's type, or of an enumeration's; and those
	// that read an enumeration of which it is a value.
	Possible uint64 `json:"possible,omitempty"`
	// Last is when the last of either was run, nil if none was.
	Last *time.Time `json:"last,omitempty"`
}

// Client is a client that used something.
type Client struct {
	Count

	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Filter says what is wanted of a report. What is empty asks for everything.
type Filter struct {
	// Coordinate is one part, with those within it.
	Coordinate string
	// Client is a name, whatever its version: other clients' uses are left out.
	Client string
	// Deprecated asks for what is deprecated only.
	Deprecated bool
	// Unused asks for what was not used at all, Used for what was. Both ask for everything.
	Unused, Used bool
}

// Report is what was counted so far.
func (t *Tracker) Report(f Filter) Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	report := Report{Since: t.since.UTC().Truncate(time.Second), Parts: []Part{}}
	for i, part := range t.parts {
		if !f.wants(part) {
			continue
		}
		told := t.part(i, f.Client)
		if used := told.Last != nil; f.Used == f.Unused || used == f.Used {
			report.Parts = append(report.Parts, told)
		}
	}
	return report
}

func (f Filter) wants(part coordinates.Part) bool {
	if f.Deprecated && part.Deprecated == nil {
		return false
	}
	rest, within := strings.CutPrefix(part.Coordinate, f.Coordinate)
	return f.Coordinate == "" || within && (rest == "" || rest[0] == '.' || rest[0] == '(')
}

func (t *Tracker) part(i int, only string) Part {
	told := Part{Coordinate: t.parts[i].Coordinate, Deprecated: t.parts[i].Deprecated}
	var all sum
	for by, sums := range t.sums {
		one := sums[i]
		if one.lastSeen == 0 || only != "" && by.name != only {
			continue
		}
		all.join(one)
		told.Clients = append(told.Clients, Client{Name: by.name, Version: by.version, Count: one.count()})
	}
	told.Count = all.count()
	slices.SortFunc(told.Clients, func(a, b Client) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return told
}

func (s *sum) join(other sum) {
	for how := range s.uses {
		s.uses[how] += other.uses[how]
	}
	s.lastSeen = max(s.lastSeen, other.lastSeen)
}

func (s *sum) count() Count {
	c := Count{Uses: s.uses[0], Possible: s.uses[1]}
	if s.lastSeen > 0 {
		last := time.Unix(s.lastSeen, 0).UTC()
		c.Last = &last
	}
	return c
}

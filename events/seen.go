package events

// name is by which an event is known.
type name struct{ service, id string }

// seen remembers names: the last so many at least, and twice as many at most.
type seen struct {
	most         int
	older, newer map[name]struct{}
}

func newSeen(most int) *seen { return &seen{most: max(1, most), newer: make(map[name]struct{})} }

// first reports whether a name is new, and remembers it.
func (s *seen) first(n name) bool {
	if _, known := s.newer[n]; known {
		return false
	}
	_, known := s.older[n]
	if len(s.newer) >= s.most {
		s.older, s.newer = s.newer, make(map[name]struct{})
	}
	s.newer[n] = struct{}{}
	return !known
}

package demand

// Meter is what the objects at places of an answer cost.
type Meter struct {
	root   *node
	places []*node
}

// Meter returns the meter of places, each the names of the fields that lead there, as the answer has them.
func (t *Tree) Meter(places [][]string) *Meter {
	m := &Meter{root: t.root, places: make([]*node, len(places))}
	for i, path := range places {
		m.places[i] = t.root.at(path)
	}
	return m
}

func (n *node) at(path []string) *node {
	for _, alias := range path {
		next := new(node) // costs nothing
		for i := range n.below {
			if n.below[i].alias == alias {
				next = n.below[i].node
			}
		}
		n = next
	}
	return n
}

// Cost is what an answer costs that has so many objects at each place, by the variables of its request, rounded up.
func (m *Meter) Cost(counts []int, variables map[string]any) int64 {
	sum := m.root.each(variables)
	for i, n := range counts {
		if n > 0 {
			sum = plus(sum, times(n, m.places[i].each(variables)))
		}
	}
	return sum.units()
}

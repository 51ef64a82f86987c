package raw

// Kept are the members that are kept of a record, by the service's names and in the order of the Go type. Before a member of a
// part, or of a list's elements, stands the name of that, as in address.city.
func (l *Layout) Kept() []string { return l.whole.kept("") }

func (m *members) kept(within string) []string {
	var names []string
	for i := range m.list {
		each := &m.list[i]
		var below []string
		if each.part != nil {
			below = each.part.kept(within + each.name + ".")
		}
		if len(below) == 0 && (each.text+each.present > 0 || each.isID()) {
			below = []string{within + each.name}
		}
		names = append(names, below...)
	}
	return names
}

// isID reports whether somebody wants the id that a member holds, for more than to tell whose the record is.
func (m *member) isID() bool { return m.id > 0 && !m.onlyKey }

// ID is where rows have the id that a member of the record holds, by the name that the service gives it. It is false where nobody
// wanted that.
func (l *Layout) ID(member string) (IDSlot, bool) {
	for i := range l.whole.list {
		if each := &l.whole.list[i]; each.name == member && each.isID() {
			return IDSlot(each.id), true
		}
	}
	return 0, false
}

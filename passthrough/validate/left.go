package validate

// left compares the members that nothing else in a schema looks at (unevaluatedProperties; JSON Schema 2020-12, core, section
// 11.3).
func (w *walk) left(s *schema, at int) {
	for name := at + 1; name < w.tree.nodes[at].next && !w.enough(); name = w.tree.nodes[name+1].next {
		said := w.tree.string(name)
		switch {
		case w.looked(s, at, said, true):
		case s.object.left.never:
			w.refuse(said, unknown, "is not known")
		default:
			w.member(s.object.left, said, name+1)
		}
	}
}

// looked reports whether a schema, or one that it is made of and that the object is like, looks at a member. What is left in the
// schema where the question began does not count.
func (w *walk) looked(s *schema, at int, name []byte, first bool) bool {
	if s == nil || s.kinds&anObject == 0 {
		return false
	}
	w.looks++
	if s.object != nil && (s.object.looks(name) || !first && s.object.left != nil) {
		return true
	}
	for _, each := range s.all {
		if w.looked(each, at, name, false) {
			return true
		}
	}
	for _, either := range [][]*schema{s.any, s.one} {
		for _, each := range either {
			if w.fits(each, at) && w.looked(each, at, name, false) {
				return true
			}
		}
	}
	return w.lookedWhen(s, at, name)
}

// lookedWhen is looked for the parts that depend on the object.
func (w *walk) lookedWhen(s *schema, at int, name []byte) bool {
	if s.when != nil {
		if w.fits(s.when, at) {
			if w.looked(s.when, at, name, false) || w.looked(s.then, at, name, false) {
				return true
			}
		} else if w.looked(s.otherwise, at, name, false) {
			return true
		}
	}
	if s.object == nil {
		return false
	}
	for there, each := range s.object.where {
		if w.tree.has(at, there) && w.looked(each, at, name, false) {
			return true
		}
	}
	return false
}

// looks reports whether an object's keywords look at a member.
func (o *object) looks(name []byte) bool {
	if o.others != nil || o.members[string(name)].known {
		return true
	}
	for _, each := range o.patterns {
		if each.name.Match(name) {
			return true
		}
	}
	return false
}

package validate

// schema is what a value may be (JSON Schema 2020-12, and the dialect of OpenAPI 3.0, which is read as if it were that). What it
// does not say is allowed.
type schema struct {
	never     bool // no value is as it says
	kinds     kinds
	kindWords string

	listed *listed // enum and const
	number *number
	text   *text
	array  *array
	object *object

	all, any, one         []*schema // references are among all
	not                   *schema
	when, then, otherwise *schema // if, then, else
}

// admits reports whether a value of some kind may be as the schema says, as far as its kind tells.
func (s *schema) admits(kind kinds) bool {
	if s.never || s.kinds&kind == 0 {
		return false
	}
	for _, each := range s.all {
		if !each.admits(kind) {
			return false
		}
	}
	return true
}

// allowed are all kinds that values can have which are as the schema says.
func (s *schema) allowed() kinds {
	if s == nil {
		return anything
	}
	found := s.kinds
	if s.listed != nil {
		found &= s.listed.kinds
	}
	for _, each := range s.all {
		found &= each.allowed()
	}
	for _, either := range [][]*schema{s.any, s.one} {
		var together kinds
		for _, each := range either {
			together |= each.allowed()
		}
		if len(either) > 0 {
			found &= together
		}
	}
	return found
}

// parts are the schemas that look at the same value: this one, and those that it is made of.
func (s *schema) parts(yield func(*schema) bool) bool {
	if s == nil {
		return true
	}
	if !yield(s) {
		return false
	}
	for _, list := range [][]*schema{s.all, s.any, s.one} {
		for _, each := range list {
			if !each.parts(yield) {
				return false
			}
		}
	}
	return true
}

// element is the schema of an array's elements, if there is one for all.
func (s *schema) element() (found *schema) {
	s.parts(func(part *schema) bool {
		if part.array != nil {
			found = part.array.items
		}
		return found == nil
	})
	return found
}

// member is the schema of a member, its own or that of all others, if there is one.
func (s *schema) member(name string) (found *schema) {
	s.parts(func(part *schema) bool {
		if part.object == nil {
			return true
		}
		if found = part.object.members[name].schema; found == nil {
			found = part.object.others
		}
		return found == nil
	})
	return found
}

// texts are the kinds that a text is read as where a value may be of some. Where nothing is said, it is what it is.
func texts(allowed kinds) kinds {
	if allowed == anything {
		return aString
	}
	return allowed
}

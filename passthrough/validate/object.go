package validate

import "regexp"

// object is what is said of objects.
type object struct {
	members               map[string]member
	required              []string
	patterns              []pattern
	others                *schema // of members that neither have a schema nor fit a pattern
	names                 *schema
	least, most           int // members; most is below nothing where there is no bound
	leastWords, mostWords string
	with                  map[string][]string // what must be there where a member is
	where                 map[string]*schema  // what the object must be where a member is
	left                  *schema             // of members that no other schema of the same object looks at
}

// member is what is said of a member of a name.
type member struct {
	schema   *schema
	known    bool // has a schema, which may allow everything
	required bool
}

// pattern is for members whose names fit.
type pattern struct {
	name   *regexp.Regexp
	schema *schema
}

func (o *object) check(w *walk, at int) {
	count, required := 0, 0
	for name := at + 1; name < w.tree.nodes[at].next; name = w.tree.nodes[name+1].next {
		if w.enough() {
			return
		}
		said := w.tree.string(name)
		if o.members[string(said)].required {
			required++
		}
		count++
		o.member(w, said, name)
	}
	if required < len(o.required) {
		o.lacks(w, at, o.required)
	}
	if count < o.least {
		w.fail(invalid, o.leastWords)
	}
	if o.most >= 0 && count > o.most {
		w.fail(tooLong, o.mostWords)
	}
	if !w.enough() && (o.with != nil || o.where != nil) {
		o.together(w, at)
	}
}

// member compares a member with all that is said of it. Its value stands behind its name.
func (o *object) member(w *walk, said []byte, name int) {
	known := false
	if m := o.members[string(said)]; m.known {
		known = true
		w.member(m.schema, said, name+1)
	}
	for _, each := range o.patterns {
		if each.name.Match(said) {
			known = true
			w.member(each.schema, said, name+1)
		}
	}
	switch {
	case known || o.others == nil:
	case o.others.never:
		w.refuse(said, unknown, "is not known")
	default:
		w.member(o.others, said, name+1)
	}
	if o.names != nil && !w.fits(o.names, name) {
		w.refuse(said, invalid, "must not have this name")
	}
}

// lacks refuses that members are not there.
func (o *object) lacks(w *walk, at int, names []string) {
	for _, name := range names {
		if !w.tree.has(at, name) {
			w.refuse([]byte(name), missing, "is missing")
		}
	}
}

// together compares members with each other.
func (o *object) together(w *walk, at int) {
	for name := at + 1; name < w.tree.nodes[at].next && !w.enough(); name = w.tree.nodes[name+1].next {
		said := w.tree.string(name)
		o.lacks(w, at, o.with[string(said)])
		if s := o.where[string(said)]; s != nil {
			w.value(s, at)
		}
	}
}

// has reports whether an object has a member.
func (t *tree) has(at int, name string) bool {
	for below := at + 1; below < t.nodes[at].next; below = t.nodes[below+1].next {
		if string(t.string(below)) == name {
			return true
		}
	}
	return false
}

package passthrough

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/redact"
)

// plans makes out what of bodies passes, and under which names.
func (c *compiler) plans() {
	if c.route.Raw {
		return
	}
	moves, ok := c.moves()
	if !ok {
		return
	}
	c.route.names = namesOf(moves)
	if !c.route.writes() {
		c.answers(moves, nil)
		return
	}
	if taken, ok := c.taken(); ok {
		c.answers(moves, taken)
		c.requests(slices.Clone(moves), taken)
	}
}

// answers makes the plan of answers. What is taken under another name need not be shown.
func (c *compiler) answers(moves []reshape.Move, taken *reshape.Shape) {
	r := c.route
	spec := reshape.Spec{Drops: r.Response.Drop}
	spec.Adds, r.showsAdded = c.members("response.add", r.Response.Add)
	if !c.shape(&spec) {
		return
	}
	spec.Moves = slices.DeleteFunc(slices.Clone(moves), func(m reshape.Move) bool {
		return !shows(spec, m.From) && taken != nil && has(taken, m.From)
	})
	spec.Rules, spec.Meters = c.around.Policy.Rules(), len(c.around.Policy.Meters())
	var err error
	r.showsSpec = &spec
	if r.shows, err = reshape.Compile(spec); err != nil {
		c.fail("rename", "or what is added or dropped beside it, does not fit what is shown: "+err.Error())
		return
	}
	r.limited = r.shows.Meters()
}

// shows reports whether a member of records goes through.
func shows(spec reshape.Spec, path string) bool {
	return spec.Shape != nil && has(spec.Shape, path) ||
		slices.ContainsFunc(spec.Records, func(r reshape.RecordsAt) bool { return has(r.Shape, path) })
}

func has(shape *reshape.Shape, path string) bool {
	_, ok := shape.At(path)
	return ok
}

// shape says what of an answer goes through.
func (c *compiler) shape(spec *reshape.Spec) (ok bool) {
	if len(c.route.Parts) > 0 {
		spec.Envelope, spec.Records, ok = c.parts()
	} else {
		spec.Shape, spec.Guards, ok = c.whole()
	}
	return ok
}

// whole is the shape of an answer that is a record, or a list of them.
func (c *compiler) whole() (shape *reshape.Shape, guards []int, ok bool) {
	record, ok := c.typeOf("returns", c.route.Returns)
	if !ok {
		return nil, nil, false
	}
	if clients := c.clients(); c.route.Returns != "" && len(clients) > 0 && !slices.Contains(clients, record.Service) {
		c.fail("returns", "is a type whose records the "+record.Service+" service has: by the rules of another type, members of the "+
			clients[0]+" service's records would be shown to anybody")
		return nil, nil, false
	}
	shape, c.route.types = record.Shape, []string{c.route.Returns}
	for i, path := range c.route.Expose {
		if shape, ok = c.expose(i, strings.TrimPrefix(path, "/"), shape, record.Shape); !ok {
			return nil, nil, false
		}
	}
	return shape, indices(record.Guards), true
}

// parts are the shape around the records, and those of the records.
func (c *compiler) parts() (envelope *reshape.Shape, records []reshape.RecordsAt, ok bool) {
	envelope = reshape.Object(nil)
	for _, pointer := range slices.Sorted(maps.Keys(c.route.Parts)) {
		path, ok := c.place(pointer, records)
		if !ok {
			return nil, nil, false
		}
		shape, guards, ok := c.part(pointer)
		if !ok {
			return nil, nil, false
		}
		var err error
		if envelope, err = envelope.With(path, shape); err != nil {
			c.fail("parts."+pointer, err.Error())
			return nil, nil, false
		}
		records = append(records, reshape.RecordsAt{Pointer: pointer, Shape: shape, Guards: guards})
		c.route.types = append(c.route.types, c.route.Parts[pointer])
	}
	for i, exposed := range c.route.Expose {
		if path, top := strings.CutPrefix(exposed, "/"); top {
			if envelope, ok = c.expose(i, path, envelope, nil); !ok {
				return nil, nil, false
			}
		}
	}
	return envelope, records, true
}

// part is the shape of the records at a place.
func (c *compiler) part(pointer string) (shape *reshape.Shape, guards []int, ok bool) {
	record, ok := c.typeOf("parts."+pointer, c.route.Parts[pointer])
	if !ok {
		return nil, nil, false
	}
	shape = record.Shape
	for i, exposed := range c.route.Expose {
		if strings.HasPrefix(exposed, "/") {
			continue
		}
		if shape, ok = c.expose(i, exposed, shape, record.Shape); !ok {
			return nil, nil, false
		}
	}
	return shape, indices(record.Guards), true
}

// indices are the numbers by which shapes know rules. One that refuses nobody guards nothing.
func indices(rules []*policy.Rule) []int {
	var numbers []int
	for _, rule := range rules {
		if !rule.Public() {
			numbers = append(numbers, rule.Index)
		}
	}
	return numbers
}

// place is the path to records in an answer. It must lead past what nobody may see, and past other records.
func (c *compiler) place(pointer string, others []reshape.RecordsAt) (path string, ok bool) {
	at := "parts." + pointer
	path, ok = strings.CutPrefix(pointer, "/")
	within := slices.IndexFunc(others, func(r reshape.RecordsAt) bool { return strings.HasPrefix(pointer, r.Pointer+"/") })
	switch {
	case !ok:
		c.fail(at, "must be a JSON pointer such as /items")
	case c.around.Policy.Hidden(path):
		c.fail(at, "is a member that nobody may see")
	case c.around.Policy.Shortened(path):
		c.fail(at, "is a member of which only the end is ever shown")
	case c.kept(path, reshape.Object(nil), c.limited):
		c.fail(at, "is a member that callers may read only so often: let the route return the type that has it, which says how often")
	case c.withheld(path, reshape.Object(nil)):
		c.fail(at, "is a member that not everybody may see: let the route return the type that has it, which says who may")
	case within >= 0:
		c.fail(at, "lies within the records at "+others[within].Pointer)
	default:
		return path, true
	}
	return "", false
}

// typeOf is what is shown of a type. Of no type, nothing is. Of a part of records, nobody could say who may see it: its record
// does.
func (c *compiler) typeOf(at, name string) (record *redact.Record, ok bool) {
	if name == "" {
		return &redact.Record{Shape: reshape.Object(nil)}, true
	}
	if record, ok = c.around.Policy.Type(name); !ok {
		c.fail(at, "must be a type of the schema: "+strings.Join(c.around.Policy.Types(), ", "))
		return nil, false
	}
	if len(record.Guards) == 0 {
		c.fail(at, "is a part of other records, which say who may see it: return one of those")
		return nil, false
	}
	c.route.returned = append(c.route.returned, record)
	return record, true
}

// expose shows one more member, with all that is in it but what nobody may see. record is what is shown of records anyway, nil
// around them.
func (c *compiler) expose(i int, path string, of, record *reshape.Shape) (shape *reshape.Shape, ok bool) {
	at := fmt.Sprintf("expose[%d]", i)
	switch {
	case c.around.Policy.Hidden(path):
		c.fail(at, "is a member that nobody may see")
		return nil, false
	case c.around.Policy.Shortened(path):
		c.fail(at, "is a member of which only the end is ever shown, where the route returns the type that has it")
		return nil, false
	case c.withheld(path, of) || record != nil && c.reserved(path, record):
		c.fail(at, "is a member that not everybody may see: let the route return the type that has it, which says who may")
		return nil, false
	case c.kept(path, of, c.limited):
		c.fail(at, "is a member that callers may read only so often: let the route return the type that has it, which says how often")
		return nil, false
	}
	shape, err := of.With(path, c.around.Policy.Opaque(c.route.Public, c.clients()...))
	if err != nil {
		c.fail(at, err.Error())
		return nil, false
	}
	return shape, true
}

// withheld reports whether a path leads to a member, or through one, that some do not see.
func (c *compiler) withheld(path string, of *reshape.Shape) bool {
	return c.kept(path, of, func(name string) bool {
		return c.around.Policy.Withheld(name, c.route.Public, c.clients()...)
	})
}

// limited reports whether a member is shown only so often.
func (c *compiler) limited(name string) bool { return c.around.Policy.Limited(name, c.clients()...) }

// kept reports whether a path leads to a member, or through one, that is kept. What goes through on the way keeps the rules that
// guard it, and so does what is shown beside it.
func (c *compiler) kept(path string, of *reshape.Shape, is func(name string) bool) bool {
	for end := range len(path) + 1 {
		if end < len(path) && path[end] != '/' {
			continue
		}
		name := path[strings.LastIndexByte(path[:end], '/')+1 : end]
		if end < len(path) && has(of, path[:end]) {
			continue
		}
		if is(name) {
			return true
		}
	}
	return false
}

// reserved reports whether a path leads to a member of records that are not for everybody, where the route does not return them.
func (c *compiler) reserved(path string, record *reshape.Shape) bool {
	name, _, _ := strings.Cut(path, "/")
	return !has(record, name) && c.around.Policy.Reserved(name, c.route.Public, c.clients()...)
}

// moves are the renamings, from the service's names to the client's.
func (c *compiler) moves() (moves []reshape.Move, ok bool) {
	ok = true
	for _, from := range slices.Sorted(maps.Keys(c.route.Rename)) {
		to := c.route.Rename[from]
		if to == "" || to == from {
			c.fail("rename."+from, "must be another name")
			ok = false
		}
		moves = append(moves, reshape.Move{From: from, To: to})
	}
	return moves, ok
}

// namesOf are the client's names of members, by the service's.
func namesOf(moves []reshape.Move) map[string]string {
	names := make(map[string]string)
	for _, each := range moves {
		names[each.From] = each.To
	}
	return names
}

// requests makes the plan of bodies.
func (c *compiler) requests(moves []reshape.Move, taken *reshape.Shape) {
	r := c.route
	moves = slices.DeleteFunc(moves, func(m reshape.Move) bool { // what is shown under another name need not be taken
		return !has(taken, m.From)
	})
	shape, err := taken.Moved(moves)
	if err != nil {
		c.fail("rename", err.Error())
		return
	}
	spec := reshape.Spec{Shape: shape, Moves: reshape.Back(moves), Strict: true, Unmake: true}
	spec.Adds, r.takesAdded = c.members("request.add", r.Request.Add)
	for _, path := range spec.Adds {
		if c.around.Policy.Hidden(path) {
			c.fail("request.add."+path, "is a member that nobody may see")
		}
	}
	r.takesSpec = &spec
	if r.takes, err = reshape.Compile(spec); err != nil {
		c.fail("rename", "or what is added beside it, does not fit what is taken: "+err.Error())
	}
}

// taken is what a body may hold, by the service's names.
func (c *compiler) taken() (shape *reshape.Shape, ok bool) {
	r, policy := c.route, c.around.Policy
	if r.As != "" {
		if shape, ok = policy.Mutation(r.As); !ok {
			c.fail("as", "must be a mutation of the schema: "+strings.Join(policy.Mutations(), ", "))
		}
		return shape, ok
	}
	shape = reshape.Object(nil)
	for i, path := range r.Accepts {
		at := fmt.Sprintf("accepts[%d]", i)
		if policy.Hidden(path) {
			c.fail(at, "is a member that nobody may see")
			return nil, false
		}
		var err error
		if shape, err = shape.With(path, policy.Taken()); err != nil {
			c.fail(at, err.Error())
			return nil, false
		}
	}
	return shape, true
}

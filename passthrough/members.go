package passthrough

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
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
	var err error
	r.showsSpec = &spec
	if r.shows, err = reshape.Compile(spec); err != nil {
		c.fail("rename", "or what is added or dropped beside it, does not fit what is shown: "+err.Error())
	}
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
		spec.Shape, ok = c.whole()
	}
	return ok
}

// whole is the shape of an answer that is a record, or a list of them.
func (c *compiler) whole() (shape *reshape.Shape, ok bool) {
	if shape, ok = c.typeOf("returns", c.route.Returns); !ok {
		return nil, false
	}
	for i, path := range c.route.Expose {
		if shape, ok = c.expose(i, strings.TrimPrefix(path, "/"), shape); !ok {
			return nil, false
		}
	}
	return shape, true
}

// parts are the shape around the records, and those of the records.
func (c *compiler) parts() (envelope *reshape.Shape, records []reshape.RecordsAt, ok bool) {
	envelope = reshape.Object(nil)
	for _, pointer := range slices.Sorted(maps.Keys(c.route.Parts)) {
		path, ok := c.place(pointer, records)
		if !ok {
			return nil, nil, false
		}
		shape, ok := c.part(pointer)
		if !ok {
			return nil, nil, false
		}
		var err error
		if envelope, err = envelope.With(path, shape); err != nil {
			c.fail("parts."+pointer, err.Error())
			return nil, nil, false
		}
		records = append(records, reshape.RecordsAt{Pointer: pointer, Shape: shape})
	}
	for i, exposed := range c.route.Expose {
		if path, top := strings.CutPrefix(exposed, "/"); top {
			if envelope, ok = c.expose(i, path, envelope); !ok {
				return nil, nil, false
			}
		}
	}
	return envelope, records, true
}

// part is the shape of the records at a place.
func (c *compiler) part(pointer string) (shape *reshape.Shape, ok bool) {
	if shape, ok = c.typeOf("parts."+pointer, c.route.Parts[pointer]); !ok {
		return nil, false
	}
	for i, exposed := range c.route.Expose {
		if strings.HasPrefix(exposed, "/") {
			continue
		}
		if shape, ok = c.expose(i, exposed, shape); !ok {
			return nil, false
		}
	}
	return shape, true
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
	case within >= 0:
		c.fail(at, "lies within the records at "+others[within].Pointer)
	default:
		return path, true
	}
	return "", false
}

// typeOf is what is shown of a type. Of no type, nothing is.
func (c *compiler) typeOf(at, name string) (shape *reshape.Shape, ok bool) {
	if name == "" {
		return reshape.Object(nil), true
	}
	if shape, ok = c.around.Policy.Type(name); !ok {
		c.fail(at, "must be a type of the schema: "+strings.Join(c.around.Policy.Types(), ", "))
	}
	return shape, ok
}

// expose shows one more member, with all that is in it but what nobody may see.
func (c *compiler) expose(i int, path string, of *reshape.Shape) (shape *reshape.Shape, ok bool) {
	at := fmt.Sprintf("expose[%d]", i)
	if c.around.Policy.Hidden(path) {
		c.fail(at, "is a member that nobody may see")
		return nil, false
	}
	if c.around.Policy.Shortened(path) {
		c.fail(at, "is a member of which only the end is ever shown, where the route returns the type that has it")
		return nil, false
	}
	shape, err := of.With(path, c.around.Policy.Opaque())
	if err != nil {
		c.fail(at, err.Error())
		return nil, false
	}
	return shape, true
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

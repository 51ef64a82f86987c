package plan

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// outline makes something like a plan of an operation that cannot be planned, to find out what it asks services for. Nobody can
// run it.
func (p *Planner) outline(operation *graphql.OperationContext) *Plan {
	c := &compiler{Planner: p, operation: operation, plan: new(Plan), outlining: true}
	c.plan.root = c.object(p.rootOf(operation.Operation).Name)
	_ = c.fields(c.plan.root, c.plan.root, nil, whole(operation.Operation.SelectionSet)) // what cannot be compiled is outlined
	c.layOut()
	return c.plan
}

func (p *Planner) rootOf(operation *ast.OperationDefinition) *ast.Definition {
	switch operation.Operation {
	case ast.Mutation:
		return p.Schema.Mutation
	case ast.Subscription:
		return p.Schema.Subscription
	default:
		return p.Schema.Query
	}
}

// fieldOr compiles a field, or outlines it where that is what is made and it cannot be compiled.
func (c *compiler) fieldOr(into, of *object, b *raw.Builder, f collected) (field, error) {
	if !c.outlining {
		return c.field(into, of, b, f)
	}
	edges := len(of.edges)
	if b != nil || c.needsNoRecord(into.name, f) {
		if made, err := c.field(into, of, b, f); err == nil {
			return made, nil
		}
	}
	of.edges = of.edges[:edges]
	return c.outlined(into, of, f), nil
}

// needsNoRecord reports whether a field can be compiled of an object of which no record is known.
func (c *compiler) needsNoRecord(object string, f collected) bool {
	found, ok := c.way(object, f)
	return ok && slices.Contains([]kind{one, several, many}, found.kind)
}

// outlined is what takes the place of a field. Values, parts of records of which nothing is known, and what tells of the schema
// ask nobody.
func (c *compiler) outlined(into, of *object, f collected) field {
	made := field{alias: f.Alias, at: f.Position}
	definition := c.Schema.Types[into.name].Fields.ForName(f.Name)
	if definition == nil || !c.Schema.Types[definition.Type.Name()].IsCompositeType() {
		return made
	}
	e := &edge{index: len(c.plan.edges), field: f.Field, parent: of, kind: unread}
	e.ofPage = c.Schema.Types[into.name].Fields.ForName("pageInfo") != nil
	c.plan.edges = append(c.plan.edges, e)
	of.edges = append(of.edges, e)
	made.edge = e
	if c.isAtHand(into.name, definition) {
		e.kind = hand
	} else {
		c.asks(e, into.name, definition)
	}
	for _, name := range c.possible(definition.Type.Name()) {
		child := c.child(e, name, nil, nil, definition.Type.Elem != nil)
		e.children = append(e.children, child)
		below := c.recordOf(name)
		_ = c.fields(child, child, below, f.from)
		if guard := c.Policy.Field(definition); guard != nil && below != nil {
			e.guard, _ = c.guarded(guard, nil, below) // what cannot be asked is not asked
		}
	}
	return made
}

// possible are the objects that a type stands for.
func (c *compiler) possible(name string) (objects []string) {
	t := c.Schema.Types[name]
	if !t.IsAbstractType() {
		return []string{name}
	}
	for _, object := range c.Schema.GetPossibleTypes(t) {
		objects = append(objects, object.Name)
	}
	return objects
}

// isAtHand reports whether a field shows what its object has, without asking anybody.
func (c *compiler) isAtHand(object string, definition *ast.FieldDefinition) bool {
	if !c.Resolved(object, definition.Name) {
		return true
	}
	read, ok := c.Edges.Edge(object, definition.Name)
	return ok && read.Kind == edges.AtHand
}

// asks says whom a resolver asks: those who have the records that say whether it may run, and those that it calls itself.
func (c *compiler) asks(e *edge, object string, definition *ast.FieldDefinition) {
	place := object + "." + definition.Name
	if guard := c.Policy.Field(definition); guard != nil {
		for _, rule := range guard.Rules {
			if rule.Owner == nil {
				continue
			}
			for i, step := range rule.Owner.Steps {
				if i > 0 {
					e.sources = append(e.sources, c.alone(place, c.service(step.Type)))
				}
			}
		}
	}
	clients, known := c.Edges.Calls(object, definition.Name)
	if !known {
		clients = []string{""}
	}
	for _, each := range clients {
		e.sources = append(e.sources, c.alone(place, c.service(each)))
	}
}

// alone is the source of a call that a resolver makes by itself.
func (c *compiler) alone(field, service string) *source {
	s := &source{index: len(c.plan.sources), name: field, alone: &rest.Batching{Service: service, Max: 1}}
	c.plan.sources = append(c.plan.sources, s)
	return s
}

// service is the name of a service whose client is known: that of the records that it reads. Empty is unknown.
func (c *compiler) service(client string) string {
	if read, ok := c.Reads.ByID(client); ok {
		return read.Batching(1).Service
	}
	if read, ok := c.Reads.ByPart(client); ok {
		return read.Batching(record.Part{Limit: 1}).Service
	}
	return ""
}

// recordOf begins to gather what is wanted of the record that an object stands for, nil where that is unknown.
func (c *compiler) recordOf(name string) *raw.Builder {
	read, ok := c.Reads.ByID(name)
	if !ok || c.types[read.Record] == nil {
		return nil
	}
	return c.plan.layouts[c.layout(read.Record)].builder
}

// outlined walks on from what an outline has in the place of a field.
func (w *walk) outlined(e *edge, s *stock, path []string, at *arrival) {
	came := &stock{question: question{of: s, said: e.field.Alias}, level: s.level, most: s.most, fetch: s.fetch}
	if e.kind == unread {
		came.level = w.level + 1
		if w.alone && s.fetch == nil {
			at = &arrival{came.level} // nothing else runs beside it that could bring something earlier
		}
	}
	switch list := e.field.Definition.Type.Elem != nil; {
	case list && e.ofPage:
		came.most = w.times(s.most, w.constant(w.sizes.Pages.Max))
	case list:
		came.most = w.times(s.most, w.constant(w.sizes.list(e)))
	}
	for _, asked := range e.sources {
		w.add(w.fetch(asked, w.level+1), portion{first: s.most, records: came.most})
	}
	w.when(came, func() {
		w.look(e.guard, came, path, at, func() {
			for _, child := range e.children {
				w.open(child, came, path, at)
			}
		})
	})
}

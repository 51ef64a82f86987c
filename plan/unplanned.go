package plan

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Unplanned is a field that plans do not cover.
type Unplanned struct {
	// Field is its coordinate, such as Order.user.
	Field string
	// Why says what stands in the way.
	Why string
}

// Unplanned are the fields of queries, and of what they lead to, that plans do not cover: operations that select one run in
// gqlgen. What the gateway tells of itself is not among them: there is nothing to plan.
func (p *Planner) Unplanned() []Unplanned {
	var all []Unplanned
	for _, object := range p.Schema.Types {
		if object == p.Schema.Mutation || object == p.Schema.Subscription || p.onlyWritten(object) {
			continue
		}
		for _, field := range object.Fields {
			found, known := p.ways[field]
			if known && found.kind == unplanned && !p.isOwn(object) && !p.isOwn(p.Schema.Types[field.Type.Name()]) {
				all = append(all, Unplanned{object.Name + "." + field.Name, found.why})
			}
		}
	}
	slices.SortFunc(all, func(a, b Unplanned) int { return cmp.Compare(a.Field, b.Field) })
	return all
}

// isOwn reports whether an object is the gateway's own, such as a caller's usage: nothing of it is a member of a record, or
// leads to one.
func (p *Planner) isOwn(object *ast.Definition) bool {
	if object.Kind != ast.Object || object == p.Schema.Query {
		return false
	}
	return !slices.ContainsFunc(object.Fields, func(field *ast.FieldDefinition) bool {
		_, isMember := p.Fields.Field(object.Name, field.Name)
		return isMember || p.ways[field].kind != unplanned || p.Schema.Types[field.Type.Name()].Kind == ast.Object
	})
}

// onlyWritten reports whether only mutations lead to an object.
func (p *Planner) onlyWritten(object *ast.Definition) bool {
	return !p.read(object.Name, p.Schema.Query, make(map[string]bool))
}

func (p *Planner) read(name string, from *ast.Definition, seen map[string]bool) bool {
	if from == nil || seen[from.Name] {
		return false
	}
	seen[from.Name] = true
	for _, field := range from.Fields {
		if to := field.Type.Name(); to == name || p.read(name, p.Schema.Types[to], seen) {
			return true
		}
	}
	return from.Name == name
}

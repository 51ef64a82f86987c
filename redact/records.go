package redact

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/wire"
)

// recordTypes are the types of the schema whose fields are made of members.
func recordTypes(fields *wire.Map) []string {
	var names []string
	for field := range fields.All() {
		if len(field.Members) > 0 && !slices.Contains(names, field.Object) {
			names = append(names, field.Object)
		}
	}
	return names
}

// records reads what is shown of each type.
type records struct {
	schema *ast.Schema
	fields *wire.Map
}

func (r records) shape(name string) *reshape.Shape {
	own, _ := r.members(name)
	return reshape.Object(own)
}

// members are those of a type, and those of the whole record that the type is a part of. Where one field shows all of a member
// and another the end of it, all of it is shown.
func (r records) members(name string) (own, whole map[string]*reshape.Shape) {
	own, whole = make(map[string]*reshape.Shape), make(map[string]*reshape.Shape)
	for _, field := range r.fieldsOf(name) {
		shape, above := r.value(field)
		for _, member := range field.Members {
			if outer, ok := strings.CutPrefix(member, "/"); ok {
				whole[outer] = shape
				continue
			}
			own[member] = shape
		}
		maps.Copy(own, above)
	}
	return own, whole
}

// fieldsOf are the fields of a type that are made of members, those first which show a part of theirs.
func (r records) fieldsOf(name string) []*wire.Field {
	var all []*wire.Field
	for _, definition := range r.schema.Types[name].Fields {
		if field, ok := r.fields.Field(name, definition.Name); ok {
			all = append(all, field)
		}
	}
	slices.SortStableFunc(all, func(a, b *wire.Field) int { return cmp.Compare(b.Last, a.Last) })
	return all
}

// value is what is shown of a field's members.
func (r records) value(field *wire.Field) (shape *reshape.Shape, above map[string]*reshape.Shape) {
	if field.Last > 0 {
		return reshape.Last(field.Last), nil
	}
	below, ok := r.part(field)
	if !ok {
		return reshape.Scalar(), nil
	}
	own, above := r.members(below.Name)
	return reshape.Object(own), above
}

// part is the type of a field whose member holds members of its own.
func (r records) part(field *wire.Field) (below *ast.Definition, ok bool) {
	below = r.schema.Types[field.Definition.Type.Name()]
	return below, below.Kind == ast.Object && !field.Edge() && field.Last == 0
}

// written are the members that arguments stand for: those of their input objects. Other arguments, such as an id, stand in a
// request's path.
func written(schema *ast.Schema, arguments ast.ArgumentDefinitionList) map[string]*reshape.Shape {
	members := make(map[string]*reshape.Shape)
	for _, argument := range arguments {
		if input := schema.Types[argument.Type.Name()]; input.Kind == ast.InputObject {
			maps.Copy(members, inputMembers(schema, input))
		}
	}
	return members
}

func inputMembers(schema *ast.Schema, input *ast.Definition) map[string]*reshape.Shape {
	members := make(map[string]*reshape.Shape)
	for _, field := range input.Fields {
		below := schema.Types[field.Type.Name()]
		if below.Kind == ast.InputObject {
			members[snake(field.Name)] = reshape.Object(inputMembers(schema, below))
			continue
		}
		members[snake(field.Name)] = reshape.Scalar()
	}
	return members
}

// snake is a name of the schema as the services write it: productId is product_id.
func snake(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Package wire answers which members of a service's record each field of the schema is made of.
//
// Most fields are one member, by the JSON tag of the Go field that they are bound to. The others say it in the schema, by @from;
// a Go field that is made of members says the same in its from tag. Policies and checks go by the member, so that no spelling of
// a field gets around them.
package wire

import (
	"cmp"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams"
)

// Map is what the fields of a schema are made of. It is not changed once it was read, and safe for concurrent use.
type Map struct{ fields map[string]*Field }

// Field is a field of an object that stands for a service's record, or for a part of one.
type Field struct {
	// Object and Name are the field's coordinate in the schema.
	Object, Name string
	// Definition is the field in the schema.
	Definition *ast.FieldDefinition
	// Record is the client's Go type that the object is bound to.
	Record reflect.Type
	// Members are the members that the field is made of, as the service writes them. Those that begin with / belong to the whole
	// record that the object is a part of. There are none where the object is a value that another field puts together, such as
	// an amount of money: it is then made of what that field is made of.
	Members []string
	// Last is how many characters at the end of its member, which is a text, the field shows. 0 is all.
	Last int

	value accessor
}

// String is where the field stands: schema/order.graphql:31 Order.total.
func (f *Field) String() string {
	return Place(f.Definition.Position) + " " + f.Object + "." + f.Name
}

// Place is a place of the schema: the file as this project has it, and the line.
func Place(at *ast.Position) string {
	file := at.Src.Name
	if i := strings.Index(file, "schema/"); i > 0 {
		file = file[i:] // the generated code has it relative to itself
	}
	return fmt.Sprintf("%s:%d", file, at.Line)
}

// Says reports whether the field names its members by @from.
func (f *Field) Says() bool { return f.Definition.Directives.ForName("from") != nil }

// Go is where the field's value comes from: upstreams/order Order.Total. For an edge it is the Go type alone.
func (f *Field) Go() string { return strings.TrimSuffix(GoName(f.Record)+"."+f.value.name, ".") }

// Value is what a record, a pointer to Record, shows at the field. There is none at an edge, whose value is a record of its own.
func (f *Field) Value(record reflect.Value) (value reflect.Value, ok bool) {
	return f.value.of(record)
}

// GoField is the field of Record that the field shows. There is none at an edge, or where a method gives the value.
func (f *Field) GoField() (field reflect.StructField, ok bool) {
	return f.value.field, f.value.isField()
}

// Edge reports whether the field leads to a record of its own, or puts a value together: what it shows stands in no one member.
func (f *Field) Edge() bool { return f.value.name == "" || f.Says() }

// Field finds a field by its coordinate. There is none for what is the gateway's own, such as a connection's pageInfo.
func (m *Map) Field(object, name string) (*Field, bool) {
	f, ok := m.fields[object+"."+name]
	return f, ok
}

// All are the fields, by coordinate.
func (m *Map) All() iter.Seq[*Field] {
	sorted := make([]*Field, 0, len(m.fields))
	for _, f := range m.fields {
		sorted = append(sorted, f)
	}
	slices.SortFunc(sorted, func(a, b *Field) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Name, b.Name))
	})
	return slices.Values(sorted)
}

// Mistakes are fields that do not say what they are made of, or say it wrongly.
type Mistakes []Mistake

// Mistake is what is wrong with one field.
type Mistake struct {
	// Field is where it stands in the schema, and Go where its value comes from.
	Field, Go string
	// Message says what is wrong and what would mend it.
	Message string
}

// Error is a line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, each := range m {
		lines[i] = fmt.Sprintf("%s: %s: %s", each.Field, each.Go, each.Message)
	}
	return strings.Join(lines, "\n")
}

// Read finds out what each field of the schema is made of. Which Go types the objects are bound to it reads off the resolvers
// that gqlgen asks for. The error is Mistakes; the map then lacks the fields that are wrong.
func Read(schema *ast.Schema) (*Map, error) {
	r := &reader{schema: schema, fields: make(map[string]*Field), seen: make(map[string]bool)}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root != nil {
			r.object(root, nil)
		}
	}
	slices.SortFunc(r.mistakes, func(a, b Mistake) int { return strings.Compare(a.Field, b.Field) })
	if len(r.mistakes) > 0 {
		return &Map{fields: r.fields}, r.mistakes
	}
	return &Map{fields: r.fields}, nil
}

// reader walks from the roots to every object of the schema.
type reader struct {
	schema   *ast.Schema
	fields   map[string]*Field
	seen     map[string]bool
	mistakes Mistakes
}

// object reads the fields of an object that is bound to a Go type; the roots are bound to none.
func (r *reader) object(object *ast.Definition, bound reflect.Type) {
	if r.seen[object.Name] {
		return
	}
	r.seen[object.Name] = true
	for _, definition := range object.Fields {
		if strings.HasPrefix(definition.Name, "__") {
			continue
		}
		value := accessorOf(bound, definition.Name)
		leadsTo, resolved := resolverResult(object.Name, definition.Name)
		if !resolved {
			leadsTo = value.leadsTo
		}
		if isRecord(bound) {
			r.field(&Field{Object: object.Name, Name: definition.Name, Definition: definition, Record: bound, value: value}, resolved)
		}
		if below := r.schema.Types[definition.Type.Name()]; below.Kind == ast.Object {
			r.object(below, element(leadsTo))
		}
	}
}

// field notes what a field is made of, by what it says or by what it is bound to.
func (r *reader) field(f *Field, resolved bool) {
	if mistake := f.mistake(resolved, r.schema.Types[f.Definition.Type.Name()].Kind); mistake != "" {
		r.mistakes = append(r.mistakes, Mistake{Field: f.String(), Go: f.Go(), Message: mistake})
		return
	}
	said, says := from(f.Definition)
	switch {
	case says:
		f.Members, f.Last = said, last(f.Definition)
		if resolved {
			f.value = accessor{} // an edge: what the resolver returns is not of this record
		}
	case f.value.member != "":
		f.Members = []string{f.value.member}
	}
	r.fields[f.Object+"."+f.Name] = f
}

// resolverResult is the Go type that a field's resolver returns, if people wrote one.
func resolverResult(object, field string) (result reflect.Type, ok bool) {
	of, ok := reflect.TypeFor[graph.ResolverRoot]().MethodByName(object)
	if !ok {
		return nil, false
	}
	// gqlgen writes orderId as OrderID; apart from case the names are the same.
	for method := range of.Type.Out(0).Methods() {
		if strings.EqualFold(method.Name, field) {
			return method.Type.Out(0), true
		}
	}
	return nil, false
}

// isRecord reports whether a Go type is a client's, and not the gateway's own.
func isRecord(t reflect.Type) bool {
	return t != nil && strings.HasPrefix(t.PkgPath(), reflect.TypeFor[upstreams.Config]().PkgPath()+"/")
}

// isMade reports whether values of a type are put together in the gateway: nothing of it is read from JSON.
func isMade(t reflect.Type) bool {
	for _, field := range reflect.VisibleFields(t) {
		if _, tagged := field.Tag.Lookup("json"); tagged {
			return false
		}
	}
	return true
}

// GoName is a type's name with its package's path in this module, such as upstreams/order Order.
func GoName(t reflect.Type) string {
	module := strings.TrimSuffix(reflect.TypeFor[upstreams.Config]().PkgPath(), "upstreams")
	return strings.TrimPrefix(t.PkgPath(), module) + " " + t.Name()
}

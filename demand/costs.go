package demand

import (
	"errors"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/page"
)

// Costs are what a schema says of costs. They are not changed once they were read, and safe for concurrent use.
type Costs struct {
	schema *ast.Schema
	sizes  Sizes
	fields map[*ast.FieldDefinition]*fieldCost // of objects
	types  map[string]amount                   // by type; of an interface or a union the largest of its objects'
	// What can weigh something of the fields of inputs, by their types, and of the arguments of directives, by their names.
	inputs, directives map[string][]argumentCost
}

// Sizes are what is reckoned by where the schema does not say how long a list is.
type Sizes struct {
	// Pages bound connections, which are fields with sizedFields: the default holds where no argument says how many, and no argument
	// says more than the largest page.
	Pages page.Limits
	// List is how many elements any other list counts as.
	List int
	// Leads reports whether a field leads to objects that are read, or lie at hand as a list. Objects below all other fields are
	// parts of the object that has the field, and count with it whether they are there or not. Nil makes every field lead.
	Leads func(*ast.FieldDefinition) bool
}

// fieldCost is what is said of one field.
type fieldCost struct {
	weight    amount
	arguments []argumentCost // those that can weigh something
	list      *list          // nil where nothing is said
	counted   bool           // whether its objects are counted by what is there
}

// Read finds out what a schema says. The error is every mistake in it, each by where it stands.
func Read(schema *ast.Schema, sizes Sizes) (*Costs, error) {
	r := &reader{Costs: &Costs{
		schema: schema, sizes: sizes,
		fields: make(map[*ast.FieldDefinition]*fieldCost), types: make(map[string]amount),
		inputs: make(map[string][]argumentCost), directives: make(map[string][]argumentCost),
	}}
	for _, name := range sortedTypes(schema) {
		r.definition(schema.Types[name])
	}
	r.abstract()
	r.ofDirectives()
	for _, name := range sortedTypes(schema) {
		if object := schema.Types[name]; object.Kind == ast.Object {
			r.object(object)
		}
	}
	return r.Costs, errors.Join(r.mistakes...)
}

// ListSize is how many elements a list counts as whose length no argument says.
func (c *Costs) ListSize(field *ast.FieldDefinition) int {
	if f := c.fields[field]; f != nil && f.list != nil && f.list.assumed != nil {
		return *f.list.assumed
	}
	return c.sizes.List
}

// Counts reports whether what a field of an object leads to is counted by what is there. The field may be that of an interface.
func (c *Costs) Counts(object string, field *ast.FieldDefinition) bool {
	f := c.fields[field]
	if f == nil {
		if of := c.schema.Types[object]; of != nil {
			f = c.fields[of.Fields.ForName(field.Name)]
		}
	}
	return f != nil && f.counted
}

// isComposite reports whether values of a type have fields.
func (c *Costs) isComposite(name string) bool {
	t := c.schema.Types[name]
	return t != nil && t.IsCompositeType()
}

// isIntrospection reports whether a type or a field belongs to what GraphQL itself defines: it tells of the schema, asks no
// service, and costs nothing. The document's limits bound it.
func isIntrospection(name string) bool { return strings.HasPrefix(name, "__") }

// Record is what an object costs that is shown whole, with its parts and without what it leads to: a record of a REST answer.
func (c *Costs) Record(object string) int64 {
	of := c.schema.Types[object]
	if of == nil || of.Kind != ast.Object {
		return 0
	}
	sum := c.types[object]
	for _, field := range of.Fields {
		if f := c.fields[field]; f != nil && !f.counted {
			sum = plus(sum, f.weight)
			if part := field.Type.Name(); c.isComposite(part) {
				sum = plus(sum, c.types[part])
			}
		}
	}
	return max(sum.units(), 0)
}

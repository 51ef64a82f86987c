package answers

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/sharing"
)

// Parts are what else decides about a schema's answers.
type Parts struct {
	// Policy says who may see what. It was read from the same schema.
	Policy *policy.Policy
	// Limited reports whether it is limited how often a field is read.
	Limited func(object, field string) bool
	// Inputs are what a service's answers depend on. Nil is unknown of all of them.
	Inputs func(service string) sharing.Inputs
	// Generation names all else that answers depend on: the schema and the settings. Instances with another one find other answers.
	Generation string
}

// Rules are what a schema says of the answers to its fields. They are not changed once they were read, and safe for concurrent
// use.
type Rules struct {
	schema     *ast.Schema
	inputs     func(service string) sharing.Inputs
	fields     map[*ast.FieldDefinition]part // of every object; what is missing is unknown
	generation [sha256.Size]byte
}

// Read reads the rules of a schema. The error has all that is wrong with its hints.
func Read(schema *ast.Schema, parts Parts) (*Rules, error) {
	r := &Rules{
		schema: schema, inputs: parts.Inputs, fields: make(map[*ast.FieldDefinition]part),
		generation: sha256.Sum256([]byte(parts.Generation)),
	}
	hints := &hintReader{schema: schema}
	hints.ofTypes()
	for _, object := range schema.Types {
		if object.Kind != ast.Object || isIntrospection(object.Name) {
			continue
		}
		for _, field := range object.Fields {
			if isIntrospection(field.Name) {
				continue
			}
			p := hints.part(object, field)
			p.guarded = guarded(schema, parts.Policy, object, field)
			p.limited = parts.Limited(object.Name, field.Name)
			r.fields[field] = p
		}
	}
	slices.SortFunc(hints.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return r, errors.Join(hints.mistakes...)
}

func isIntrospection(name string) bool { return strings.HasPrefix(name, "__") }

// guarded reports whether a rule decides by who asks: about the field, about the record that it belongs to, or about those that
// it leads to.
func guarded(schema *ast.Schema, p *policy.Policy, object *ast.Definition, field *ast.FieldDefinition) bool {
	rules := slices.Concat(p.Type(object.Name), p.Type(field.Type.Name()))
	for _, each := range schema.GetPossibleTypes(schema.Types[field.Type.Name()]) {
		rules = append(rules, p.Type(each.Name)...)
	}
	if guard := p.Field(field); guard != nil {
		rules = slices.Concat(rules, guard.Rules, guard.Records, guard.Keys)
	}
	return slices.ContainsFunc(rules, func(rule *policy.Rule) bool { return !rule.Public() })
}

// maxParts bounds the fields that are looked at. What selects interfaces within interfaces can be far larger than its text; of
// such an answer nothing is known.
const maxParts = 20_000

// walk goes through all that an operation selects.
type walk struct {
	*Rules

	operation *graphql.OperationContext
	all       part
	parts     int
	unknown   bool
}

// compile is what all parts of an operation's answer come to, and whether all of them are known. Fields are collected by gqlgen's
// own rules, with the operation's variables: what is not selected is no part of the answer.
func (r *Rules) compile(operation *graphql.OperationContext) (all part, known bool) {
	if operation.Operation.Operation != ast.Query || r.schema.Query == nil {
		return part{}, false
	}
	w := &walk{Rules: r, operation: operation}
	w.object(r.schema.Query, operation.Operation.SelectionSet)
	return w.all, !w.unknown
}

func (w *walk) object(object *ast.Definition, selected ast.SelectionSet) {
	for _, f := range graphql.CollectFields(w.operation, selected, w.satisfied(object)) {
		w.parts++
		w.unknown = w.unknown || w.parts > maxParts
		if w.unknown {
			return
		}
		if f.Name != "__typename" {
			w.field(object, f)
		}
	}
}

func (w *walk) field(object *ast.Definition, f graphql.CollectedField) {
	definition := object.Fields.ForName(f.Name) // f may have that of an interface
	p, known := w.fields[definition]
	if !known {
		w.unknown = true
		return
	}
	w.all = w.all.and(p)
	leads := w.schema.Types[definition.Type.Name()]
	if !leads.IsCompositeType() {
		return
	}
	for _, each := range w.schema.GetPossibleTypes(leads) {
		w.object(each, f.Selections)
	}
}

// satisfied are the types that an object is of.
func (w *walk) satisfied(object *ast.Definition) []string {
	around := w.schema.Implements[object.Name]
	names := append(make([]string, 0, 1+len(around)), object.Name)
	for _, t := range around {
		names = append(names, t.Name)
	}
	return names
}

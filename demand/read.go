package demand

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// The directives of the specification.
const (
	costDirective = "cost"
	sizeDirective = "listSize"
)

// Directives are the names of those that are read here.
func Directives() []string { return []string{costDirective, sizeDirective} }

// reader reads a schema.
type reader struct {
	*Costs
	mistakes []error
}

func (r *reader) failf(place, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf(place+": "+format, args...))
}

func sortedTypes(schema *ast.Schema) []string { return slices.Sorted(maps.Keys(schema.Types)) }

// weight is what @cost says, or else the default.
func (r *reader) weight(place string, said ast.DirectiveList, usual amount, negative bool) amount {
	directive := said.ForName(costDirective)
	if directive == nil {
		return usual
	}
	argument := directive.Arguments.ForName("weight")
	if argument == nil || argument.Value.Kind != ast.StringValue && argument.Value.Kind != ast.BlockValue {
		r.failf(place, "@%s needs a weight, which is a string", costDirective)
		return usual
	}
	weight, err := readWeight(argument.Value.Raw)
	switch {
	case err != nil:
		r.failf(place, "@%s: %v", costDirective, err)
		return usual
	case weight < 0 && !negative:
		r.failf(place, "@%s: only arguments and fields of inputs may have a negative weight", costDirective)
		return usual
	}
	return weight
}

// usual is the weight of what has a type, where nothing else is said.
func (r *reader) usual(t *ast.Type) amount {
	named := r.schema.Types[t.Name()]
	if named == nil || isIntrospection(named.Name) || named.Kind == ast.Scalar || named.Kind == ast.Enum {
		return 0
	}
	return one
}

// definition reads the weight of a type, and refuses those where the specification allows none.
func (r *reader) definition(t *ast.Definition) {
	switch t.Kind {
	case ast.Object:
		r.types[t.Name] = r.weight(t.Name, t.Directives, r.usual(&ast.Type{NamedType: t.Name}), false)
	case ast.Scalar, ast.Enum:
		r.types[t.Name] = r.weight(t.Name, t.Directives, 0, false)
	case ast.InputObject:
		r.input(t)
	default:
		r.unweighed(t.Name, t.Directives)
	}
	if t.Kind == ast.Interface {
		for _, field := range t.Fields {
			r.unweighed(t.Name+"."+field.Name, field.Directives)
		}
	}
}

func (r *reader) input(t *ast.Definition) {
	r.unweighed(t.Name, t.Directives)
	for _, field := range t.Fields {
		if cost, weighs := r.argument(t.Name+"."+field.Name, field.Name, field.Type, field.Directives); weighs {
			r.inputs[t.Name] = append(r.inputs[t.Name], cost)
		}
	}
}

// ofDirectives reads what the arguments of directives weigh.
func (r *reader) ofDirectives() {
	for _, name := range slices.Sorted(maps.Keys(r.schema.Directives)) {
		for _, argument := range r.schema.Directives[name].Arguments {
			place := "@" + name + "(" + argument.Name + ":)"
			if cost, weighs := r.argument(place, argument.Name, argument.Type, argument.Directives); weighs {
				r.directives[name] = append(r.directives[name], cost)
			}
		}
	}
}

// argument is what is said of an argument, or of a field of an input, and whether it can weigh anything.
func (r *reader) argument(place, name string, of *ast.Type, said ast.DirectiveList) (cost argumentCost, weighs bool) {
	cost = argumentCost{name, of, r.weight(place, said, r.usual(of), true)}
	return cost, cost.weight != 0 || r.usual(of) > 0
}

func (r *reader) unweighed(place string, said ast.DirectiveList) {
	if said.ForName(costDirective) != nil {
		r.failf(place, "@%s cannot stand on interfaces, their fields, unions and inputs", costDirective)
	}
}

// abstract gives interfaces and unions the largest weight of their objects.
func (r *reader) abstract() {
	for name, t := range r.schema.Types {
		if !t.IsAbstractType() {
			continue
		}
		for _, object := range r.schema.GetPossibleTypes(t) {
			r.types[name] = max(r.types[name], r.types[object.Name])
		}
	}
}

// object reads the fields of an object.
func (r *reader) object(t *ast.Definition) {
	for _, field := range t.Fields {
		place := t.Name + "." + field.Name
		if isIntrospection(field.Name) || isIntrospection(t.Name) {
			continue
		}
		f := &fieldCost{weight: r.weight(place, field.Directives, r.usual(field.Type), false)}
		for _, argument := range field.Arguments {
			at := place + "(" + argument.Name + ":)"
			if cost, weighs := r.argument(at, argument.Name, argument.Type, argument.Directives); weighs {
				f.arguments = append(f.arguments, cost)
			}
		}
		f.list = r.list(place, field)
		f.counted = r.isComposite(field.Type.Name()) && r.leads(field)
		r.fields[field] = f
	}
}

// leads reports whether what a field leads to is counted by what is there. What an interface or a union is can only be seen.
func (r *reader) leads(field *ast.FieldDefinition) bool {
	return field.Type.Elem != nil || r.schema.Types[field.Type.Name()].IsAbstractType() ||
		r.sizes.Leads == nil || r.sizes.Leads(field)
}

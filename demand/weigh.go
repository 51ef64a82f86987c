package demand

import "github.com/vektah/gqlparser/v2/ast"

// argumentCost is an argument, or a field of an input, that can weigh something: itself, or by what is in it.
type argumentCost struct {
	name   string
	of     *ast.Type
	weight amount
}

// priced is a field whose cost depends on the request: each argument weighs only where the operation gives it a value.
type priced struct {
	*Costs
	cost  *fieldCost
	field *ast.Field
}

// isPriced reports whether a field's cost depends on more than its weight.
func (c *Costs) isPriced(f *fieldCost, field *ast.Field) bool {
	priced := len(f.arguments) > 0
	for _, directive := range field.Directives {
		priced = priced || len(c.directives[directive.Name]) > 0
	}
	return priced
}

// on is what the field costs on one object: its weight and those of its directives and arguments together, and no less than
// nothing.
func (p *priced) on(variables map[string]any) amount {
	sum := p.cost.weight + p.sum(p.cost.arguments, p.field.Arguments, variables)
	for _, directive := range p.field.Directives {
		sum += p.sum(p.directives[directive.Name], directive.Arguments, variables)
	}
	return min(max(sum, 0), most)
}

// sum is what arguments weigh. It may be negative.
func (c *Costs) sum(of []argumentCost, given ast.ArgumentList, variables map[string]any) (sum amount) {
	for _, each := range of {
		argument := given.ForName(each.name)
		if argument == nil {
			continue
		}
		if variables == nil && argument.Value.Kind == ast.Variable {
			sum += max(each.weight, 0)
			continue
		}
		if value, err := argument.Value.Value(variables); err == nil && value != nil {
			sum += each.weight + c.within(each.of, value)
		}
	}
	return sum
}

// within is what the fields of inputs weigh that stand in a value.
func (c *Costs) within(t *ast.Type, value any) (sum amount) {
	fields, weighed := c.inputs[t.Name()]
	if !weighed {
		return 0
	}
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			sum += c.within(t, each)
		}
	case map[string]any:
		for _, field := range fields {
			if within := value[field.name]; within != nil {
				sum += field.weight + c.within(field.of, within)
			}
		}
	}
	return sum
}

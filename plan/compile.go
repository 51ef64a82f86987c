package plan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/plan/raw"
)

// Compile makes the plan of an operation that was found valid. The error says which field cannot be planned, and why: such an
// operation is gqlgen's. Fields are collected by gqlgen's own rules, with the operation's variables, and each selection once.
func (p *Planner) Compile(operation *graphql.OperationContext) (*Plan, error) {
	return p.compile(operation, new(Plan))
}

func (p *Planner) compile(operation *graphql.OperationContext, into *Plan) (*Plan, error) {
	if operation.Operation.Operation != ast.Query {
		return nil, errors.New("it is no query")
	}
	c := &compiler{Planner: p, operation: operation, plan: into}
	root := c.object(p.Schema.Query.Name)
	c.plan.root = root
	if err := c.fields(root, root, nil, whole(operation.Operation.SelectionSet)); err != nil {
		return nil, err
	}
	c.layOut()
	c.divide()
	return c.plan, nil
}

// compiler makes one plan.
type compiler struct {
	*Planner
	operation *graphql.OperationContext
	plan      *Plan
	outlining bool      // whether what cannot be planned is put into an outline instead
	atHand    *delivery // of a part of a record, which is delivered as a whole; nil outside one
}

// layOut ends the gathering of what is wanted of records.
func (c *compiler) layOut() {
	for i := range c.plan.layouts {
		c.plan.layouts[i].layout = c.plan.layouts[i].builder.Layout()
		c.plan.layouts[i].builder = nil // it is as large as the layout, and has done its work
	}
}

// object adds an object that has instances.
func (c *compiler) object(name string) *object {
	o := &object{index: len(c.plan.objects), name: name}
	c.plan.objects = append(c.plan.objects, o)
	return o
}

// fields compiles a selection of an object, which has instances itself or is a part of one that has.
func (c *compiler) fields(into, of *object, b *raw.Builder, selected []selection) error {
	for _, f := range c.collect(selected, into.name, &into.homes) {
		made, err := c.fieldOr(into, of, b, f)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", into.name, f.Name, err)
		}
		into.fields = append(into.fields, made)
	}
	return nil
}

func (c *compiler) field(into, of *object, b *raw.Builder, f collected) (field, error) {
	made := field{delivery: f.delivery, key: keyOf(f.Alias), alias: f.Alias, at: f.Position}
	if f.Name == typename {
		made.text = quoted(into.name)
		return made, nil
	}
	found, ok := c.way(into.name, f)
	if !ok {
		return made, errors.New("it is introspection")
	}
	made.kind = found.kind
	var err error
	switch found.kind {
	case scalar:
		made.slot, err = b.Text(found.member)
	case money:
		err = c.money(&made, b, found, f)
	case part:
		err = c.partOf(&made, of, b, found, f)
	case list, one, several, many:
		if into != of {
			return made, errors.New(whyPart)
		}
		return c.lead(made, of, b, found, f)
	default:
		return made, errors.New(found.why)
	}
	if err != nil {
		return made, err
	}
	if made.guard, err = c.guarded(found.guard, b, nil); err != nil {
		return made, err
	}
	err = c.limit(&made, into, of, b, f)
	return made, err
}

const typename = "__typename"

// way is that of a selected field. What was selected on an interface has the interface's definition: the object's own says what
// it is.
func (c *compiler) way(object string, f collected) (way, bool) {
	found, ok := c.ways[c.Schema.Types[object].Fields.ForName(f.Name)]
	return found, ok
}

// money compiles what is selected of an amount.
func (c *compiler) money(made *field, b *raw.Builder, found way, f collected) error {
	var err error
	if made.money, err = b.Money(found.member); err != nil {
		return err
	}
	for _, each := range c.collect(f.from, f.Definition.Type.Name(), nil) {
		a := amount{key: keyOf(each.Alias)}
		if found, _ := c.way(f.Definition.Type.Name(), each); found.why != "" {
			return fmt.Errorf("%s.%s: %s", f.Definition.Type.Name(), each.Name, found.why)
		}
		switch each.Name {
		case typename:
			a.text = quoted(f.Definition.Type.Name())
		case "amount":
			a.kind = amountValue
		case "currency":
			a.kind = amountCurrency
		default:
			return fmt.Errorf("%s is not known of money", each.Name)
		}
		made.amounts = append(made.amounts, a)
	}
	return nil
}

// partOf compiles what is selected of an object within the record. It is there with the record: nothing of it is deferred.
func (c *compiler) partOf(made *field, of *object, b *raw.Builder, found way, f collected) error {
	below, slot, err := b.Part(found.member)
	if err != nil {
		return err
	}
	made.part = slot
	made.selected = &object{name: f.Definition.Type.Name()}
	around := c.atHand
	defer func() { c.atHand = around }()
	c.atHand = &made.delivery
	return c.fields(made.selected, of, below, f.from)
}

// lead compiles a field that leads to further instances.
func (c *compiler) lead(made field, of *object, b *raw.Builder, found way, f collected) (field, error) {
	e := &edge{
		index: len(c.plan.edges), field: f.Field, parent: of, part: made.with, kind: found.kind,
		own: found.edge.Kind == edges.Own,
	}
	if e.limit = c.limits.Of(of.name, f.Name); e.limit != nil {
		c.plan.limited = true
	}
	c.plan.edges = append(c.plan.edges, e)
	of.edges = append(of.edges, e)
	made.edge = e
	below, err := c.source(e, b, found)
	if err != nil {
		return made, err
	}
	if e.kind == many {
		err = paging{c, e, below, found.guard}.page(f)
	} else {
		e.child = c.child(e, f.Definition.Type.Name(), nil, nil, e.kind != one)
		err = c.fields(e.child, e.child, below, f.from)
	}
	if err != nil {
		return made, err
	}
	e.guard, err = c.guarded(found.guard, b, below)
	made.guard = e.guard
	return made, err
}

// child adds the object that an edge leads to.
func (c *compiler) child(above *edge, name string, lead, trail []string, listed bool) *object {
	o := c.object(name)
	o.above, o.lead, o.trail, o.listed = above, lead, trail, listed
	return o
}

// keyOf is how a member of the answer begins that is not its object's first.
func keyOf(alias string) []byte { return slices.Concat([]byte{','}, quoted(alias), []byte{':'}) }

// quoted is a name as the answer has it.
func quoted(name string) []byte {
	var b bytes.Buffer
	graphql.MarshalString(name).MarshalGQL(&b)
	return b.Bytes()
}

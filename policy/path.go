package policy

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// maxSteps bounds how many records have to be asked for to know whose one is.
const maxSteps = 8

// owner finds out what a statement about ownership means where it stands.
func (r *reader) owner(rule *Rule, place string, on *at, path, of string) {
	found, err := r.whose(place, on, path, of)
	if err != nil {
		r.failf(rule.Name, "%v", err)
		return
	}
	rule.Owner = found
}

func (r *reader) whose(place string, on *at, path, of string) (*Owner, error) {
	switch {
	case on != nil && r.isRoot(on.object) && path == "":
		if of != userType || on.object != r.schema.Mutation {
			return nil, fmt.Errorf("must name an argument; only what writes the caller's own %s needs none", userType)
		}
		return &Owner{Self: true}, nil
	case on != nil && r.isRoot(on.object):
		return r.byArgument(on.field.Arguments, strings.Split(path, "."), of)
	case of != "":
		return nil, errors.New("the argument of is for mutations")
	}
	object, _, _ := strings.Cut(place, ".")
	steps, err := r.steps(object, path)
	if err == nil && on != nil && len(steps) > 1 && !r.fetches(on) {
		err = errors.New("would fetch other records for a field that fetches nothing: its record must have the owner's id")
	}
	return &Owner{Steps: steps}, err
}

// fetches reports whether a field leads to a record of its own. While another field waits for records, none of those that its
// object leads to is asked for.
func (r *reader) fetches(on *at) bool {
	field, ok := r.fields.Field(on.object.Name, on.field.Name)
	return ok && field.Go() == wire.GoName(field.Record)
}

// byArgument is whose the record is that an argument names.
func (r *reader) byArgument(arguments ast.ArgumentDefinitionList, path []string, of string) (*Owner, error) {
	if err := r.argument(arguments, path); err != nil {
		return nil, err
	}
	if of == "" || of == userType {
		return &Owner{Argument: path, Steps: []Step{{}}}, nil
	}
	object := r.schema.Types[of]
	if object == nil || len(object.Directives.ForNames(owner)) != 1 {
		return nil, fmt.Errorf("%s is no type that says once by @owner whose its records are", of)
	}
	steps, err := r.steps(of, text(object.Directives.ForName(owner), "field"))
	return &Owner{Argument: path, Steps: append([]Step{{}}, steps...)}, err
}

// argument checks that a path leads to an argument that is an id.
func (r *reader) argument(arguments ast.ArgumentDefinitionList, path []string) error {
	argument := arguments.ForName(path[0])
	if argument == nil {
		return fmt.Errorf("there is no argument %s", path[0])
	}
	of := argument.Type
	for _, name := range path[1:] {
		input := r.schema.Types[of.NamedType]
		if input == nil || input.Kind != ast.InputObject || input.Fields.ForName(name) == nil {
			return fmt.Errorf("there is no %s in the argument %s, or it is in a list", name, path[0])
		}
		of = input.Fields.ForName(name).Type
	}
	if of.NamedType != "ID" {
		return fmt.Errorf("%s is no id", strings.Join(path, "."))
	}
	return nil
}

// steps follows a path of fields, such as order.user, to the members behind them.
func (r *reader) steps(object, path string) ([]Step, error) {
	var steps []Step
	for name := range strings.SplitSeq(path, ".") {
		field, ok := r.fields.Field(object, name)
		if !ok || len(field.Members) != 1 || strings.HasPrefix(field.Members[0], "/") {
			return nil, fmt.Errorf("%s.%s is no field that one member of the record is behind", object, name)
		}
		step, err := stepOf(field)
		if err != nil {
			return nil, err
		}
		if steps = append(steps, step); len(steps) > maxSteps {
			return nil, fmt.Errorf("%s is longer than %d steps", path, maxSteps)
		}
		if object, ok = r.next(field); !ok {
			return nil, fmt.Errorf("%s.%s does not lead to a record by its id", step.Type, name)
		}
	}
	if object != userType {
		return nil, fmt.Errorf("%s leads to %s, and not to a user", path, object)
	}
	return steps, nil
}

// next is the type that a field leads to. A user's own id leads to the user.
func (r *reader) next(field *wire.Field) (object string, ok bool) {
	if field.Object == userType && field.Name == "id" {
		return userType, true
	}
	to := r.schema.Types[field.Definition.Type.Name()]
	return to.Name, isEntity(to) && field.Definition.Type.Elem == nil && field.Members[0] != "id"
}

// stepOf is the step by a field's one member.
func stepOf(field *wire.Field) (Step, error) {
	member := field.Members[0]
	for _, each := range reflect.VisibleFields(field.Record) {
		name, _, _ := strings.Cut(each.Tag.Get("json"), ",")
		if name != member || !each.IsExported() {
			continue
		}
		if each.Type != reflect.TypeFor[record.ID]() && each.Type != reflect.TypeFor[*record.ID]() {
			return Step{}, fmt.Errorf("the member %s of %s is no id", member, field.Object)
		}
		return Step{Type: field.Object, Member: member, of: field.Record, index: each.Index}, nil
	}
	return Step{}, fmt.Errorf("the client does not read the member %s of %s", member, field.Object)
}

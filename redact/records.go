package redact

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
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
	schema    *ast.Schema
	fields    *wire.Map
	statement *policy.Policy
	meters    *meters
	named     bool // only callers with a name see records of the type
}

// shown is what goes through of a member, what guards it, and what guards the members in it.
type shown struct {
	shape  *reshape.Shape
	guards []*policy.Rule
	within []*policy.Rule
	meter  meter
	part   bool // only the end of it goes through
}

// shownMembers are members by name.
type shownMembers map[string]shown

// add puts what a field shows of a member beside what others show of it. One that some field shows to everybody is for everybody;
// otherwise all fields have to agree on who may see it. It is counted if all fields are that show all of it to all who see it.
func (m shownMembers) add(field *wire.Field, member string, each shown) error {
	before, ok := m[member]
	switch {
	case ok && len(before.guards) == 0 && len(each.guards) > 0:
	case ok && len(each.guards) > 0 && !slices.Equal(statements(before.guards), statements(each.guards)):
		return fmt.Errorf("%s: shows the member %s to others than another field does", field, member)
	default:
		if ok && before.part == each.part && (len(before.guards) > 0) == (len(each.guards) > 0) {
			each.meter = before.meter.and(each.meter)
		}
		m[member] = each
	}
	return nil
}

// rules are all that guard members or what is in them, each once.
func (m shownMembers) rules() []*policy.Rule {
	all := make([]*policy.Rule, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, slices.Concat(m[name].guards, m[name].within)...)
	}
	return distinct(all)
}

// limited are the names of those that are shown only so often.
func (m shownMembers) limited() []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(m)), func(name string) bool { return m[name].meter == 0 })
}

func distinct(rules []*policy.Rule) []*policy.Rule {
	all := make([]*policy.Rule, 0, len(rules))
	for _, rule := range rules {
		if !slices.Contains(all, rule) {
			all = append(all, rule)
		}
	}
	return all
}

// statements are the names of rules without the field on which each stands.
func statements(rules []*policy.Rule) []string {
	names := make([]string, len(rules))
	for i, rule := range rules {
		names[i] = rule.Says()
	}
	return names
}

func (r *records) record(name string) (*Record, error) {
	guards := r.statement.Type(name)
	within := *r
	within.named = refusesSome(guards, auth.Principal{})
	own, _, err := within.members(name)
	if err != nil {
		return nil, err
	}
	return &Record{
		Service: r.service(name), Shape: guarded(own), Guards: guards, Rules: distinct(slices.Concat(guards, own.rules())),
		limited: own.limited(),
	}, nil
}

// service is the one that has the records of a type.
func (r *records) service(name string) string {
	for _, definition := range r.schema.Types[name].Fields {
		if field, ok := r.fields.Field(name, definition.Name); ok {
			return serviceOf(field)
		}
	}
	return everywhere
}

// guards are the rules that decide about a field's members. One that refuses nobody who sees the record decides nothing.
func (r *records) guards(field *wire.Field) []*policy.Rule {
	guard := r.statement.Field(field.Definition)
	if guard == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Concat(guard.Rules, guard.Keys), func(rule *policy.Rule) bool {
		return rule.Public() || r.named && rule.For(someone()) == policy.Allow
	})
}

// misplaced is the error of a field about which nobody could decide where it stands. A member that says whose a record is, is
// looked for in the whole record: within a part it would be another's, and so it would of a record within another.
func (r *records) misplaced(field *wire.Field) error {
	object := r.schema.Types[field.Object]
	if isPart(object) && slices.ContainsFunc(r.guards(field), func(rule *policy.Rule) bool { return rule.Owner != nil }) {
		return fmt.Errorf("%s: depends on whose it is, and is in a part of a record, which has no owner of its own", field)
	}
	if below, ok := r.part(field); ok && !isPart(below) {
		return fmt.Errorf("%s: holds records of %s, and whose those are is not looked at within another", field, below.Name)
	}
	return nil
}

// guarded is an object whose members go through where their rules allow it.
func guarded(members shownMembers) *reshape.Shape {
	shapes := make(map[string]*reshape.Shape, len(members))
	for name, each := range members {
		shape := each.shape
		for _, rule := range each.guards {
			shape = shape.Guarded(rule.Index, formOf(rule.Form))
		}
		shapes[name] = each.meter.count(shape)
	}
	return reshape.Object(shapes)
}

// formOf is what becomes of a member that a rule refuses. What GraphQL shows as null is left out: clients of versions that are
// older than the rule do not expect null.
func formOf(form policy.Form) reshape.Form {
	switch form {
	case policy.Mask:
		return reshape.Mask
	case policy.Pseudonym:
		return reshape.Pseudonym
	default:
		return reshape.LeaveOut
	}
}

// members are those of a type, and those of the whole record that the type is a part of. Where one field shows all of a member
// and another the end of it, all of it is shown.
func (r *records) members(name string) (own, whole shownMembers, err error) {
	own, whole = make(shownMembers), make(shownMembers)
	for _, field := range r.fieldsOf(name) {
		if err := r.misplaced(field); err != nil {
			return nil, nil, err
		}
		each, above, err := r.value(field)
		if err != nil {
			return nil, nil, err
		}
		for _, member := range field.Members {
			into := own
			if outer, ok := strings.CutPrefix(member, "/"); ok {
				into, member = whole, outer
			}
			if err := into.add(field, member, each); err != nil {
				return nil, nil, err
			}
		}
		for member, inner := range above {
			inner.guards, inner.meter = slices.Concat(each.guards, inner.guards), each.meter.or(inner.meter)
			if err := own.add(field, member, inner); err != nil {
				return nil, nil, err
			}
		}
	}
	return own, whole, nil
}

// fieldsOf are the fields of a type that are made of members, those first which show a part of theirs.
func (r *records) fieldsOf(name string) []*wire.Field {
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
func (r *records) value(field *wire.Field) (value shown, above shownMembers, err error) {
	value.guards, value.meter = r.guards(field), r.meters.meter(field)
	if field.Last > 0 {
		value.shape, value.part = reshape.Last(field.Last), true
		return value, nil, nil
	}
	below, ok := r.part(field)
	if !ok {
		value.shape = reshape.Scalar()
		return value, nil, nil
	}
	own, above, err := r.members(below.Name)
	value.shape, value.within = guarded(own), own.rules()
	return value, above, err
}

// part is the type of a field whose member holds members of its own.
func (r *records) part(field *wire.Field) (below *ast.Definition, ok bool) {
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
			members[Member(field.Name)] = reshape.Object(inputMembers(schema, below))
			continue
		}
		members[Member(field.Name)] = reshape.Scalar()
	}
	return members
}

// Member is a name of the schema as the services write it: productId is product_id.
func Member(name string) string {
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

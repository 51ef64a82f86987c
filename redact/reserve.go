package redact

import (
	"path"
	"reflect"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// reserve is members by the service whose records have them. It tells of each whether it is kept from callers with a name too.
type reserve map[string]map[string]bool

// everywhere is in the place of a service for what records of several are made of.
const everywhere = ""

// withheld are the members that not everybody sees who sees the record. The id is not among them: of what is behind it, some see
// more than others.
func withheld(fields *wire.Map, statement *policy.Policy) reserve {
	found := make(reserve)
	for field := range fields.All() {
		if guard := statement.Field(field.Definition); guard != nil {
			found.add(field, slices.Concat(guard.Rules, guard.Keys), "id")
		}
	}
	return found
}

// reserved are the members of records that not everybody sees, the id among them: it tells that there is a record.
func reserved(fields *wire.Map, statement *policy.Policy) reserve {
	found := make(reserve)
	for field := range fields.All() {
		found.add(field, statement.Type(field.Object))
	}
	return found
}

// add notes the members behind a field, if the rules keep it from some, but for those that are named.
func (r reserve) add(field *wire.Field, rules []*policy.Rule, but ...string) {
	if !refusesSome(rules, auth.Principal{}) {
		return
	}
	service := serviceOf(field)
	if r[service] == nil {
		r[service] = make(map[string]bool)
	}
	named := refusesSome(rules, someone())
	for _, member := range field.Members {
		if !slices.Contains(but, member) {
			name := path.Base(member)
			r[service][name] = r[service][name] || named
		}
	}
}

// addLimited notes the members of a type that are shown only so often.
func (r reserve) addLimited(record *Record) {
	for _, name := range record.limited {
		if r[record.Service] == nil {
			r[record.Service] = make(map[string]bool)
		}
		r[record.Service][name] = true
	}
}

// someone is a caller with a name and nothing else.
func someone() auth.Principal { return auth.Principal{ID: "someone"} }

func refusesSome(rules []*policy.Rule, caller auth.Principal) bool {
	return slices.ContainsFunc(rules, func(rule *policy.Rule) bool { return rule.For(caller) != policy.Allow })
}

func serviceOf(field *wire.Field) string {
	of := field.Record.PkgPath()
	if of == reflect.TypeFor[record.ID]().PkgPath() {
		return everywhere
	}
	return path.Base(of)
}

func (r reserve) has(member string, everybody bool, services []string) bool {
	return slices.ContainsFunc(slices.Concat(services, []string{everywhere}), func(service string) bool {
		named, is := r[service][member]
		return named || is && everybody
	})
}

// addTo adds the names to others.
func (r reserve) addTo(names map[string]bool, everybody bool, services []string) {
	for _, service := range slices.Concat(services, []string{everywhere}) {
		for name, named := range r[service] {
			names[name] = names[name] || named || everybody
		}
	}
}

// isPart reports whether a type stands for a part of records, and for none by itself.
func isPart(object *ast.Definition) bool { return object.Fields.ForName("id") == nil }

package describe

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// arrange does to the schema of records what reshape does to records: it drops, moves and adds members. values are those that are
// added, nil for one that differs.
func arrange(schema jsonschema.Schema, spec *reshape.Spec, values []jsontext.Value) {
	for _, each := range objectsIn(schema) {
		a := &arranger{moves: spec.Moves}
		a.arrange(each.schema, spec, values)
	}
}

// arranger arranges one kind of record.
type arranger struct {
	moves []reshape.Move
	gone  []spot
	named []naming
	put   []landing
}

// spot is a member of an object.
type spot struct {
	owner jsonschema.Schema
	name  string
	lists []string // the members on the way that are lists, by the client's names
	sure  bool     // it is in each record
}

type naming struct {
	spot

	to string
}

// landing is a member that is put at the end of an object.
type landing struct {
	path  []string
	value jsonschema.Schema
	lists []string
	moved bool // and so stays within the lists that it was in
	sure  bool
}

func (a *arranger) arrange(record jsonschema.Schema, spec *reshape.Spec, values []jsontext.Value) {
	for _, path := range spec.Drops {
		a.gone = append(a.gone, a.find(record, namesOf(path))...)
	}
	for _, move := range spec.Moves {
		a.move(record, move)
	}
	for _, each := range a.gone {
		remove(each.owner, each.name)
	}
	a.rename()
	for i, path := range spec.Adds {
		a.put = append(a.put, added(namesOf(path), i, values))
	}
	for _, each := range a.put {
		each.into(record, 0, nil)
	}
}

// move notes what becomes of a member: another name where it is, or another place.
func (a *arranger) move(record jsonschema.Schema, move reshape.Move) {
	from, to := namesOf(move.From), namesOf(move.To)
	stays := slices.Equal(a.final(from[:len(from)-1]), to[:len(to)-1])
	found := a.find(record, from)
	if !stays {
		a.put = append(a.put, a.landing(found, to))
		a.gone = append(a.gone, found...)
		return
	}
	for _, each := range found {
		a.named = append(a.named, naming{each, to[len(to)-1]})
	}
}

// landing is where a member goes. Of one that nothing is known of, nothing is known there either.
func (a *arranger) landing(found []spot, to []string) landing {
	l := landing{path: to, moved: true, value: jsonschema.Schema{}}
	for i, each := range found {
		value := propertyOf(each.owner, each.name).Schema
		if i == 0 {
			l.value, l.lists, l.sure = value, each.lists, each.sure && len(found) == 1
			continue
		}
		l.value = either(l.value, value)
	}
	return l
}

// rename gives members their new names at once, since one may have the old name of another.
func (a *arranger) rename() {
	type renamed struct {
		property *jsonschema.Property
		needed   bool
	}
	all := make([]renamed, len(a.named))
	for i, each := range a.named {
		all[i] = renamed{propertyOf(each.owner, each.name), requires(each.owner, each.name)}
		require(each.owner, each.name, false)
	}
	for i, each := range a.named {
		all[i].property.Name = each.to
		require(each.owner, each.to, all[i].needed)
	}
}

// final is a path of the service in the client's names.
func (a *arranger) final(path []string) []string {
	if len(path) == 0 {
		return nil
	}
	for _, move := range a.moves {
		if slices.Equal(namesOf(move.From), path) {
			return namesOf(move.To)
		}
	}
	return append(slices.Clip(a.final(path[:len(path)-1])), path[len(path)-1])
}

// find is where members of a path are, by the service's names.
func (a *arranger) find(record jsonschema.Schema, path []string) []spot {
	places := []spot{{owner: record, sure: true}}
	for i, name := range path[:len(path)-1] {
		var next []spot
		for _, each := range places {
			property := propertyOf(each.owner, name)
			if property == nil {
				continue
			}
			for _, below := range objectsIn(property.Schema) {
				lists := each.lists
				if below.listed {
					lists = append(slices.Clip(lists), strings.Join(a.final(path[:i+1]), "/"))
				}
				sure := below.sure && (below.listed || each.sure && requires(each.owner, name))
				next = append(next, spot{owner: below.schema, lists: lists, sure: sure})
			}
		}
		places = next
	}
	name := path[len(path)-1]
	var found []spot
	for _, each := range places {
		if propertyOf(each.owner, name) != nil {
			each.name, each.sure = name, each.sure && requires(each.owner, name)
			found = append(found, each)
		}
	}
	return found
}

// added is a member that the gateway adds. One that is not always the same is a text or a number, and may be missing.
func added(path []string, i int, values []jsontext.Value) landing {
	if i < len(values) && values[i] != nil {
		return landing{path: path, value: jsonschema.Schema{"const": values[i]}, sure: true}
	}
	return landing{path: path, value: jsonschema.Schema{"type": []string{"string", "number"}}}
}

// into puts a member in an object, and in the objects on the way that it needs.
func (l landing) into(owner jsonschema.Schema, i int, lists []string) {
	if i == len(l.path)-1 {
		l.end(owner, lists)
		return
	}
	property := propertyOf(owner, l.path[i])
	if property == nil {
		if l.lost(lists) {
			return
		}
		made := jsonschema.Schema{"type": "object", "properties": jsonschema.Properties{}, "additionalProperties": false}
		set(owner, l.path[i], made, l.sure)
		l.into(made, i+1, lists)
		return
	}
	for _, below := range objectsIn(property.Schema) {
		passed := lists
		if below.listed {
			passed = append(slices.Clip(lists), strings.Join(l.path[:i+1], "/"))
		} else if !below.sure || !requires(owner, l.path[i]) {
			delete(below.schema, "required") // it is made where there is none, with nothing else in it
		}
		l.into(below.schema, i+1, passed)
	}
}

// lost reports whether a member cannot go on to here: nothing moves out of a list, or into one.
func (l landing) lost(lists []string) bool { return l.moved && !slices.Equal(lists, l.lists) }

// end puts the member itself.
func (l landing) end(owner jsonschema.Schema, lists []string) {
	name := l.path[len(l.path)-1]
	if l.lost(lists) {
		return
	}
	other := propertyOf(owner, name)
	if other == nil || l.sure {
		set(owner, name, l.value, l.sure)
		return
	}
	other.Schema = either(other.Schema, l.value)
}

// one is an object's schema.
type one struct {
	schema jsonschema.Schema
	listed bool // it is an element of a list
	sure   bool // there is nothing but such objects
}

// objectsIn are the schemas of the objects that a value can be, or be a list of.
func objectsIn(schema jsonschema.Schema) []one {
	if _, is := schema["properties"]; is {
		return []one{{schema: schema, sure: schema["type"] == "object"}}
	}
	var all []one
	if items, is := schema["items"].(jsonschema.Schema); is {
		for _, each := range objectsIn(items) {
			all = append(all, one{each.schema, true, each.sure})
		}
	}
	choices, _ := schema["anyOf"].([]jsonschema.Schema)
	for _, choice := range choices {
		for _, each := range objectsIn(choice) {
			all = append(all, one{each.schema, each.listed, false})
		}
	}
	return all
}

// propertyOf is a member of an object, or nil.
func propertyOf(owner jsonschema.Schema, name string) *jsonschema.Property {
	properties, _ := owner["properties"].(jsonschema.Properties)
	for i := range properties {
		if properties[i].Name == name {
			return &properties[i]
		}
	}
	return nil
}

// set puts a member at the end of an object, in the place of one of its name.
func set(owner jsonschema.Schema, name string, value jsonschema.Schema, needed bool) {
	remove(owner, name)
	properties, _ := owner["properties"].(jsonschema.Properties)
	owner["properties"] = append(properties, jsonschema.Property{Name: name, Schema: value})
	require(owner, name, needed)
}

func remove(owner jsonschema.Schema, name string) {
	properties, _ := owner["properties"].(jsonschema.Properties)
	owner["properties"] = slices.DeleteFunc(properties, func(p jsonschema.Property) bool { return p.Name == name })
	require(owner, name, false)
}

func requires(owner jsonschema.Schema, name string) bool {
	needed, _ := owner["required"].([]string)
	return slices.Contains(needed, name)
}

// require says whether an object must have a member.
func require(owner jsonschema.Schema, name string, is bool) {
	needed, _ := owner["required"].([]string)
	needed = slices.DeleteFunc(needed, func(each string) bool { return each == name })
	if is {
		needed = append(needed, name)
	}
	if len(needed) == 0 {
		delete(owner, "required")
		return
	}
	owner["required"] = needed
}

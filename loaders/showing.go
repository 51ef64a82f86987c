package loaders

import (
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/ratelimit"
)

// showing is what a selection shows of limited values, on each object of one type.
type showing struct {
	object string
	fields []limited
	within []within
}

// limited is a field without a resolver that has limits.
type limited struct {
	field *ast.FieldDefinition
	limit *ratelimit.Field
}

// within is what is shown of objects that lie at hand, in a field without a resolver: those of one that has a resolver are looked
// at when it returns them.
type within struct {
	name  string
	shows *showing
}

// shows finds what a selection shows of limited values, nil where it shows none.
func (o *opening) shows(set ast.SelectionSet, object string, limits *ratelimit.Fields) *showing {
	if len(set) == 0 {
		return nil
	}
	key := selection{&set[0], len(set)}
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.shown[key]
	if !ok {
		s = o.findShown(set, object, limits)
		if o.shown == nil {
			o.shown = make(map[selection]*showing)
		}
		o.shown[key] = s
	}
	return s
}

func (o *opening) findShown(set ast.SelectionSet, object string, limits *ratelimit.Fields) *showing {
	s := &showing{object: object}
	for _, field := range graphql.CollectFields(o.operation, set, []string{object}) {
		if strings.HasPrefix(field.Name, "__") || o.edges.Has(field.Definition) {
			continue
		}
		if limit := limits.Of(object, field.Name); limit != nil {
			s.fields = append(s.fields, limited{field.Definition, limit})
		} else if len(field.Selections) > 0 {
			if below := o.findShown(field.Selections, field.Definition.Type.Name(), limits); below != nil {
				s.within = append(s.within, within{field.Name, below})
			}
		}
	}
	if len(s.fields)+len(s.within) == 0 {
		return nil
	}
	return s
}

// page is a part of a list, which package page makes connections of.
type page interface{ Records() []any }

// each calls do for all objects of a value that show limited fields, and returns how many objects there are.
func (s *showing) each(value reflect.Value, do func(s *showing, object reflect.Value)) (n int) {
	switch value.Kind() {
	case reflect.Invalid:
		return 0
	case reflect.Slice:
		for i := range value.Len() {
			n += s.each(value.Index(i), do)
		}
		return n
	case reflect.Interface, reflect.Pointer:
		if value.IsNil() {
			return 0
		}
		if part, ok := reflect.TypeAssert[page](value); ok {
			return s.ofPage(part, do)
		}
		return s.each(value.Elem(), do)
	default:
		do(s, value)
		return 1 + s.atHand(value, do)
	}
}

// atHand goes on with objects that an object holds.
func (s *showing) atHand(object reflect.Value, do func(*showing, reflect.Value)) (n int) {
	if object.Kind() != reflect.Struct {
		return 0
	}
	for _, below := range s.within {
		held := object.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, below.name) })
		if held.IsValid() && held.CanInterface() {
			n += below.shows.each(held, do)
		}
	}
	return n
}

// ofPage goes on with the records of a connection, which shows them as nodes and by its edges.
func (s *showing) ofPage(part page, do func(*showing, reflect.Value)) (n int) {
	for _, below := range s.within {
		shows := []within{below}
		if below.name == "edges" {
			shows = below.shows.within
		}
		for _, each := range shows {
			n += each.shows.each(reflect.ValueOf(part.Records()), do)
		}
	}
	return n
}

// asHeld is an object without a copy of it, where somebody holds it.
func asHeld(object reflect.Value) any {
	if object.CanAddr() {
		return object.Addr().Interface()
	}
	return object.Interface()
}

package plan

import (
	"fmt"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// member is the way of a field that shows what a record holds.
func (s *surveyor) member(object *ast.Definition, field *ast.FieldDefinition) way {
	made, ok := s.Fields.Field(object.Name, field.Name)
	if !ok {
		return way{why: "it is no member of a record"}
	}
	found, ok := made.GoField()
	if !ok {
		return way{why: "a method makes its value, and no member holds it"}
	}
	if found.Type == reflect.TypeFor[*record.Money]() {
		return nullable(field, way{kind: money, member: found.Name})
	}
	if s.Schema.Types[field.Type.Name()].Kind == ast.Object {
		if field.Type.Elem != nil || found.Type.Kind() != reflect.Pointer {
			return way{why: "it holds objects in a way that plans do not read"}
		}
		return nullable(field, way{kind: part, member: found.Name})
	}
	if !s.shown(field.Type, found.Type) {
		return way{why: fmt.Sprintf("a %s is not shown as %s by plans", found.Type, field.Type)}
	}
	return way{kind: scalar, member: found.Name}
}

func nullable(field *ast.FieldDefinition, found way) way {
	if field.Type.NonNull {
		return way{why: "it must be nullable: the record may lack it"}
	}
	return found
}

// shown reports whether a value of a Go type is shown as a type of the schema, by gqlgen as by package raw.
func (s *surveyor) shown(t *ast.Type, of reflect.Type) bool {
	if t.Elem != nil {
		return false
	}
	if of.Kind() == reflect.Pointer {
		return !t.NonNull && s.shown(&ast.Type{NamedType: t.NamedType, NonNull: true}, of.Elem())
	}
	kind := of.Kind()
	switch {
	case of == reflect.TypeFor[time.Time]():
		return !t.NonNull
	case reflect.PointerTo(of).Implements(reflect.TypeFor[graphql.Marshaler]()):
		return true
	case kind == reflect.String:
		return t.NamedType == "String" || s.Schema.Types[t.NamedType].Kind == ast.Enum
	default:
		return kind == reflect.Int32 && t.NamedType == "Int" || kind == reflect.Bool && t.NamedType == "Boolean"
	}
}

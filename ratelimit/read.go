package ratelimit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Directive is the directive by which the schema states the limit of a field.
const Directive = "rateLimit"

// ByType is the enumeration in the schema that names whom a limit counts together.
const ByType = "RateLimitBy"

// ReadFields reads the limits that the schema states, and those that the configuration has in their place: of a field that it
// names, those of the schema do not count. An empty list lifts them. chargeable tells why a field cannot be limited, empty
// where it can. The error joins a Mistake for each field with which something is wrong.
func ReadFields(
	schema *ast.Schema, configured map[string][]Limit, chargeable func(object *ast.Definition, field *ast.FieldDefinition) string,
) (*Fields, error) {
	read := reader{fields: &Fields{byName: make(map[string]*Field)}, configured: configured, chargeable: chargeable}
	for _, object := range schema.Types {
		if object.Kind != ast.Object || strings.HasPrefix(object.Name, "__") {
			continue
		}
		for _, field := range object.Fields {
			if err := read.field(object, field); err != nil {
				read.mistakes = append(read.mistakes, err)
			}
		}
	}
	for name := range configured {
		if !has(schema, name) {
			read.mistakes = append(read.mistakes, &Mistake{name, "is no field of the schema"})
		}
	}
	slices.SortFunc(read.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return read.fields, errors.Join(read.mistakes...)
}

// Mistake is what is wrong with the limits of a field.
type Mistake struct {
	// Field is the field's name, such as Order.payment.
	Field string
	// What says it.
	What string
}

// Error is the field and what is wrong.
func (m *Mistake) Error() string { return m.Field + " " + m.What }

// reader reads the limits of fields.
type reader struct {
	fields     *Fields
	configured map[string][]Limit
	chargeable func(object *ast.Definition, field *ast.FieldDefinition) string
	mistakes   []error
}

func (r *reader) field(object *ast.Definition, definition *ast.FieldDefinition) error {
	name := object.Name + "." + definition.Name
	limits, err := stated(definition)
	if err != nil {
		return &Mistake{name, "has a wrong @" + Directive + ": " + err.Error()}
	}
	if set, ok := r.configured[name]; ok {
		limits = set
	}
	if len(limits) == 0 {
		return nil
	}
	why := "it is never null, so that the objects around it would be, too"
	if !definition.Type.NonNull {
		why = r.chargeable(object, definition)
	}
	if why != "" {
		return &Mistake{name, "cannot be limited: " + why}
	}
	r.fields.byName[name] = &Field{Name: name, limits: limits}
	return nil
}

// has reports whether the schema has a field of a name such as Order.payment.
func has(schema *ast.Schema, name string) bool {
	object, field, _ := strings.Cut(name, ".")
	definition := schema.Types[object]
	return definition != nil && definition.Kind == ast.Object && definition.Fields.ForName(field) != nil
}

// stated are the limits of a field's directives.
func stated(field *ast.FieldDefinition) ([]Limit, error) {
	var limits []Limit
	for _, directive := range field.Directives.ForNames(Directive) {
		l := Limit{By: ByPrincipal}
		var err error
		for _, argument := range directive.Arguments {
			err = errors.Join(err, state(&l, argument.Name, argument.Value.Raw))
		}
		l.validate("", func(path, message string) { err = errors.Join(err, fmt.Errorf("%s %s", path, message)) })
		if l.among(limits) {
			err = errors.Join(err, errors.New("per "+alikeLimits))
		}
		if err != nil {
			return nil, err
		}
		limits = append(limits, l)
	}
	return limits, nil
}

// state takes an argument of the directive.
func state(l *Limit, argument, text string) (err error) {
	switch argument {
	case "limit":
		l.Limit, err = strconv.Atoi(text)
	case "cost":
		l.Cost, err = strconv.Atoi(text)
	case "burst":
		l.Burst, err = strconv.Atoi(text)
	case "per":
		err = l.Per.UnmarshalText([]byte(text))
	case "by":
		l.By = By(strings.ToLower(text))
	}
	return err
}

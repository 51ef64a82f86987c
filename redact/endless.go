package redact

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// endless is the error of a schema in which a type is a part of itself: what is shown of it, or written, would have no end.
func (r *records) endless() error {
	for _, name := range recordTypes(r.fields) {
		if holdsItself(name, r.partsOf) {
			return fmt.Errorf("the type %s is a part of itself, so what is shown of it has no end", name)
		}
	}
	for _, name := range inputTypes(r.schema) {
		if holdsItself(name, r.inputsOf) {
			return fmt.Errorf("the input %s is a part of itself, so what it writes has no end", name)
		}
	}
	return nil
}

// holdsItself reports whether a type is met again on a way down from it.
func holdsItself(name string, below func(name string) []string) bool {
	met := make(map[string]bool)
	for next := below(name); len(next) > 0; {
		each := next[0]
		next = next[1:]
		if !met[each] {
			met[each] = true
			next = append(next, below(each)...)
		}
	}
	return met[name]
}

// partsOf are the types whose members stand within a member of a type's record.
func (r *records) partsOf(name string) []string {
	var parts []string
	for _, field := range r.fieldsOf(name) {
		if below, ok := r.part(field); ok {
			parts = append(parts, below.Name)
		}
	}
	return parts
}

// inputsOf are the inputs within an input.
func (r *records) inputsOf(name string) []string {
	var inputs []string
	for _, field := range r.schema.Types[name].Fields {
		if below := r.schema.Types[field.Type.Name()]; below.Kind == ast.InputObject {
			inputs = append(inputs, below.Name)
		}
	}
	return inputs
}

// inputTypes are the inputs of a schema, by name.
func inputTypes(schema *ast.Schema) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Types)), func(name string) bool {
		return schema.Types[name].Kind != ast.InputObject
	})
}

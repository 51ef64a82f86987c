package jsonschema

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Use is a place in a field's arguments where a variable stands.
type Use struct {
	// Field is whose argument it is.
	Field *ast.FieldDefinition
	// Argument is the argument's name where the variable is all of its value, and empty where it is a part of it.
	Argument string
	// Description is what the schema says of the argument, or of the member of an input, that the variable is the value of.
	Description string
}

// Uses are the places where a variable stands in the arguments of a selection's fields, in their order.
func Uses(set ast.SelectionSet, variable string) []Use {
	var uses []Use
	EachField(set, func(field *ast.Field) {
		for _, given := range field.Arguments {
			if argument := field.Definition.Arguments.ForName(given.Name); argument != nil {
				for _, description := range descriptions(given.Value, variable, argument.Description) {
					use := Use{Field: field.Definition, Description: strings.TrimSpace(description)}
					if given.Value.Kind == ast.Variable {
						use.Argument = given.Name
					}
					uses = append(uses, use)
				}
			}
		}
	})
	return uses
}

// descriptions are those of the places in a value, itself described, where a variable stands.
func descriptions(value *ast.Value, variable, description string) []string {
	if value.Kind == ast.Variable && value.Raw == variable {
		return []string{description}
	}
	var found []string
	for _, child := range value.Children {
		below := description // of a list's elements, as of the list
		if value.Kind == ast.ObjectValue && value.Definition != nil {
			if field := value.Definition.Fields.ForName(child.Name); field != nil {
				below = field.Description
			}
		}
		found = append(found, descriptions(child.Value, variable, below)...)
	}
	return found
}

// Description is what the schema says first of the places where a variable stands, empty where it says nothing.
func Description(set ast.SelectionSet, variable string) string {
	for _, use := range Uses(set, variable) {
		if use.Description != "" {
			return use.Description
		}
	}
	return ""
}

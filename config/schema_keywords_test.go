package config

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// schema has the keywords of JSON Schema that the configuration needs, in the order in which a reader wants them.
//
//nolint:tagliatelle // the standard writes its keywords so
type schema struct {
	Draft       string `json:"$schema,omitzero"`
	Comment     string `json:"$comment,omitzero"`
	Title       string `json:"title,omitzero"`
	Description string `json:"description,omitzero"`
	Ref         string `json:"$ref,omitzero"`
	// Type is a name or several. Pattern and the bounds hold for values of their own kind alone.
	Type      any       `json:"type,omitzero"`
	WriteOnly bool      `json:"writeOnly,omitzero"`
	Enum      []string  `json:"enum,omitzero"`
	Pattern   string    `json:"pattern,omitzero"`
	Minimum   *int      `json:"minimum,omitzero"`
	Maximum   *int      `json:"maximum,omitzero"`
	AnyOf     []*schema `json:"anyOf,omitzero"`
	// ErrorMessage is a keyword of editors, not of the standard: they show it in place of the pattern.
	ErrorMessage string `json:"errorMessage,omitzero"`
	Default      any    `json:"default,omitzero"`
	// Items describes what a list holds.
	Items    *schema `json:"items,omitzero"`
	MinItems int     `json:"minItems,omitzero"`
	// Required are the keys that a mapping must have, and AdditionalProperties what its other keys may hold: false, or a schema.
	Required             []string           `json:"required,omitzero"`
	Properties           properties         `json:"properties,omitzero"`
	AdditionalProperties any                `json:"additionalProperties,omitzero"`
	Defs                 map[string]*schema `json:"$defs,omitzero"`
}

// properties keep the order of the struct's fields, which is that of gateway.example.yml.
type properties []property

type property struct {
	*schema
	name string
}

// MarshalJSONTo writes an object.
func (p properties) MarshalJSONTo(to *jsontext.Encoder) error {
	if err := to.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, each := range p {
		if err := to.WriteToken(jsontext.String(each.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(to, each.schema); err != nil {
			return err
		}
	}
	return to.WriteToken(jsontext.EndObject)
}

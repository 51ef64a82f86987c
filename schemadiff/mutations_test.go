package schemadiff

import (
	"math/rand/v2"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// base has something of everything.
const base = `
directive @part(of: Size = S, note: String!) repeatable on FIELD | QUERY | INLINE_FRAGMENT | FRAGMENT_SPREAD
scalar Day
enum Size { S M L }
interface Node { id: ID! name: String }
interface Named { name: String }
type Shirt implements Node & Named { id: ID! name: String size(in: Size, near: Near): Size tags: [String!] maker: Maker other: Maker! }
type Hat implements Node & Named { id: ID! name: String day: Day! worn(by: Day! = "x", days: [Day!] = ["y"]): Int maker: Shop }
type Maker { title: String motto: String! shirts(first: Int!): [Shirt!]! node: Node }
type Shop { title: String label: String! hats: [Hat] }
union Ware = Shirt | Hat
input Near { size: Size! = M next: Near days: [Day!]! = ["x"] either: Either limit: Int }
input Either @oneOf { id: ID name: String }
type Query { node(id: ID!): Node ware(near: Near, sizes: [Size!], days: [[Day]!]): [Ware!] named: Named maker: Maker! }
type Mutation { sell(near: [Near!]!, to: ID): Ware }
`

// mutation changes one thing of a schema.
type mutation func(r *rand.Rand, doc *ast.SchemaDocument)

func mutations() []mutation {
	return []mutation{
		func(r *rand.Rand, doc *ast.SchemaDocument) { cut(r, &doc.Definitions) },
		func(r *rand.Rand, doc *ast.SchemaDocument) { cut(r, &doc.Directives) },
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			switch d := definition(r, doc); d.Kind {
			case ast.Enum:
				cut(r, &d.EnumValues)
			case ast.Union:
				cut(r, &d.Types)
			default:
				cut(r, &d.Fields)
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) { cut(r, &definition(r, doc).Interfaces) },
		func(r *rand.Rand, doc *ast.SchemaDocument) { cut(r, argumentsOf(r, doc)) },
		func(r *rand.Rand, doc *ast.SchemaDocument) { cut(r, &doc.Directives[0].Locations) },
		func(_ *rand.Rand, doc *ast.SchemaDocument) { doc.Directives[0].IsRepeatable = false },
		promise,
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if d := definition(r, doc); len(d.Fields) > 0 {
				retype(r, &pick(r, d.Fields).Type)
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if all := *argumentsOf(r, doc); len(all) > 0 {
				retype(r, &pick(r, all).Type)
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if all := *argumentsOf(r, doc); len(all) > 0 {
				flip(&pick(r, all).DefaultValue)
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if d := definition(r, doc); d.Kind == ast.InputObject {
				flip(&pick(r, d.Fields).DefaultValue)
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			all := argumentsOf(r, doc)
			*all = append(*all, &ast.ArgumentDefinition{Name: "more", Type: drawType(r)})
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if d := definition(r, doc); len(d.Fields) > 0 {
				d.Fields = append(d.Fields, &ast.FieldDefinition{Name: "more", Type: drawType(r)})
			}
		},
		func(_ *rand.Rand, doc *ast.SchemaDocument) {
			size := doc.Definitions.ForName("Size")
			size.EnumValues = append(size.EnumValues, &ast.EnumValueDefinition{Name: "XL"})
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			if d := definition(r, doc); d.Kind == ast.InputObject {
				if d.Directives = nil; r.IntN(2) == 0 {
					d.Directives = ast.DirectiveList{{Name: "oneOf"}}
				}
			}
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) {
			d := definition(r, doc)
			d.Kind = pick(r, []ast.DefinitionKind{ast.Object, ast.Interface, ast.InputObject, ast.Scalar})
		},
		func(r *rand.Rand, doc *ast.SchemaDocument) { definition(r, doc).Description = "other" },
	}
}

// promise lets a field never be null.
func promise(r *rand.Rand, doc *ast.SchemaDocument) {
	if d := definition(r, doc); d.Kind == ast.Object {
		field := pick(r, d.Fields)
		never := *field.Type
		never.NonNull = true
		field.Type = &never
	}
}

func cut[T any, L ~[]T](r *rand.Rand, list *L) {
	if len(*list) > 0 {
		i := r.IntN(len(*list))
		*list = slices.Delete(*list, i, i+1)
	}
}

func definition(r *rand.Rand, doc *ast.SchemaDocument) *ast.Definition {
	return pick(r, doc.Definitions)
}

// argumentsOf are those of a field or a directive.
func argumentsOf(r *rand.Rand, doc *ast.SchemaDocument) *ast.ArgumentDefinitionList {
	var all []*ast.ArgumentDefinitionList
	for _, d := range doc.Definitions {
		for _, field := range d.Fields {
			if d.Kind != ast.InputObject {
				all = append(all, &field.Arguments)
			}
		}
	}
	all = append(all, &doc.Directives[0].Arguments)
	return pick(r, all)
}

func drawType(r *rand.Rand) *ast.Type {
	t := ast.NamedType(pick(r, []string{"Int", "String", "ID", "Day", "Size", "Near", "Node", "Shirt"}), nil)
	t.NonNull = r.IntN(2) == 0
	return t
}

// retype changes how a type is wrapped, or its name.
func retype(r *rand.Rand, t **ast.Type) {
	changed := **t
	switch r.IntN(4) {
	case 0:
		changed.NonNull = !changed.NonNull
	case 1:
		changed = ast.Type{Elem: &ast.Type{NamedType: changed.NamedType, Elem: changed.Elem, NonNull: changed.NonNull}}
	case 2:
		if changed.Elem != nil {
			retype(r, &changed.Elem)
		}
	default:
		changed = *drawType(r)
	}
	*t = &changed
}

func flip(value **ast.Value) {
	if *value != nil {
		*value = nil
		return
	}
	*value = &ast.Value{Kind: ast.NullValue, Raw: "null"}
}

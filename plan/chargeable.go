package plan

import (
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// whyNoID is why what a field is read of cannot be counted.
const whyNoID = "it belongs to no record with an id, so that nobody can tell how often it is read"

// Chargeable is why a field cannot have limits, empty where it can. What is charged for must be known before it is read: a key
// for a field that leads to records, and a record's id for any other.
func (p *Planner) Chargeable(object *ast.Definition, field *ast.FieldDefinition) string {
	if object == p.Schema.Mutation {
		return "" // it is charged each time that it runs
	}
	switch found := p.ways[field]; {
	case found.kind == one || found.kind == several || found.kind == many:
		return ""
	case found.kind == list:
		return "it holds parts of its record, and the record is what can be limited"
	case found.kind.ofPage():
		return "it belongs to a page, and what leads there is what can be limited"
	case found.kind != unplanned && p.idMember(object) == "":
		return whyNoID
	case found.kind != unplanned:
		return ""
	case found.why != "":
		return found.why
	default:
		return "nobody knows where it leads"
	}
}

// idMember is the member of the Go type that holds the id of an object's records, empty where they have none.
func (p *Planner) idMember(object *ast.Definition) string {
	made, ok := p.Fields.Field(object.Name, "id")
	if !ok {
		return ""
	}
	member, ok := made.GoField()
	if !ok || member.Name != "ID" || member.Type != reflect.TypeFor[record.ID]() {
		return ""
	}
	return member.Name
}

package redact

import (
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/wire"
)

// hide notes the members that a contract says nobody may see, at whatever depth of a record they are.
func (p *Policy) hide(contract *openapi.Document) {
	h := hiding{never: p.never, seen: make(map[string]bool)}
	schemas := contract.Root().Get("components", "schemas")
	for _, name := range schemas.Names() {
		h.within(schemas.Get(name))
	}
}

// hiding goes through a contract.
type hiding struct {
	never map[string]bool
	seen  map[string]bool // by place: a schema can hold itself
}

// within looks at the members of a schema, and at what is in them.
func (h hiding) within(place openapi.Node) {
	if h.seen[place.String()] {
		return
	}
	h.seen[place.String()] = true
	for _, shape := range place.Schema().Shapes {
		for _, name := range shape.Members() {
			member, _ := shape.Member(name)
			if isHidden(member) {
				h.never[name] = true
			}
			h.within(member)
		}
		if item := shape.Item(); item.Exists() {
			h.within(item)
		}
	}
}

func isHidden(place openapi.Node) bool {
	for _, shape := range place.Schema().Shapes {
		if shape.Keyword("x-visibility").Text() == "never" {
			return true
		}
	}
	return false
}

// lastsOf is how many characters at the end are shown of members that are not shown whole: the most that any field shows.
func lastsOf(fields *wire.Map) map[string]int {
	lasts := make(map[string]int)
	for field := range fields.All() {
		for _, member := range field.Members {
			if name := strings.TrimPrefix(member, "/"); field.Last > 0 {
				lasts[name] = max(lasts[name], field.Last)
			}
		}
	}
	return lasts
}

// shortened are the members of which only the end is ever shown.
func shortened(fields *wire.Map) map[string]bool {
	names := make(map[string]bool)
	for field := range fields.All() {
		for _, member := range field.Members {
			if field.Last > 0 {
				names[strings.TrimPrefix(member, "/")] = true
			}
		}
	}
	return names
}

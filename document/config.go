package document

import "github.com/concierge-gateway/concierge/units"

// Limits bound a GraphQL document before it is validated. Fields, depth, aliases and root fields are counted as they will
// run: with every fragment spread put in its place, each time it is spread.
type Limits struct {
	// Bytes is the most of one document's text.
	Bytes units.Bytes `yaml:"bytes"`
	// Tokens is the most lexical tokens.
	Tokens int `yaml:"tokens"`
	// Fields is the most selected fields of one operation.
	Fields int `yaml:"fields"`
	// Depth is how many fields may stand within each other.
	Depth int `yaml:"depth"`
	// Aliases is the most fields with another name in the answer.
	Aliases int `yaml:"aliases"`
	// RootFields is the most fields at the top of one operation.
	RootFields int `yaml:"root_fields"`
	// Fragments is the most fragment definitions.
	Fragments int `yaml:"fragments"`
	// Directives is the most directives written in the document.
	Directives int `yaml:"directives"`
}

// DefaultLimits admit every query a page would ask and GraphiQL's introspection query, and nothing near what would keep
// validation busy for a noticeable time.
func DefaultLimits() Limits {
	return Limits{
		Bytes:      64 * units.KiB,
		Tokens:     5000,
		Fields:     500,
		Depth:      15,
		Aliases:    50,
		RootFields: 20,
		Fragments:  50,
		Directives: 50,
	}
}

// Validate reports limits that would refuse everything.
func (l Limits) Validate(fail func(path, message string)) {
	if l.Bytes < 1 {
		fail("bytes", "must be at least 1")
	}
	for _, each := range []struct {
		path  string
		limit int
		least int
	}{
		{"tokens", l.Tokens, 1}, {"fields", l.Fields, 1}, {"depth", l.Depth, 1}, {"root_fields", l.RootFields, 1},
		{"aliases", l.Aliases, 0}, {"fragments", l.Fragments, 0}, {"directives", l.Directives, 0},
	} {
		if each.limit < each.least {
			fail(each.path, "is too small to admit any operation")
		}
	}
}

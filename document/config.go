package document

import "github.com/concierge-gateway/concierge/units"

// Limits bound a GraphQL document before it is validated. Fields, depth, aliases and root fields are counted as they will
// run: with every fragment spread put in its place, each time it is spread.
type Limits struct {
	// Bytes is the most of one document's text.
	Bytes units.Bytes `yaml:"bytes"`
	// Tokens is the most lexical tokens. A comment is one.
	Tokens int `yaml:"tokens"`
	// Fields is the most selected fields of one operation or fragment.
	Fields int `yaml:"fields"`
	// Depth is how many fields may stand within each other, and how many lists and objects of one value or type.
	Depth int `yaml:"depth"`
	// Aliases is the most fields with another name in the answer, in one operation or fragment.
	Aliases int `yaml:"aliases"`
	// RootFields is the most fields at the top of one operation.
	RootFields int `yaml:"root_fields"`
	// Fragments is the most fragment definitions.
	Fragments int `yaml:"fragments"`
	// Directives is the most directives written in the document.
	Directives int `yaml:"directives"`
	// Deferred is the most fragments with @defer, which are written in the document. The first 63 that an operation comes to, with
	// every fragment spread put in its place, are deferred.
	Deferred int `yaml:"deferred"`
	// Nodes is the most of all that validation walks through: every operation, fragment, field, argument, directive,
	// variable and member of a value. What a fragment holds counts for each operation and fragment that spreads it, and
	// what stands in inline fragments counts again for each of them.
	Nodes int `yaml:"nodes"`
	// Comparisons is the most that validation compares. It compares each two fields that answer at the same place under
	// the same name, and each two fragments spread at the same place; arguments and inline fragments multiply it.
	Comparisons int `yaml:"comparisons"`
}

// DefaultLimits admit every query a page would ask and GraphiQL's introspection query. The worst document that they admit
// keeps validation busy for a few milliseconds.
func DefaultLimits() Limits {
	return Limits{
		Bytes:       64 * units.KiB,
		Tokens:      5000,
		Fields:      500,
		Depth:       15,
		Aliases:     50,
		RootFields:  20,
		Fragments:   50,
		Directives:  50,
		Deferred:    20,
		Nodes:       5_000,
		Comparisons: 10_000,
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
		{"tokens", l.Tokens, 1},
		{"fields", l.Fields, 1},
		{"depth", l.Depth, 1},
		{"root_fields", l.RootFields, 1},
		{"aliases", l.Aliases, 0},
		{"fragments", l.Fragments, 0},
		{"directives", l.Directives, 0},
		{"deferred", l.Deferred, 0},
		{"nodes", l.Nodes, 2},
		{"comparisons", l.Comparisons, 0},
	} {
		if each.limit < each.least {
			fail(each.path, "is too small to admit any operation")
		}
	}
}

// CacheConfig bounds the parsed documents that are remembered, by number and by memory, whichever is reached first.
type CacheConfig struct {
	// Entries is how many.
	Entries int `yaml:"entries"`
	// Memory is how much they may take, their texts included.
	Memory units.Bytes `yaml:"memory"`
}

// DefaultCacheConfig has room for the documents of many frontends.
func DefaultCacheConfig() CacheConfig { return CacheConfig{Entries: 1000, Memory: 64 * units.MiB} }

// Validate reports a cache without room.
func (c CacheConfig) Validate(fail func(path, message string)) {
	if c.Entries < 1 {
		fail("entries", "must be at least 1")
	}
	if c.Memory < units.MiB {
		fail("memory", "must be at least 1MiB")
	}
}

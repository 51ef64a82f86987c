// Package redact answers which members of a service's record may be shown, to whom, and which may be written.
//
// The schema says all of it: a member is shown if a field is made of it, to whom the policy shows that field, and written if an
// input of a mutation has it. What the services' contracts mark as x-visibility: never is neither, whatever anybody configures.
package redact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/wire"
)

// Policy is what the schema and the contracts say. It is not changed once it was made, and safe for concurrent use.
type Policy struct {
	statement *policy.Policy
	pseudonym func(dst, value []byte) []byte
	rules     []reshape.Rule
	alike     []int // by rule: the first one by which the owner is found in the same way
	types     map[string]*Record
	mutations map[string]*reshape.Shape
	never     map[string]bool
	lasts     map[string]int  // how much of members is shown of which only the end is
	partly    map[string]bool // of these only the end is shown
	withheld  reserve         // members that not everybody sees who sees the record
	reserved  reserve         // members of records that not everybody sees
	limited   reserve         // members that are shown only so often
	limits    *ratelimit.Fields
	meters    []*ratelimit.Field // that members are counted by, as shapes number them
}

// Record is what may be shown of the records of a type.
type Record struct {
	// Service is the service that has the records, empty for what records of several are made of.
	Service string
	// Shape is what of a record goes through, by the rules that guard it. Rules that refuse nobody guard nothing.
	Shape *reshape.Shape
	// Guards are the rules that decide about each record as a whole. There are none where it is a part of another record, which
	// says who may see it.
	Guards []*policy.Rule
	// Rules are all rules that decide about it or its members, each once.
	Rules []*policy.Rule

	limited []string // the members that are shown only so often
}

// New reads a schema, what its fields are made of, what it states, how often fields may be read, nil for as often as anybody
// wants, and contracts. It refuses a schema that shows or takes what nobody may see.
func New(
	schema *ast.Schema, fields *wire.Map, statement *policy.Policy, pseudonyms *policy.Pseudonyms, limits *ratelimit.Fields,
	contracts ...*openapi.Document,
) (*Policy, error) {
	p := &Policy{
		statement: statement, pseudonym: pseudonymOf(pseudonyms), rules: rulesOf(statement), alike: alike(statement.Rules()),
		types: make(map[string]*Record), mutations: make(map[string]*reshape.Shape),
		never: make(map[string]bool), partly: shortened(fields), lasts: lastsOf(fields),
		withheld: withheld(fields, statement), reserved: reserved(fields, statement),
		limited: make(reserve), limits: limits,
	}
	for _, contract := range contracts {
		p.hide(contract)
	}
	meters := &meters{of: limits}
	records := &records{schema: schema, fields: fields, statement: statement, meters: meters}
	if err := records.endless(); err != nil {
		return nil, err
	}
	for _, name := range recordTypes(fields) {
		record, err := records.record(name)
		if err != nil {
			return nil, err
		}
		p.types[name] = record
		p.limited.addLimited(record)
	}
	p.meters = meters.all
	if schema.Mutation != nil {
		for _, mutation := range schema.Mutation.Fields {
			p.mutations[mutation.Name] = reshape.Object(written(schema, mutation.Arguments))
		}
	}
	if err := p.contradiction(schema); err != nil {
		return nil, err
	}
	return p, nil
}

// contradiction is a schema that shows or takes what a contract hides. A type that is a part of another is among the types too.
func (p *Policy) contradiction(schema *ast.Schema) error {
	for _, member := range p.Never() {
		for _, name := range p.Types() {
			if _, shown := p.types[name].Shape.At(member); shown {
				return fmt.Errorf("%s is made of the member %s, which a contract says nobody may see", name, member)
			}
		}
		for _, name := range inputTypes(schema) {
			if slices.ContainsFunc(schema.Types[name].Fields, func(f *ast.FieldDefinition) bool { return Member(f.Name) == member }) {
				return fmt.Errorf("%s writes the member %s, which a contract says nobody may see", name, member)
			}
		}
	}
	return nil
}

// Type is what may be shown of records of a type of the schema.
func (p *Policy) Type(name string) (record *Record, ok bool) {
	record, ok = p.types[name]
	return record, ok
}

// Types are the names of the types that stand for services' records, sorted.
func (p *Policy) Types() []string { return slices.Sorted(maps.Keys(p.types)) }

// Rules are what guards records and members, as the shapes number them.
func (p *Policy) Rules() []reshape.Rule { return p.rules }

// Meters are the fields that are read only so often, as shapes number them.
func (p *Policy) Meters() []*ratelimit.Field { return p.meters }

// WritingLimit is how often a mutation may be done, nil for as often as anybody wants.
func (p *Policy) WritingLimit(mutation string) *ratelimit.Field {
	return p.limits.Of("Mutation", mutation)
}

// Mutation is what may be written where a route stands for a mutation: the members of its input.
func (p *Policy) Mutation(name string) (shape *reshape.Shape, ok bool) {
	shape, ok = p.mutations[name]
	return shape, ok
}

// Writing are the rules that decide about a mutation.
func (p *Policy) Writing(mutation string) []*policy.Rule {
	if guard := p.statement.Mutation(mutation); guard != nil {
		return guard.Rules
	}
	return nil
}

// Mutations are the names of the mutations, sorted.
func (p *Policy) Mutations() []string { return slices.Sorted(maps.Keys(p.mutations)) }

// Statement is what the schema states.
func (p *Policy) Statement() *policy.Policy { return p.statement }

// Never are the names of the members that nobody may see, sorted.
func (p *Policy) Never() []string { return slices.Sorted(maps.Keys(p.never)) }

// Lasts is how many characters at their end are shown of members that are not shown whole, by their names.
func (p *Policy) Lasts() map[string]int { return maps.Clone(p.lasts) }

// Hidden reports whether a path, such as address/zip, leads to a member that nobody may see.
func (p *Policy) Hidden(path string) bool { return anyOf(p.never, path) }

// Shortened reports whether a path leads to a member of which only the end may be seen, as the schema says of a card's number.
func (p *Policy) Shortened(path string) bool { return anyOf(p.partly, path) }

// Withheld reports whether a member of the records of one of these services is kept from some who may see the record: from
// callers with a name, or, where it is for everybody, from those without.
func (p *Policy) Withheld(member string, everybody bool, services ...string) bool {
	return p.withheld.has(member, everybody, services)
}

// Limited reports whether a member of the records of one of these services is shown only so often.
func (p *Policy) Limited(member string, services ...string) bool {
	return p.limited.has(member, false, services)
}

// Reserved is Withheld of the records themselves: only some may see those that have the member.
func (p *Policy) Reserved(member string, everybody bool, services ...string) bool {
	return p.reserved.has(member, everybody, services)
}

func anyOf(names map[string]bool, path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if names[name] {
			return true
		}
	}
	return false
}

// Opaque is a value from one of these services of which the schema knows nothing: all of it but the members that nobody may see,
// or only the end of, or only so often, or that are withheld from some of those whom it is for.
func (p *Policy) Opaque(everybody bool, services ...string) *reshape.Shape {
	hidden := maps.Clone(p.never)
	maps.Copy(hidden, p.partly)
	p.withheld.addTo(hidden, everybody, services)
	p.limited.addTo(hidden, everybody, services)
	return reshape.AnythingBut(hidden)
}

// Taken is a value of which the schema knows nothing, and which is written: all of it but the members that nobody may see.
func (p *Policy) Taken() *reshape.Shape { return reshape.AnythingBut(p.never) }

// Kept is a value as it may be kept anywhere: all of it but the members that nobody may see, and without the digits of those of
// which only the end is ever shown.
func (p *Policy) Kept() *reshape.Shape { return reshape.AnythingBut(p.never).Blanking(p.lasts) }

package answers

import (
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/sharing"
)

// Policy is what holds for the answers to an operation, for given values of the variables that its @skip and @include depend on.
// It is not changed. The zero Policy lets nobody keep or share anything.
type Policy struct {
	// MaxAge is how long the answer may be used, as far as the schema says: 0 for not at all.
	MaxAge time.Duration
	// StaleWhile is for how long after that it may be used while it is asked for anew.
	StaleWhile time.Duration
	// Everybody reports whether the answer is the same for everybody. Otherwise it is for whoever asked alone.
	Everybody bool
	// Shared reports whether equal operations of one caller may share an execution.
	Shared bool

	services []string // that are asked
	document string   // which document it is, as Rules.digest has it
}

// Reads tells which services an operation asks, each once, and whether that is all that it does: it is not known of operations
// with resolvers that do more than load records.
type Reads func() (services []string, known bool)

// Policies are those of one document: one for each of its operations, and for each combination of values that the variables of
// @skip and @include had. It is safe for concurrent use.
type Policies struct {
	rules   *Rules
	choices document.Choices[choice]

	once   sync.Once
	digest string
}

type choice struct {
	once   sync.Once
	policy Policy
}

// NewPolicies returns the policies of a document, which are made when they are first asked for.
func (r *Rules) NewPolicies() *Policies { return &Policies{rules: r} }

// bytesOfPolicy is what a policy takes of memory at most.
const bytesOfPolicy = 512

// Size is what the policies of a document take of memory at most, in bytes.
func Size(doc *ast.QueryDocument) int { return (1 + document.CountChoices(doc)) * bytesOfPolicy }

// Of is the policy of an operation. reads is asked once.
func (p *Policies) Of(operation *graphql.OperationContext, reads Reads) *Policy {
	c := p.choices.Find(operation)
	c.once.Do(func() {
		p.once.Do(func() { p.digest = p.rules.digest(operation.RawQuery) })
		c.policy = p.rules.policyOf(operation, reads)
		c.policy.document = p.digest
	})
	return &c.policy
}

// policyOf decides. Whatever is unknown means no.
func (r *Rules) policyOf(operation *graphql.OperationContext, reads Reads) Policy {
	all, known := r.compile(operation)
	if !known {
		return Policy{}
	}
	services, known := reads()
	if !known || slices.Contains(services, "") || all.limited {
		return Policy{MaxAge: all.age, StaleWhile: all.stale}
	}
	return Policy{
		MaxAge: all.age, StaleWhile: all.stale, Shared: true, services: services,
		Everybody: !all.private && !all.guarded && r.forEverybody(services),
	}
}

// forEverybody reports whether services answer everybody the same.
func (r *Rules) forEverybody(services []string) bool {
	return len(services) > 0 && !slices.ContainsFunc(services, func(name string) bool {
		return r.inputs == nil || r.inputs(name) != sharing.Nothing
	})
}

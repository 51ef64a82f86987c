package document

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/concierge-gateway/concierge/problem"
)

// Guard is a gqlgen extension that keeps documents which pass a limit from the executor, which would validate them.
//
// Its errors carry extensions.code, and a *problem.Error in Err: BadInput for a request without a query, ParseFailed,
// LimitExceeded, or ValidationFailed for a cycle of fragments. gqlgen itself answers with status 200 for codes that it does
// not know.
//
// A document that is not in the cache is parsed twice: here, and then by the executor. The executor takes a parsed document
// from nowhere but its cache, and what it finds there it does not validate. The guard could validate by itself and fill the
// cache, but an extension can return one error, and an invalid document has a list of them. The second parsing costs a
// third of the validation that follows, once per document.
type Guard struct {
	limits  Limits
	cache   *Cache
	metrics *metrics
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = (*Guard)(nil)

// NewGuard guards an executor whose query cache is this one. Documents in the cache are let through as they are.
func NewGuard(limits Limits, cache *Cache, registry prometheus.Registerer) *Guard {
	return &Guard{limits: limits, cache: cache, metrics: newMetrics(registry)}
}

// ExtensionName is the guard's name in traces.
func (*Guard) ExtensionName() string { return "DocumentGuard" }

// Validate accepts every schema.
func (*Guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters changes nothing. It comes before the executor parses.
func (g *Guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if _, known := g.cache.Get(ctx, params.Query); known {
		g.metrics.hits.Inc()
		return nil
	}
	if r := g.limits.checkText(params.Query); r != nil {
		g.metrics.refuse(r.reason)
		return r.graphQL()
	}
	g.metrics.misses.Inc()
	return nil
}

// checkText decides whether the executor may see a text.
func (l Limits) checkText(text string) *refusal {
	if text == "" {
		return &refusal{kind: problem.BadInput, message: "the request has no query", reason: reasonEmpty}
	}
	if found := len(text); int64(found) > int64(l.Bytes) {
		return exceeds("bytes", nil, "the document has %s bytes", found, int(l.Bytes))
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, l.Tokens)
	if err != nil {
		return l.unparsed(text, err)
	}
	return l.check(doc)
}

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
//
// A document in the cache is measured: its measures are compared with the limits of whoever asks. So a remembered document costs
// nothing more, and what was admitted to one caller is refused to another as if it came for the first time.
type Guard struct {
	limits  func(context.Context) Limits
	cache   *Cache
	metrics *metrics
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = (*Guard)(nil)

// NewGuard guards an executor whose query cache is this one. limits are the caller's own, by the context of the request. The
// executor's limit on tokens must be no less than any of theirs: what passes it there is refused as if it did not parse.
func NewGuard(limits func(context.Context) Limits, cache *Cache, registry prometheus.Registerer) *Guard {
	return &Guard{limits: limits, cache: cache, metrics: newMetrics(registry)}
}

// ExtensionName is the guard's name in traces.
func (*Guard) ExtensionName() string { return "DocumentGuard" }

// Validate accepts every schema.
func (*Guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters changes nothing. It comes before the executor parses.
func (g *Guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if known, ok := g.cache.Find(params.Query); ok {
		return g.Admit(ctx, params.Query, known)
	}
	return g.count(g.limits(ctx).checkText(params.Query), g.metrics.misses)
}

// Admit does the same for a text whose document the cache has found.
func (g *Guard) Admit(ctx context.Context, text string, known *Known) *gqlerror.Error {
	return g.count(g.limits(ctx).checkKnown(text, known), g.metrics.hits)
}

// count notes what became of a document.
func (g *Guard) count(r *refusal, admitted prometheus.Counter) *gqlerror.Error {
	if r != nil {
		g.metrics.refuse(r.reason)
		return r.graphQL()
	}
	admitted.Inc()
	return nil
}

// checkText decides whether the executor may see a text.
func (l Limits) checkText(text string) *refusal {
	if text == "" {
		return &refusal{kind: problem.BadInput, message: "the request has no query", reason: reasonEmpty}
	}
	if r := l.checkBytes(text); r != nil {
		return r
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, max(l.Tokens, 1)) // to the parser 0 is no limit
	if err != nil {
		return l.unparsed(text, err)
	}
	return l.check(doc)
}

func (l Limits) checkBytes(text string) *refusal {
	if found := len(text); int64(found) > int64(l.Bytes) {
		return exceeds("bytes", nil, "the document has %s bytes", found, int(l.Bytes))
	}
	return nil
}

// checkKnown decides the same of a document that is remembered. Only what is refused is counted again, without being parsed, so
// that the refusal names the same place and number.
func (l Limits) checkKnown(text string, known *Known) *refusal {
	if l.cover(known.needs) {
		return nil
	}
	if r := l.checkBytes(text); r != nil {
		return r
	}
	if known.needs.Tokens > l.Tokens {
		return l.tooManyTokens()
	}
	return l.check(known.doc)
}

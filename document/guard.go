package document

import (
	"context"
	"errors"
	"fmt"

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
// A document that the cache does not hold is parsed twice, here and by the executor, which takes parsed documents from its
// cache alone, and there it takes them for valid. Parsing is a third of the price of validation; putting a document into the
// cache that nobody validated is not worth it, and an extension that validated by itself could report one error, not the list.
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
		return l.unparsed(err)
	}
	return l.check(doc)
}

// unparsed tells the two errors of the parser apart: the one about tokens is the only one without a place.
func (l Limits) unparsed(err error) *refusal {
	var syntax *gqlerror.Error
	if !errors.As(err, &syntax) || len(syntax.Locations) == 0 {
		return &refusal{
			kind:    problem.LimitExceeded,
			message: fmt.Sprintf("the document has more than the %d tokens that are allowed", l.Tokens),
			reason:  "tokens",
		}
	}
	return &refusal{
		kind:    problem.ParseFailed,
		message: shorten(syntax.Message),
		at:      syntax.Locations,
		reason:  reasonSyntax,
	}
}

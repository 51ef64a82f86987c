package policy_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/wire"
)

func registry() prometheus.Registerer { return prometheus.NewRegistry() }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

const key = "0123456789abcdef0123456789abcdef"

// door is an executor over the fakes, with what stands around fields in the gateway.
type door struct {
	*executor.Executor

	services *services
	schema   *ast.Schema
	policy   *policy.Policy
	enforcer *policy.Enforcer
}

// open builds it, over the schema with some of its text changed.
func open(t testing.TB, changes ...change) *door {
	t.Helper()
	d := &door{services: new(services), schema: load(t, changes...)}
	fields, err := wire.Read(d.schema)
	if err != nil {
		t.Fatal(err)
	}
	if d.policy, err = policy.Read(d.schema, fields); err != nil {
		t.Fatal(err)
	}
	pseudonyms, err := policy.NewPseudonyms(d.policy, policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	d.enforcer = policy.NewEnforcer(
		d.policy, func(ctx context.Context) policy.Records { return loaders.For(ctx) }, resolvers.Missing, pseudonyms)
	clients := d.services.clients()
	edges, err := loaders.NewEdges(d.schema, resolvers.Has)
	if err != nil {
		t.Fatal(err)
	}
	d.Executor = executor.New(graph.NewExecutableSchema(graph.Config{
		Schema: d.schema, Resolvers: resolvers.New(clients, page.Limits{Default: 20, Max: 100}),
	}))
	d.Use(&around{reads: loaders.NewTracker(loaders.NewReads(clients), edges, nil), enforcer: d.enforcer})
	d.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		return problem.Present(graphql.ErrorOnPath(ctx, err), "")
	})
	return d
}

// around is what stands around fields.
type around struct {
	reads    *loaders.Tracker
	enforcer *policy.Enforcer
}

func (*around) ExtensionName() string                   { return "around" }
func (*around) Validate(graphql.ExecutableSchema) error { return nil }
func (a *around) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return a.reads.Answer(a.enforcer.Begin(ctx), next)
}

func (a *around) InterceptField(ctx context.Context, next graphql.Resolver) (value any, err error) {
	edge := a.reads.Enter(ctx)
	defer func() { edge.Leave(value, err) }()
	decision, err := a.enforcer.Before(ctx)
	if err != nil || decision.Final {
		return decision.Instead, err
	}
	resolved, err := next(ctx)
	if err != nil {
		return nil, err
	}
	return a.enforcer.After(ctx, decision, resolved)
}

// answer is what a caller gets: the data, then each error's path and code.
func (d *door) answer(t testing.TB, who auth.Principal, query string, variables map[string]any) string {
	t.Helper()
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(t.Context(), who))
	operation, refused := d.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if refused != nil {
		t.Fatalf("%s: %v", query, refused)
	}
	next, ctx := d.DispatchOperation(ctx, operation)
	response := next(ctx)
	lines := []string{string(response.Data)}
	for _, each := range response.Errors {
		lines = append(lines, each.Path.String()+" "+problem.KindOfGraphQL(each).Code())
	}
	return strings.Join(lines, " | ")
}

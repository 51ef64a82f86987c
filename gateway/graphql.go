package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams"
)

// newExecution joins the generated schema, the resolvers and the request's loaders, behind the bounds on documents.
func newExecution(
	all config.Config, statement *statement, services *upstreams.Services, registry prometheus.Registerer, log *slog.Logger,
) (*execution, error) {
	c := all.GraphQL
	schema := graph.NewExecutableSchema(graph.Config{
		Schema:    servedSchema(c.Defer),
		Resolvers: resolvers.New(services, page.Limits{Default: c.Pages.Default, Max: c.Pages.Max}),
	})
	edges, err := loaders.NewEdges(schema.Schema(), resolvers.Has)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	reads := loaders.NewReads(services)
	documents := document.NewCache(c.Documents, besideSize)
	guard := document.NewGuard(documentLimits(all), documents, registry)
	metrics := plan.NewMetrics(registry)
	surveyed, err := survey(c, statement, schema.Schema(), reads, metrics)
	if err != nil {
		return nil, err
	}
	limits, err := ratelimit.ReadFields(statement.schema, all.Limits.Fields, surveyed.Chargeable)
	if err != nil {
		return nil, fmt.Errorf("read the limits of fields: %w", err)
	}
	tracker := loaders.NewTracker(reads, edges, limits)
	enforcer := policy.NewEnforcer(
		statement.policy, func(ctx context.Context) policy.Records { return loaders.For(ctx) }, resolvers.Missing, statement.pseudonyms)
	around := &fields{
		reads: tracker, enforcer: enforcer, visible: visible(c.IntrospectionByCaller, schema.Schema(), statement.policy),
	}
	demands, err := newDemands(all, schema.Schema(), edges, surveyed.Limited(limits), registry)
	if err != nil {
		return nil, fmt.Errorf("read what the schema says of costs: %w", err)
	}
	around.costs = demands.costs
	rules, err := readAnswers(all, statement, limits)
	if err != nil {
		return nil, err
	}
	planned := &execution{
		ExecutableSchema: schema, settings: c, fields: around, documents: documents, metrics: metrics,
		planner: newPlanner(c, surveyed, limits, log), limited: limits, demands: demands,
		answers: rules, naming: new(naming), toolbox: newToolbox(all, schema.Schema()),
	}
	present, recovered := presenter(tracker, log), recoverResolver(log)
	planned.fresh = func(ctx context.Context) context.Context { return graphql.WithResponseContext(ctx, present, recovered) }
	planned.exec = executor.New(planned)
	planned.exec.SetQueryCache(documents)
	planned.exec.SetDefaultRulesFn(demands.rules)
	planned.exec.SetParserTokenLimit(widestLimits(all).Tokens)
	planned.exec.SetErrorPresenter(present)
	planned.exec.SetRecoverFunc(recovered)
	checks := []check{coercion{schema.Schema()}, conditions{}, introspecting(c)}
	planned.exec.Use(guard)
	for _, each := range checks {
		planned.exec.Use(each)
	}
	planned.exec.Use(around)
	planned.intake = &intake{
		exec: planned.exec, schema: schema.Schema(), documents: documents, naming: planned.naming, guard: guard, checks: checks,
		recovered: recovered, around: around.InterceptField,
	}
	return planned, nil
}

// servedSchema is the schema without what is nobody else's concern: @from, which tells the members that a field is made of, and
// the statements of the policy, of limits and of what caches may keep. gqlparser declares @defer beside every schema.
func servedSchema(deferring incremental.Config) *ast.Schema {
	served := *graph.NewExecutableSchema(graph.Config{}).Schema() // everybody shares the original
	served.Directives = maps.Clone(served.Directives)
	served.Directives[incremental.Directive] = incremental.Definition(served.Directives[incremental.Directive])
	others := []string{ratelimit.Directive, answers.Directive, "from"}
	if !deferring.Enabled {
		others = append(others, incremental.Directive)
	}
	for _, name := range slices.Concat(policy.Directives(), demand.Directives(), others) {
		delete(served.Directives, name)
	}
	served.Types = maps.Clone(served.Types)
	delete(served.Types, policy.FormType)
	delete(served.Types, ratelimit.ByType)
	delete(served.Types, answers.ScopeType)
	return &served
}

// presenter decides what a caller sees of an error, and tells the request's record and, where it is ours to mend, the log.
func presenter(reads *loaders.Tracker, log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		if reads.ArgumentsRefused(ctx) {
			err = argumentError(ctx, err)
		}
		shown := problem.Present(graphql.ErrorOnPath(ctx, err), correlation.From(ctx).RequestID)
		kind := problem.KindOfGraphQL(shown)
		middleware.RecordFrom(ctx).AddError(kind)
		if kind == problem.Internal {
			log.ErrorContext(ctx, "field failed", "path", shown.Path.String(), "error", err.Error())
		}
		return shown
	}
}

// argumentError is an argument's own complaint, or a general one where gqlgen's names Go types. Its path is the field's: gqlgen
// appends the argument, but a path leads to a place in the answer.
func argumentError(ctx context.Context, err error) error {
	field := graphql.GetFieldContext(ctx)
	at := field.Field.Position
	return &gqlerror.Error{
		Err:       problem.OfArgument(err),
		Path:      field.Path(),
		Locations: []gqlerror.Location{{Line: at.Line, Column: at.Column}},
	}
}

func recoverResolver(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, panicked any) error {
		log.ErrorContext(ctx, "resolver panicked", "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		return problem.New(problem.Internal, "")
	}
}

package plan_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams"
)

// around is what stands around gqlgen's fields in the gateway.
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
	if !decision.Withheld() {
		if err := a.reads.Admit(ctx); err != nil {
			return nil, err
		}
	}
	resolved, err := next(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := a.enforcer.After(ctx, decision, resolved)
	if err == nil {
		edge.Charge(ctx, shown, a.enforcer)
	}
	return shown, err
}

// present says what is wrong with arguments as the gateway does.
func (a *around) present(ctx context.Context, err error) *gqlerror.Error {
	if a.reads.ArgumentsRefused(ctx) {
		field := graphql.GetFieldContext(ctx)
		at := field.Field.Position
		err = &gqlerror.Error{
			Err: problem.OfArgument(err), Path: field.Path(), Locations: []gqlerror.Location{{Line: at.Line, Column: at.Column}},
		}
	}
	return present(ctx, err)
}

func gqlgenOf(t testing.TB, s *site, clients *upstreams.Services, pseudonyms *policy.Pseudonyms) *executor.Executor {
	t.Helper()
	leading, err := loaders.NewEdges(s.schema, resolvers.Has)
	if err != nil {
		t.Fatal(err)
	}
	a := &around{
		reads: loaders.NewTracker(loaders.NewReads(clients), leading, s.limits),
		enforcer: policy.NewEnforcer(
			s.policy, func(ctx context.Context) policy.Records { return loaders.For(ctx) }, resolvers.Missing, pseudonyms),
	}
	e := executor.New(graph.NewExecutableSchema(graph.Config{Schema: s.schema, Resolvers: resolvers.New(clients, limits)}))
	e.Use(a)
	e.SetErrorPresenter(a.present)
	return e
}

// byGqlgen is what gqlgen makes of a query.
func (s *site) byGqlgen(t testing.TB, who auth.Principal, query string, variables map[string]any) outcome {
	t.Helper()
	operation := s.operation(t, query, variables)
	ctx, denials := s.begin(t.Context(), who)
	next, ctx := s.gqlgen.DispatchOperation(ctx, operation)
	response := next(ctx)
	return s.outcome(string(response.Data), response.Errors, denials())
}

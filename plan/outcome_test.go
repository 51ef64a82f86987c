package plan_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// outcome is what came of an operation.
type outcome struct {
	Data   string
	Errors []string // path and code
	Denied []string // rule, reason and how often
	Calls  []string
	Told   []string // errors as the caller is told them
	Asked  []string // of the counters of limited fields, in the order of the questions
}

// String is the data and the errors.
func (o outcome) String() string { return strings.Join(append([]string{o.Data}, o.Errors...), " | ") }

// begin is the context of a request.
func (s *site) begin(ctx context.Context, who auth.Principal) (_ context.Context, denials func() []string) {
	counted := prometheus.NewRegistry()
	log := audit.New(counted, slog.New(slog.DiscardHandler))
	var names []string
	for _, rule := range s.policy.Rules() {
		names = append(names, rule.Name)
	}
	log.Rules(names)
	r, _ := log.Begin(httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", nil), "graphql")
	if s.limits.Any() {
		r = ratelimit.With(r, s.account(who))
	}
	return auth.WithPrincipal(r.Context(), who), func() []string { return denied(counted) }
}

// denied is what was counted.
func denied(counted *prometheus.Registry) (denials []string) {
	families, _ := counted.Gather()
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := make(map[string]string)
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			denials = append(denials, fmt.Sprintf("%s %s %v", labels["rule"], labels["reason"], metric.GetCounter().GetValue()))
		}
	}
	slices.Sort(denials)
	return denials
}

// run executes a plan.
func (s *site) run(ctx context.Context, p *plan.Plan, operation *graphql.OperationContext, who auth.Principal) outcome {
	ctx, denials := s.begin(ctx, who)
	ctx = graphql.WithResponseContext(graphql.WithOperationContext(ctx, operation), present, recovered)
	const before = "what is there already: "
	data, behind := strings.CutPrefix(string(s.planner.Run(ctx, p, []byte(before))), before)
	if !behind {
		data = "what was there already is lost: " + data
	}
	return s.outcome(data, graphql.GetErrors(ctx), denials())
}

func present(ctx context.Context, err error) *gqlerror.Error {
	return problem.Present(graphql.ErrorOnPath(ctx, err), "")
}

func (s *site) outcome(data string, errs gqlerror.List, denials []string) outcome {
	o := outcome{Data: data, Denied: denials, Calls: s.made(), Asked: s.ledger.questions()}
	for _, each := range errs {
		o.Errors = append(o.Errors, each.Path.String()+" "+problem.KindOfGraphQL(each).Code())
		o.Told = append(o.Told, fmt.Sprintf("%s %v %s", each.Path, each.Locations, each.Message))
	}
	slices.Sort(o.Errors)
	slices.Sort(o.Told)
	return o
}

// ask has a query answered by its plan. gqlgen has to agree, and so has the plan when it runs again.
func (s *site) ask(t testing.TB, who auth.Principal, query string, variables map[string]any) outcome {
	t.Helper()
	compiled, operation := s.compiled(t, query, variables)
	got := s.run(t.Context(), compiled, operation, who)
	if diff := cmp.Diff(got, s.run(t.Context(), compiled, operation, who)); diff != "" {
		t.Errorf("%s\nfirst and again (-first +again):\n%s", query, diff)
	}
	if diff := cmp.Diff(s.byGqlgen(t, who, query, variables), got); diff != "" {
		t.Errorf("%s\ngqlgen and plan (-gqlgen +plan):\n%s", query, diff)
	}
	return got
}

// recovered is what the gateway makes of a panic.
func recovered(context.Context, any) error { return problem.New(problem.Internal, "") }

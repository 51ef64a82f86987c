package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/waterfall"
)

// traceExtension is what a request asks by for the calls that it makes, and where the answer has them.
const traceExtension = "trace"

// trace is what one operation did, as its caller is told.
type trace struct {
	waterfall.Report

	// Execution is plan or gqlgen. It is empty where the operation did not run.
	Execution string `json:"execution,omitzero"`
	// Cost is what the operation was reckoned to take, and what it took, nil where nothing is reckoned.
	Cost *demand.Report `json:"cost,omitempty"`
	// Limits are those that the request was charged to.
	Limits []ratelimit.State `json:"limits,omitempty"`
}

// noting is how what an operation does is noted. It is nil where nobody asked for it who may.
type noting struct {
	execution *execution
	recorder  *waterfall.Recorder
	operation *graphql.OperationContext
	kind      ast.Operation
	answer    waterfall.Origin
	age       time.Duration
}

type tracingKey struct{}

func tracingFrom(ctx context.Context) *noting {
	t, _ := ctx.Value(tracingKey{}).(*noting)
	return t
}

// tracing begins to note what an operation does, where the caller asks for that and may know it. A subscription has no end at
// which it could be told.
func (e *execution) tracing(ctx context.Context, operation *graphql.OperationContext) context.Context {
	asked, _ := operation.Extensions[traceExtension].(bool)
	settings := e.settings.Trace
	kind := operation.Operation.Operation
	if !asked || kind == ast.Subscription || settings.Scope == "" || !auth.FromContext(ctx).Has(settings.Scope) {
		return ctx
	}
	t := &noting{
		execution: e, operation: operation, kind: kind, answer: waterfall.Refused,
		recorder: waterfall.New(operation.Stats.OperationStart, settings.Calls),
	}
	return waterfall.With(context.WithValue(ctx, tracingKey{}, t), t.recorder)
}

// untraced is a context for work that outlives the answer.
func untraced(ctx context.Context) context.Context {
	return tracing.With(waterfall.With(ctx, nil), nil)
}

// ran notes that the operation was executed for this request.
func (t *noting) ran() {
	if t != nil {
		t.answer = waterfall.Executed
	}
}

// came notes where the answer is from.
func (t *noting) came(given answers.Given) {
	switch {
	case t == nil:
	case given.Terms.Found:
		t.answer, t.age = waterfall.Known, given.Terms.Age
	case given.Own:
		t.answer = waterfall.Executed
	default:
		t.answer = waterfall.Awaited
	}
}

// told is a response that says what its operation did, where it was asked. The response is this request's alone.
func (t *noting) told(ctx context.Context, spending *spending, response *graphql.Response) *graphql.Response {
	if t == nil || response == nil {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = make(map[string]any)
	}
	response.Extensions[traceExtension] = t.report(ctx, spending)
	return response
}

func (t *noting) report(ctx context.Context, spending *spending) trace {
	stats := &t.operation.Stats
	told := trace{Report: t.recorder.Report(), Limits: ratelimit.From(ctx).State()}
	told.Answer, told.AgeSeconds = t.answer, int64(t.age/time.Second)
	told.ParsingUS, told.ValidationUS = lasted(stats.Parsing), lasted(stats.Validation)
	if spending != nil {
		cost := demand.Spent{Estimated: spending.Estimated, Actual: spending.actual()}.Report()
		told.Cost = &cost
	}
	if t.answer == waterfall.Executed {
		t.explain(ctx, &told)
	}
	if t.answer == waterfall.Awaited {
		told.GatewayUS = 0 // and so was the wait for services
	}
	return told
}

// explain says which fields calls are for, as far as a plan knows.
func (t *noting) explain(ctx context.Context, told *trace) {
	told.Execution = plan.ByGqlgen
	if t.kind != ast.Query {
		return
	}
	var planned *plan.Plan
	var err error
	if t.execution.planner != nil {
		planned, err = t.execution.besideOf(t.operation, spendingFrom(ctx)).plans.Of(t.operation)
	} else {
		planned, err = t.execution.demands.reckoner.Compile(t.operation)
	}
	if err != nil {
		return
	}
	if t.execution.planner != nil {
		told.Execution = plan.ByPlan
	}
	levels := planned.Explain(t.execution.demands.sizes).Levels
	for i := range told.Calls {
		told.Calls[i].Fields = fieldsOf(levels, told.Calls[i].Read, told.Calls[i].Level)
	}
}

// fieldsOf are the fields that a read is for on a level, or on any: what is known early is fetched earlier than was reckoned.
func fieldsOf(levels []plan.Level, read string, level int) (fields []string) {
	for i, each := range levels {
		for _, fetch := range each.Fetches {
			switch {
			case fetch.Read != read:
			case i == level-1:
				return fetch.Paths
			default:
				fields = append(fields, fetch.Paths...)
			}
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func lasted(t graphql.TraceTiming) int64 {
	if t.Start.IsZero() || t.End.Before(t.Start) {
		return 0
	}
	return t.End.Sub(t.Start).Microseconds()
}

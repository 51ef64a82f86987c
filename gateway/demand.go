package gateway

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// demands is what operations ask for, and may ask for.
type demands struct {
	config   demand.Config
	costs    *demand.Costs
	sizes    plan.Sizes
	reckoner *plan.Planner // that finds out whom fields ask, also where nothing is planned
	limits   func(context.Context) demand.Limits
	metrics  *demand.Metrics
}

// newDemands reads what the schema says of costs.
func newDemands(
	all config.Config, served *ast.Schema, edges *loaders.Edges, reckoner *plan.Planner, registry prometheus.Registerer,
) (*demands, error) {
	c := all.GraphQL
	pages := page.Limits{Default: c.Pages.Default, Max: c.Pages.Max}
	costs, err := demand.Read(served, demand.Sizes{Pages: pages, List: c.Plans.ListSize, Leads: edges.Has})
	if err != nil {
		return nil, err
	}
	return &demands{
		config: c.Demand, costs: costs, reckoner: reckoner,
		sizes:   plan.Sizes{Pages: pages, ListSize: c.Plans.ListSize, Lists: costs.ListSize},
		limits:  demandLimits(all),
		metrics: demand.NewMetrics(registry, c.Operations, c.Demand.Mode),
	}, nil
}

// beside is what lies beside a document that is remembered.
type beside struct {
	plans    *plan.Plans
	trees    *demand.Trees
	policies *answers.Policies
	uses     *fieldusage.Shapes
}

// besideSize is what it takes of memory at most.
func besideSize(doc *ast.QueryDocument, nodes int) int {
	return plan.Size(doc, nodes) + demand.Size(doc, nodes) + answers.Size(doc) + fieldusage.Size(doc)
}

func (e *execution) newBeside() *beside {
	d := e.demands
	return &beside{
		plans: d.reckoner.NewPlans(), trees: d.costs.NewTrees(), policies: e.answers.NewPolicies(), uses: new(fieldusage.Shapes),
	}
}

// beside is what lies beside the document of an operation, or would. known is the document where it was found already; it may be
// another by now.
func (e *execution) beside(operation *graphql.OperationContext, known *document.Known) *beside {
	if known == nil {
		known, _ = e.documents.Find(operation.RawQuery)
	}
	if known != nil && known.Document() == operation.Doc {
		if found, ok := known.Beside(e.makeBeside).(*beside); ok {
			return found
		}
	}
	return e.newBeside()
}

func (e *execution) makeBeside() any { return e.newBeside() }

// estimate is what an operation can take at most.
func (d *demands) estimate(operation *graphql.OperationContext, by *beside) demand.Estimate {
	calls, keys := by.plans.Reckoning(operation, d.sizes).Most(operation.Variables)
	return demand.Estimate{Cost: by.trees.Of(operation).Cost(operation.Variables), Calls: int64(calls), Keys: int64(keys)}
}

// most is what an operation can take whose variables are not known, where services are asked for so much.
func (d *demands) most(operation *graphql.OperationContext, services []plan.Demand) demand.Estimate {
	e := demand.Estimate{Cost: d.costs.Compile(operation).Most()}
	for _, each := range services {
		e.Calls, e.Keys = min(e.Calls+int64(each.Calls), demand.Countless), min(e.Keys+int64(each.Keys), demand.Countless)
	}
	return e
}

// spending is what one operation takes.
type spending struct {
	demand.Running

	ctx    reckoned
	name   string
	sent   rest.Tally
	beside *beside
	parts  *plan.Plan  // by which the answer comes in parts; nil where it comes as a whole
	veiled atomic.Bool // whether what was sent tells of records that the caller must not know of
}

type spendingKey struct{}

func spendingFrom(ctx context.Context) *spending {
	s, _ := ctx.Value(spendingKey{}).(*spending)
	return s
}

// reckoned is a context whose work counts for a spending. It is a part of that, and one in the place of three.
type reckoned struct {
	context.Context //nolint:containedctx // it is one

	by *spending
}

// Value implements context.Context.
func (r *reckoned) Value(key any) any {
	switch key.(type) {
	case spendingKey:
		return r.by
	case demand.Key:
		return &r.by.Running
	case rest.TallyKey:
		return &r.by.sent
	default:
		return r.Context.Value(key)
	}
}

// reckon finds out what an operation can take before it runs. The error is that of one that may not. The spending is nil where
// nothing is reckoned.
func (e *execution) reckon(
	ctx context.Context, operation *graphql.OperationContext, known *document.Known,
) (context.Context, *spending, error) {
	d := e.demands
	if d.config.Mode == demand.Off {
		return ctx, nil, nil
	}
	s := &spending{name: operation.Operation.Name, beside: e.beside(operation, known)}
	s.Estimated = d.estimate(operation, s.beside)
	e.divide(ctx, operation, s)
	d.metrics.Estimated(s.name, s.Estimated)
	if over := d.limits(ctx).Over(d.config.Limits).Exceeded(s.Estimated); over != nil {
		d.metrics.Exceeded(over)
		if d.config.Mode == demand.Enforce {
			return ctx, s, over.Problem()
		}
	}
	ctx = s.within(ctx)
	return ctx, s, nil
}

// estimated is what the operation can take at most, as far as that is reckoned.
func (s *spending) estimated() demand.Estimate {
	if s == nil {
		return demand.Estimate{}
	}
	return s.Estimated
}

// again is a context in which the same operation runs once more, for nobody's account.
func (s *spending) again(ctx context.Context) context.Context {
	if s == nil {
		return ctx
	}
	other := &spending{name: s.name, beside: s.beside}
	other.Estimated = s.Estimated
	return other.within(ctx)
}

// within is a context whose work counts for the spending. There is one for each.
func (s *spending) within(ctx context.Context) context.Context {
	s.ctx = reckoned{ctx, s}
	return &s.ctx
}

// shared takes over what an answer cost that was not found out for this operation.
func (s *spending) shared(cost int64) {
	if s != nil {
		s.Took(cost)
	}
}

// cost is what the answer cost so far, as far as that is reckoned.
func (s *spending) cost() int64 {
	if s == nil {
		return 0
	}
	return s.Cost()
}

// hide notes that how much was asked for can tell the caller of a record that is hidden.
func (s *spending) hide() {
	if s != nil {
		s.veiled.Store(true)
	}
}

// took is what the operation took so far.
func (s *spending) took() demand.Estimate {
	return demand.Estimate{Cost: s.Cost(), Calls: s.sent.Calls(), Keys: s.sent.Keys()}
}

// actual is what the operation took as far as its caller may know. Calls count that would have been made if nothing had been
// known, or whoever is refused would find out what is. Where services are asked for other records to find out whose one is, how
// many calls there were tells a stranger that it is there. So where a record is not shown, there or not, as many count as there
// could have been.
func (s *spending) actual() demand.Estimate {
	e := demand.Estimate{Cost: s.Cost()}
	e.Calls, e.Keys = s.sent.Wanted()
	if s.veiled.Load() && e.Calls > 0 {
		e.Calls, e.Keys = s.Estimated.Calls, s.Estimated.Keys
	}
	return e
}

// costExtension is what a request asks by for what it takes, and where the answer has it.
const costExtension = "cost"

// spent tells the metrics what an operation took that has run.
func (d *demands) spent(s *spending) {
	if s != nil {
		d.metrics.Actual(s.name, s.took())
	}
}

// told is a response that says what its operation took, where it was asked.
func (s *spending) told(operation *graphql.OperationContext, response *graphql.Response) *graphql.Response {
	if asked, _ := operation.Extensions[costExtension].(bool); !asked || s == nil || response == nil {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = make(map[string]any)
	}
	response.Extensions[costExtension] = demand.Spent{Estimated: s.Estimated, Actual: s.actual()}.Report()
	return response
}

// planned answers by a plan, and counts what the answer costs where anybody wants to know.
func (e *execution) planned(ctx context.Context, planned *plan.Plan, to []byte) []byte {
	s := spendingFrom(ctx)
	if s == nil {
		return e.planner.Run(ctx, planned, to)
	}
	operation := graphql.GetOperationContext(ctx)
	meter := s.beside.trees.Meter(operation, planned.Places)
	var room [usualPlaces]int
	answered, counts, hides := e.planner.RunCounted(ctx, planned, to, room[:0])
	s.Took(meter.Cost(counts, operation.Variables))
	if hides {
		s.hide()
	}
	return answered
}

// usualPlaces is how many places most answers have.
const usualPlaces = 32

// rules are those that documents are validated by: GraphQL's, and what the schema says of lists.
func (d *demands) rules() *rules.Rules {
	all := document.Rules()
	all.AddRule(d.costs.Rule())
	all.AddRule(incremental.Rule())
	return all
}

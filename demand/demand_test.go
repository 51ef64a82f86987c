package demand_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/problem"
)

// operationIn is the first operation of a document.
func operationIn(doc *ast.QueryDocument, variables map[string]any) *graphql.OperationContext {
	return &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: variables}
}

func TestWhoIsOverALimitIsToldWhichAndByHowMuch(t *testing.T) {
	limits := demand.Limits{Cost: 50_000, Calls: 200, Keys: 20_000}
	for want, e := range map[string]demand.Estimate{
		"": {Cost: 50_000, Calls: 200, Keys: 20_000},
		"cost: the operation costs 120000 where 50000 are allowed":                          {Cost: 120_000, Calls: 500, Keys: 50_000},
		"calls: the operation makes up to 201 calls to services where 200 are allowed":      {Cost: 1, Calls: 201, Keys: 50_000},
		"keys: the operation asks services for up to 25000 records where 20000 are allowed": {Keys: 25_000},
		"cost: the operation costs 2147483647 or more where 50000 are allowed":              {Cost: demand.Countless},
	} {
		got := ""
		if over := limits.Exceeded(e); over != nil {
			got = over.Measure + ": " + over.Problem().Error()
			if kind := problem.KindOf(over.Problem()); kind != problem.TooCostly || kind.Status() != 400 {
				t.Errorf("it is a problem of kind %v", kind)
			}
		}
		if got != want {
			t.Errorf("of %+v it says %q, want %q", e, got, want)
		}
	}
	if over := (demand.Limits{}).Exceeded(demand.Estimate{Cost: demand.Countless, Calls: 1e9, Keys: 1e9}); over != nil {
		t.Errorf("without limits it says %v", over)
	}
}

func TestLimitsThatSayNothingAreThoseBelow(t *testing.T) {
	base := demand.Limits{Cost: 1, Calls: 2, Keys: 3}
	for over, want := range map[demand.Limits]demand.Limits{
		{}:                           base,
		{Cost: 9}:                    {Cost: 9, Calls: 2, Keys: 3},
		{Calls: 9}:                   {Cost: 1, Calls: 9, Keys: 3},
		{Cost: 7, Calls: 8, Keys: 9}: {Cost: 7, Calls: 8, Keys: 9},
	} {
		if got := over.Over(base); got != want {
			t.Errorf("%+v over %+v is %+v", over, base, got)
		}
	}
}

func TestSettingsThatCannotWorkAreReported(t *testing.T) {
	reported := func(validate func(fail func(path, message string))) (paths []string) {
		validate(func(path, _ string) { paths = append(paths, path) })
		return paths
	}
	bad := demand.Config{Mode: "on", Limits: demand.Limits{Cost: 0, Calls: -1, Keys: 3e9}}
	if diff := cmp.Diff([]string{"mode", "cost", "calls", "keys"}, reported(bad.Validate)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"calls", "keys"}, reported(bad.Limits.Validate)); diff != "" {
		t.Errorf("mistakes of limits over others (-want +got):\n%s", diff)
	}
	if got := reported(demand.DefaultConfig().Validate); got != nil {
		t.Errorf("the defaults have mistakes: %v", got)
	}
}

func TestAFieldCanAskForExactlyOneSlicingArgument(t *testing.T) {
	schema := schemaOf(t, `type A { id: ID } type Query {
		strict(first: Int, last: Int): [A] @listSize(slicingArguments: ["first", "last"])
		usual(first: Int = 3, last: Int): [A] @listSize(slicingArguments: ["first", "last"])
		loose(first: Int): [A] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
		assumed: [A] @listSize(assumedSize: 3)
	}`)
	all := rules.NewDefaultRules()
	all.AddRule(costsOf(t, schema).Rule())
	const wrong = "input:1:3: field strict needs exactly one of the arguments first, last"
	for query, want := range map[string]string{
		`{ strict(first: 1) { id } }`:            "",
		`{ strict(last: 1, first: null) { id }}`: "",
		`{ strict { id } }`:                      wrong,
		`{ strict(first: null) { id } }`:         wrong,
		`{ strict(first: 1, last: 2) { id } }`:   wrong,
		`{ usual { id } }`:                       "",
		`{ usual(last: 1, first: null) { id } }`: "",
		`{ loose { id } assumed { id } }`:        "",
	} {
		_, errs := gqlparser.LoadQueryWithRules(schema, query, all)
		got := ""
		if len(errs) > 0 {
			got = strings.TrimSpace(errs.Error())
		}
		if got != want {
			t.Errorf("of %s it says %q, want %q", query, got, want)
		}
	}
}

func TestWhatGqlgenAnswersIsCounted(t *testing.T) {
	schema := schemaOf(t, `type A { id: ID b: [B] } type B { a: A } type Query { a: [A] }`)
	operation := operationOf(t, schema, `{ a { id b { a { id } } } }`, nil)
	costs := costsOf(t, schema)
	running := &demand.Running{Estimated: demand.Estimate{Cost: costs.Compile(operation).Cost(nil)}}
	running.Tally(costs, operation)
	type thing struct{}
	var none *thing
	query := schema.Types["Query"].Fields.ForName("a")
	if !costs.Counts("Query", query) || costs.Counts("A", schema.Types["A"].Fields.ForName("id")) {
		t.Error("what is counted are objects")
	}
	field := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Query"})[0]
	running.Add(field, []*thing{{}, none, {}})
	below := graphql.CollectFields(operation, field.Selections, []string{"A"})[1]
	running.Add(below, []any{&thing{}, map[string]any{}, nil})
	running.Add(below, none)
	running.Add(below, nil)
	if got := running.Cost(); got != 2+2*(1+1)+2*(1+1) {
		t.Errorf("it costs %d", got)
	}
	if demand.From(context.WithValue(t.Context(), demand.Key{}, running)) != running || demand.From(t.Context()) != nil {
		t.Error("the running operation is another")
	}
	var nobody *demand.Running
	nobody.Tally(costs, operation)
	nobody.Add(field, 1)
}

func TestCallersAreToldTotals(t *testing.T) {
	text, _ := json.Marshal(demand.Spent{Estimated: demand.Estimate{Cost: 1, Calls: 2, Keys: 3}, Actual: demand.Estimate{Cost: 4, Calls: 5, Keys: 6}}.Report())
	const want = `{"estimated":1,"actual":4,"calls":{"estimated":2,"actual":5},"keys":{"estimated":3,"actual":6}}`
	if string(text) != want {
		t.Errorf("they are told %s, want %s", text, want)
	}
}

func TestMetricsTellKnownOperationsApart(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := demand.NewMetrics(registry, []string{"Home"}, demand.Measure)
	m.Estimated("Home", demand.Estimate{Cost: 20, Calls: 2, Keys: 3})
	m.Actual("Home", demand.Estimate{Cost: 10})
	m.Estimated("made up", demand.Estimate{Cost: 7})
	m.Exceeded(demand.Limits{Keys: 1}.Exceeded(demand.Estimate{Keys: 2}))
	const want = `
		# HELP concierge_operations_too_costly_total Operations over a limit of demand, by the measure: refused in the mode enforce, and run in the mode measure.
		# TYPE concierge_operations_too_costly_total counter
		concierge_operations_too_costly_total{measure="calls",mode="measure"} 0
		concierge_operations_too_costly_total{measure="cost",mode="measure"} 0
		concierge_operations_too_costly_total{measure="keys",mode="measure"} 1
	`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "concierge_operations_too_costly_total"); err != nil {
		t.Error(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]float64)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if h := metric.GetHistogram(); h.GetSampleCount() > 0 {
				sums[family.GetName()+" "+metric.GetLabel()[0].GetValue()+" "+metric.GetLabel()[1].GetValue()] = h.GetSampleSum()
			}
		}
	}
	told := map[string]float64{
		"concierge_operation_cost Home estimated": 20, "concierge_operation_calls Home estimated": 2, "concierge_operation_keys Home estimated": 3,
		"concierge_operation_cost Home actual": 10, "concierge_operation_calls Home actual": 0, "concierge_operation_keys Home actual": 0,
		"concierge_operation_cost other estimated": 7, "concierge_operation_calls other estimated": 0, "concierge_operation_keys other estimated": 0,
	}
	if diff := cmp.Diff(told, sums); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
}

func TestTreesAreMadeOnceForEachCombinationOfConditions(t *testing.T) {
	schema := schemaOf(t, `type A { a: A } type Query { a: A }`)
	operation := operationOf(t, schema, `query($x: Boolean!) { a { a @skip(if: $x) { __typename } } }`, map[string]any{"x": true})
	trees := costsOf(t, schema).NewTrees()
	with, without := trees.Of(operation), trees.Of(operationIn(operation.Doc, map[string]any{"x": false}))
	if with == without || trees.Of(operation) != with || with.Cost(nil) != 3 || without.Cost(nil) != 5 {
		t.Errorf("they cost %d and %d", with.Cost(nil), without.Cost(nil))
	}
	places := func() [][]string { return [][]string{{"a"}} }
	if m := trees.Meter(operation, places); m != trees.Meter(operation, nil) || m.Cost([]int{1}, nil) != 3 {
		t.Error("there is another meter")
	}
	if got := demand.Size(operation.Doc, 10); got < 8*10*200 {
		t.Errorf("it says %d bytes", got)
	}
}

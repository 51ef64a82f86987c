package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

// outcome is what an operation is, or why there is none.
type outcome struct {
	Known         bool
	Name          string
	Variables     map[string]any
	Introspection bool
	Refused       []string
}

func outcomeOf(t *testing.T, i *intake, params graphql.RawParams) outcome {
	t.Helper()
	sent := params
	operation, known, refused := i.take(t.Context(), time.Now(), &params)
	got := outcome{
		Known: known != nil, Name: operation.OperationName, Variables: operation.Variables,
		Introspection: !operation.DisableIntrospection,
	}
	if len(refused) == 0 {
		return got
	}
	for _, each := range restate(refused, operation, &sent) {
		shown := problem.Present(each, "")
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		got.Refused = append(got.Refused, string(text))
	}
	return got
}

// The first time an operation goes through gqlgen's executor, and then no more.
func TestAnOperationOfARememberedDocumentIsWhatItWasTheFirstTime(t *testing.T) {
	i := openEverything(t).current().execution.intake
	const (
		one = `query One($id: ID!, $n: Int = 3, $c: String, $on: Boolean = true) { order(id: $id) { id @include(if: $on) }
			orders(first: $n, after: $c) { nodes { id } } }`
		put = `mutation Put($in: PlaceOrderInput!) { placeOrder(input: $in) { order { id } } }`
		two = `query A { me { id } } query B { __schema { description } } query C { ...F } fragment F on Query { __type(name: "User") { name } }`
	)
	values := func(text string) (all map[string]any) {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	for at, params := range []graphql.RawParams{
		{Query: one, Variables: values(`{"id": "7"}`)},
		{Query: one, Variables: values(`{"id": "7", "c": "bzo0", "on": false, "unknown": 1}`)},
		{Query: one, Variables: map[string]any{"id": json.Number("7"), "n": json.Number("5")}},
		{Query: one, Variables: map[string]any{"id": "7", "c": nil}},
		{Query: one, Variables: values(`{"id": "7", "on": null}`)},
		{Query: one, Variables: values(`{"id": null}`)},
		{Query: one, Variables: map[string]any{"id": "7", "n": json.Number("1.5")}},
		{Query: one, Variables: map[string]any{"id": "7", "n": json.Number("5000000000")}},
		{Query: one, Variables: values(`{"id": "7", "n": "5"}`)},
		{Query: one, Variables: values(`{"id": "7", "c": true}`)},
		{Query: one, Variables: map[string]any{"id": "7", "c": json.Number("1")}},
		{Query: one, Variables: values(`{"id": ["7"]}`)},
		{Query: one},
		{Query: put, Variables: map[string]any{"in": map[string]any{
			"items":           map[string]any{"productId": json.Number("7"), "quantity": json.Number("1")},
			"shippingAddress": map[string]any{"street": "a", "city": "b", "zip": "c"},
		}}},
		{Query: put, Variables: values(`{"in": {"items": [{"productId": "7", "quantity": "1"}]}}`)},
		{Query: put, Variables: values(`{"in": {"items": [], "other": 1}}`)},
		{Query: one, OperationName: "Other"},
		{Query: two},
		{Query: two, OperationName: "A"},
		{Query: two, OperationName: "B"},
		{Query: two, OperationName: "C"},
	} {
		params.Query += strings.Repeat(" ", at) // which makes it another document
		first := outcomeOf(t, i, params)
		again := outcomeOf(t, i, params)
		if first.Known || !again.Known {
			t.Errorf("%s with %v is remembered: %t, then %t", params.OperationName, params.Variables, first.Known, again.Known)
		}
		again.Known = false
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("%s with %v (-first +again):\n%s", params.OperationName, params.Variables, diff)
		}
	}
}

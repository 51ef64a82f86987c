package gateway

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"

	"github.com/concierge-gateway/concierge/graph"
)

func TestAnEventIsReadByAQuery(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for name, c := range map[string]struct{ subscription, want, id string }{
		"plain": {
			`subscription { orderStatusChanged(orderId: 7) { id } }`,
			`query ($event: ID!) { orderStatusChanged: order(id: $event) { id } }`, "event",
		},
		"names, fragments and variables": {
			`subscription Mine($id: ID!, $event: Boolean!) { ...Root }
			fragment Root on Subscription { it: paymentStatusChanged(orderId: $id) { ...Part order @skip(if: $event) { id } } }
			fragment Part on Payment { amount { amount } ... on Payment { method } }`,
			`query Mine ($event_: ID!, $event: Boolean!) { it: payment(id: $event_) { ... Part order @skip(if: $event) { id } } }` +
				` fragment Part on Payment { amount { amount } ... on Payment { method } }`, "event_",
		},
		"one field in two pieces": {
			`subscription { orderStatusChanged(orderId: 7) { id } orderStatusChanged(orderId: 7) { status } }`,
			`query ($event: ID!) { orderStatusChanged: order(id: $event) { id status } }`, "event",
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc, errs := gqlparser.LoadQueryWithRules(schema, c.subscription, nil)
			if errs != nil {
				t.Fatal(errs)
			}
			operation := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]}
			fields := graphql.CollectFields(operation, doc.Operations[0].SelectionSet, []string{subscriptionType})
			text, id := queryOf(operation, fields[0], kindsTold[fields[0].Name].read)
			if got := strings.Join(strings.Fields(text), " "); got != c.want || id != c.id {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if _, errs := gqlparser.LoadQueryWithRules(schema, text, nil); errs != nil {
				t.Errorf("it is not valid: %v", errs)
			}
		})
	}
}

// Every field of Subscription has something that it tells of, of the type that the query for an event reads.
func TestEverySubscriptionIsReadByAQuery(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, field := range schema.Subscription.Fields {
		read := schema.Query.Fields.ForName(kindsTold[field.Name].read)
		switch {
		case read == nil || kindsTold[field.Name].kind == "" || len(kindsTold[field.Name].types) == 0:
			t.Errorf("%s tells of nothing", field.Name)
		case read.Type.String() != field.Type.String():
			t.Errorf("%s is %s, and is read as %s", field.Name, field.Type, read.Type)
		}
	}
}

func TestAFirstMessageBringsFieldsThatItMay(t *testing.T) {
	allowed := []string{"Authorization", "X-Api-Key"}
	got, ok := headerIn([]byte(`{"authorization":"a","x-api-key":7,"Cookie":"c","headers":{"X-API-KEY":"k","authorization":"b"}}`), allowed, 9)
	if !ok || len(got) != 2 || got.Get("Authorization") != "a" || got.Get("X-Api-Key") != "k" {
		t.Errorf("got %v and %v", got, ok)
	}
	for _, payload := range []string{"", "null", `{"headers":[]}`, `[]`, `{"authorization":null}`, `{"cookie":"a\r\nb: c"}`} {
		if got, ok := headerIn([]byte(payload), allowed, 9); len(got) > 0 || !ok {
			t.Errorf("%q brings %v, %v", payload, got, ok)
		}
	}
	for _, payload := range []string{
		`{"authorization":"a\r\nb: c"}`, `{"authorization":"\u0000"}`, `{"headers":{"x-api-key":"a\n"}}`,
		`{"authorization":"1234567890"}`, `{"authorization":"a","Authorization":"b"}`,
	} {
		if got, ok := headerIn([]byte(payload), allowed, 9); ok {
			t.Errorf("%q is taken, and brings %v", payload, got)
		}
	}
}

package tests

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
)

// orderOf is an order of a principal's, and its payment.
func (p *program) orderOf(t *testing.T, principal string) (order, payment int) {
	t.Helper()
	got := p.run(t, operation{as: principal, query: `{ me { orders(first: 50) { nodes { id payment { id } } } } }`})
	var said struct {
		Data struct {
			Me struct {
				Orders struct {
					Nodes []struct {
						ID      string
						Payment *struct{ ID string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(got.body, &said); err != nil {
		t.Fatal(err)
	}
	for _, each := range said.Data.Me.Orders.Nodes {
		if each.Payment != nil {
			order, _ = strconv.Atoi(each.ID)
			payment, _ = strconv.Atoi(each.Payment.ID)
			return order, payment
		}
	}
	t.Fatalf("there is no order with a payment: %s", got.body)
	return 0, 0
}

// subscribed waits until so many subscriptions are under way.
func (p *program) subscribed(t *testing.T, transport string, n int) {
	t.Helper()
	eventually(t, strconv.Itoa(n)+" subscriptions are under way", func() bool {
		return p.reads(t, `concierge_subscriptions{transport="`+transport+`"}`) == strconv.Itoa(n)
	})
}

func TestCustomersAreToldOfTheirOrders(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard))
	order, payment := p.orderOf(t, "customer")
	id := strconv.Itoa(order)
	orders := `subscription Mine { orderStatusChanged(orderId: ` + id + `) { id user { id ...Name } } } fragment Name on User { name }`
	payments := `subscription { paid: paymentStatusChanged(orderId: "` + id + `") { id order { id } } }`
	first := `{"orderStatusChanged":{"id":"` + id + `","user":{"id":"7","name":"Yuki Hughes"}}}`
	second := `{"paid":{"id":"` + strconv.Itoa(payment) + `","order":{"id":"` + id + `"}}}`

	s := p.connect(t, "customer")
	s.subscribe("a", orders)
	s.subscribe("b", payments)
	p.subscribed(t, "websocket", 2)
	stream := p.listen(t, operation{query: orders})
	p.subscribed(t, "sse", 1)

	p.happens(t, "order", order, 0)
	s.want(`{"type":"next","id":"a","payload":{"data":` + first + `}}`)
	stream.want(`next {"data":` + first + `}`)
	p.happens(t, "payment", payment, order)
	s.want(`{"type":"next","id":"b","payload":{"data":` + second + `}}`)
	s.say(`{"id":"b","type":"complete"}`)
	p.subscribed(t, "websocket", 1)
	p.happens(t, "payment", payment, order)
	p.happens(t, "order", order+1, 0)
	p.happens(t, "order", order, 0)
	s.want(`{"type":"next","id":"a","payload":{"data":` + first + `}}`)
	stream.want(`next {"data":` + first + `}`)
}

func TestStrangersAreToldOfNothing(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard))
	order, _ := p.orderOf(t, "customer")
	id := strconv.Itoa(order)
	const missing = `[{"message":"there is no such order","path":["it"],"locations":[{"line":1,"column":16}],"extensions":{"code":"NOT_FOUND"}}]`
	s := p.connect(t, "stranger")
	for _, query := range []string{
		`subscription { it: orderStatusChanged(orderId: ` + id + `) { id } }`,
		`subscription { it: paymentStatusChanged(orderId: ` + id + `) { id } }`,
		`subscription { it: orderStatusChanged(orderId: 999999999) { id } }`,
	} {
		s.subscribe("1", query)
		s.want(`{"type":"error","id":"1","payload":` + missing + `}`)
	}
	query := `subscription { it: orderStatusChanged(orderId: ` + id + `) { id } }`
	p.listen(t, operation{as: "stranger", query: query}).want(`next {"errors":` + missing + `}`)
	s.subscribe("2", `subscription { orderStatusChanged(orderId: 1) { id } paymentStatusChanged(orderId: 1) { id } }`)
	if got := s.hear(); !strings.Contains(got, `"type":"error"`) || !strings.Contains(got, "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("two fields: %s", got)
	}
	s.subscribe("3", `subscription { __typename }`)
	if got := s.hear(); !strings.Contains(got, `"type":"error"`) {
		t.Errorf("a field of introspection: %s", got)
	}
	if got := p.run(t, operation{query: query}); got.status != http.StatusOK || !strings.Contains(string(got.body), "NOT_ACCEPTABLE") {
		t.Errorf("as one answer: %d %s", got.status, got.body)
	}
}

func TestQueriesAndMutationsGoOverASocket(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard))
	s := p.connect(t, "customer")
	s.subscribe("1", `{ me { id } }`)
	s.want(`{"type":"next","id":"1","payload":{"data":{"me":{"id":"7"}}}}`)
	s.want(`{"type":"complete","id":"1"}`)
	s.subscribe("1", `mutation { cancelOrder(id: 999999999) { userErrors { code } } }`)
	s.want(`{"type":"next","id":"1","payload":{"data":{"cancelOrder":{"userErrors":[{"code":"NOT_FOUND"}]}}}}`)
	s.want(`{"type":"complete","id":"1"}`)
	s.subscribe("1", `{ nothing }`)
	if got := s.hear(); !strings.HasPrefix(got, `{"type":"error","id":"1","payload":[{`) {
		t.Errorf("a document that is no good: %s", got)
	}
}

func TestWhoeverShowsNoGoodCredentialIsTurnedAway(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard))
	s := p.dial(t, nil)
	s.say(`{"type":"connection_init","payload":{"Authorization":"Bearer nonsense"}}`)
	s.wantClosed(4403)
	s = p.dial(t, nil)
	s.say(`{"type":"connection_init"}`)
	s.wantClosed(4403)
	s = p.dial(t, http.Header{"Authorization": {"Bearer " + p.token(t, "customer")}})
	s.say(`{"type":"connection_init"}`)
	s.want(`{"type":"connection_ack"}`)
	if _, response, err := websocket.Dial(t.Context(), p.public+"/graphql", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"https://evil.example"}}, Subprotocols: []string{"graphql-transport-ws"},
	}); err == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another origin got %v", response)
	}
}

func TestASubscriptionEndsWithItsCredential(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard))
	order, _ := p.orderOf(t, "customer")
	s := p.dial(t, nil)
	short, err := auth.Sign(p.config.Auth, "7", nil, 5*time.Second, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.say(`{"type":"connection_init","payload":{"headers":{"authorization":"Bearer ` + short + `"}}}`)
	s.want(`{"type":"connection_ack"}`)
	s.subscribe("1", `subscription { orderStatusChanged(orderId: `+strconv.Itoa(order)+`) { id } }`)
	s.wantClosed(4403)
}

func TestThereAreLimits(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard)+
		"subscriptions: {max_connections_per_principal: 2, max_operations: 2, max_per_principal: 3}\n")
	order, _ := p.orderOf(t, "customer")
	query := `subscription { orderStatusChanged(orderId: ` + strconv.Itoa(order) + `) { id } }`
	first, second := p.connect(t, "customer"), p.connect(t, "customer")
	third := p.dial(t, nil)
	third.say(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + p.token(t, "customer") + `"}}`)
	third.wantClosed(4503)
	first.subscribe("1", query)
	first.subscribe("2", query)
	p.subscribed(t, "websocket", 2)
	const over = `SUBSCRIPTION_LIMIT_EXCEEDED`
	first.subscribe("3", query)
	if got := first.hear(); !strings.Contains(got, over) {
		t.Errorf("a third operation: %s", got)
	}
	second.subscribe("1", query)
	p.subscribed(t, "websocket", 3)
	second.subscribe("2", query)
	if got := second.hear(); !strings.Contains(got, over) {
		t.Errorf("a fourth subscription: %s", got)
	}
	if got := p.listen(t, operation{query: query}).next(); !strings.Contains(got, over) {
		t.Errorf("a third connection: %s", got)
	}
}

func TestADrainTellsClientsToGoElsewhere(t *testing.T) {
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	p := launch(t, services, tellingEvents(standard), telling(io.Discard))
	order, _ := p.orderOf(t, "customer")
	query := `subscription { orderStatusChanged(orderId: ` + strconv.Itoa(order) + `) { id } }`
	s := p.connect(t, "customer")
	s.subscribe("1", query)
	p.subscribed(t, "websocket", 1)
	stream := p.listen(t, operation{query: query})
	p.subscribed(t, "sse", 1)
	p.stop()
	s.wantClosed(websocket.StatusGoingAway)
	stream.want("") // and nothing that says that it is complete
	if err := <-p.ended; err != nil {
		t.Errorf("the gateway ended with %v", err)
	}
}

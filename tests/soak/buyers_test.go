package soak

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
)

// buyer orders, is told of what becomes of the order, pays, and is paid back by an admin.
type buyer struct {
	*soak

	as     caller
	admin  caller
	turn   int
	placed map[int64]bool // orders that were answered
	unsure int            // writes of which nobody knows whether an order was placed
}

func (s *soak) newBuyer(n int64) *buyer {
	return &buyer{
		soak: s, as: caller{name: fmt.Sprint("buyer ", n), id: 60 + n}, admin: everybody()[2], placed: make(map[int64]bool),
	}
}

func (b *buyer) keepBuying(ctx context.Context, pace time.Duration) {
	for pause(ctx, pace) {
		b.turn++
		b.story(ctx)
	}
}

// story is one order's life.
func (b *buyer) story(ctx context.Context) {
	id, ok := b.place()
	if !ok {
		return
	}
	b.placed[id] = true
	listen := b.overSSE
	if b.turn%2 == 0 {
		listen = b.overWebSocket
	}
	hearing, err := b.subscribe(ctx, listen, id)
	if err != nil {
		return
	}
	defer func() {
		hearing.end()
		for range len(hearing.said) {
			b.failf("event by "+hearing.way, "order %d: there is one more: %s", id, <-hearing.said)
		}
	}()
	pay := fmt.Sprintf("mutation Soak_pay { payOrder(input: {orderId: %d, method: PAYPAL}) { payment { status order { id status } } "+
		"userErrors { code } } }", id)
	paid := map[string]any{"status": "CAPTURED", "order": map[string]any{"id": strconv.FormatInt(id, 10), "status": "PAID"}}
	if payment, ok := b.change("payOrder", b.as, pay, paid); !ok || !b.expect(hearing, id, "PAID") || payment == nil {
		return
	}
	number, ok := b.paymentOfOrder(id)
	if !ok || !pause(ctx, time.Second) {
		return
	}
	refund := fmt.Sprintf("mutation Soak_refund { refundPayment(id: %d) { payment { status order { id status } } userErrors { code } } }", number)
	refunded := map[string]any{"status": "REFUNDED", "order": map[string]any{"id": strconv.FormatInt(id, 10), "status": "REFUNDED"}}
	if _, ok := b.change("refundPayment", b.admin, refund, refunded); ok {
		b.expect(hearing, id, "REFUNDED")
	}
}

// keepWatching subscribes to an order with which nothing happens, and again whenever that ends: it must do so for a reason.
func (b *buyer) keepWatching(ctx context.Context, listen listener) {
	for pause(ctx, 100*time.Millisecond) {
		h, err := b.subscribe(ctx, listen, b.as.id)
		if err != nil {
			continue
		}
		select {
		case said := <-h.said:
			b.failf("event by "+h.way, "of an order with which nothing happened: %s", said)
		case <-h.closed:
			b.closed(h, b.as.id)
		case <-ctx.Done():
		}
		h.end()
	}
}

// place orders something by one door or the other, and now and then once more by the same key.
func (b *buyer) place() (id int64, ok bool) {
	r := request{
		kind: "GraphQL, placeOrder", as: b.as, method: http.MethodPost, path: "/graphql",
		header: map[string]string{"Idempotency-Key": fmt.Sprintf(`"buyer-%d-%d"`, b.as.id, b.turn)},
		body: map[string]any{"query": `mutation Soak_place { placeOrder(input: {items: [{productId: 3, quantity: 2}], ` +
			`shippingAddress: {street: "1 Main Street", city: "Springfield", zip: "12345"}}) { order { id status } userErrors { code } } }`},
	}
	if b.turn%3 == 0 {
		r.kind, r.path = "REST, POST /v2/orders", "/v2/orders"
		r.body = map[string]any{
			"items":           []any{map[string]any{"productId": "3", "quantity": 2}},
			"shippingAddress": map[string]any{"street": "1 Main Street", "city": "Springfield", "zip": "12345"},
		}
	}
	id, ok = b.placeOnce(r)
	if !ok {
		b.unsure++
		return 0, false
	}
	if b.turn%4 == 0 {
		if again, ok := b.placeOnce(r); ok && again != id {
			b.failf(r.kind, "by the same key, order %d was placed after %d", again, id)
		}
	}
	return id, true
}

func (b *buyer) placeOnce(r request) (id int64, ok bool) {
	got := b.send(r)
	if b.lost(r, got) {
		return 0, false
	}
	var said map[string]any
	if err := decode(bytes.NewReader(got.body), &said); err != nil {
		b.failf(r.kind, "%v: %d %s", err, got.status, got.body)
		return 0, false
	}
	of := said
	if data, ok := said["data"].(map[string]any); ok {
		of, _ = data["placeOrder"].(map[string]any)
	}
	order, _ := of["order"].(map[string]any)
	text, _ := order["id"].(string)
	if id, _ = strconv.ParseInt(text, 10, 64); id <= int64(len(b.orders)) || said["errors"] != nil {
		b.failf(r.kind, "%d %s", got.status, got.body)
		return 0, false
	}
	b.good(r.kind)
	return id, true
}

// change makes a mutation whose payment must be as wanted. It is false where nobody knows whether it was made.
func (b *buyer) change(name string, as caller, text string, want map[string]any) (payment map[string]any, ok bool) {
	r := request{
		kind: "GraphQL, " + name, as: as, method: http.MethodPost, path: "/graphql", body: map[string]any{"query": text},
		header: map[string]string{"Idempotency-Key": fmt.Sprintf(`"%s-%d-%d"`, name, b.as.id, b.turn)},
	}
	got := b.send(r)
	if b.lost(r, got) {
		return nil, false
	}
	said, err := read(got)
	if err != nil {
		b.failf(r.kind, "%v: %d %s", err, got.status, got.body)
		return nil, false
	}
	for _, each := range said.Errors {
		if upstreams(each.Extensions.Code) && b.during(paymentDown, got.from, time.Now()) {
			b.explain(r.kind, paymentDown)
			return nil, false
		}
	}
	data, _ := said.Data.(map[string]any)
	payload, _ := data[name].(map[string]any)
	payment, _ = payload["payment"].(map[string]any)
	if diff := cmp.Diff(want, payment); diff != "" || len(said.Errors) > 0 {
		b.failf(r.kind, "%s: %s", diff, got.body)
		return nil, false
	}
	b.good(r.kind)
	return payment, true
}

// paymentOfOrder reads which payment an order has now: the event has ended what was kept of it.
func (b *buyer) paymentOfOrder(order int64) (id int64, ok bool) {
	r := request{kind: "GraphQL, after an event", as: b.as, method: http.MethodPost, path: "/graphql", body: map[string]any{
		"query": fmt.Sprintf("query Soak_after { order(id: %d) { status payment { id status } } }", order),
	}}
	since := time.Now()
	for {
		got := b.send(r)
		if b.lost(r, got) {
			return 0, false
		}
		said, err := read(got)
		if err != nil {
			b.failf(r.kind, "%v: %d %s", err, got.status, got.body)
			return 0, false
		}
		if partial(said) && b.during(paymentDown, got.from, time.Now()) {
			b.explain(r.kind, paymentDown)
			return 0, false
		}
		data, _ := said.Data.(map[string]any)
		of, _ := data["order"].(map[string]any)
		payment, _ := of["payment"].(map[string]any)
		text, _ := payment["id"].(string)
		id, _ = strconv.ParseInt(text, 10, 64)
		late := time.Since(since)
		switch {
		case of["status"] == "PAID" && payment["status"] == "CAPTURED" && id > 0:
			b.good(r.kind)
			return id, true
		case late > unheard || len(said.Errors) > 0:
			b.failf(r.kind, "%v after the event: %d %s", late, got.status, got.body)
			return 0, false
		}
		b.count("answers from before an event, of an instance that has not heard of it")
		if !pause(context.Background(), 20*time.Millisecond) {
			return 0, false
		}
	}
}

// checkOrders holds what was answered against what the order service has: each order that was answered is there, and no other, apart from
// those of whose writes nobody knows.
func (b *buyer) checkOrders(ctx context.Context) {
	all, err := readPage(ctx, fmt.Sprintf("%s/orders?user_id=%d&limit=100", b.services.URLs("order")[0], b.as.id))
	for offset := 100; err == nil && len(all) == offset; offset += 100 {
		var more []record
		more, err = readPage(ctx, fmt.Sprintf("%s/orders?user_id=%d&limit=100&offset=%d", b.services.URLs("order")[0], b.as.id, offset))
		all = append(all, more...)
	}
	if err != nil {
		b.failf("orders at the end", "%v", err)
		return
	}
	found := make(map[int64]bool)
	for _, each := range all {
		if id := number(each["id"]); id > int64(len(b.orders)) {
			found[id] = true
		}
	}
	for id := range b.placed {
		if !found[id] {
			b.failf("orders at the end", "order %d was answered, and is not there", id)
		}
	}
	if more := len(found) - len(b.placed); more > b.unsure {
		b.failf("orders at the end", "%s has %d orders more than were answered, and %d writes without an answer", b.as.name, more, b.unsure)
	} else {
		b.good("orders of a buyer, each placed once")
	}
}

// opening keeps subscriptions from beginning at the same time, so that the instances' figures say of each when it is there.
var opening sync.Mutex

package tests

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/concierge-gateway/concierge/demo"
)

// change is one write by somebody at a gateway.
type change struct {
	gateway int
	by      *patron
	mishap  string
	of      ref // the record that is written; without an id, one is made
	beside  ref // the record of which only one of such writes is made at a time; of itself, if it is none
	do      inquiry
}

// chores are ways to write, each for somebody who may.
var chores = map[string]func(p *pair, by *patron, n [3]int) (c change, ok bool){
	"placeOrder": func(p *pair, by *patron, n [3]int) (change, bool) {
		a, b := p.pick(demo.Product, n[0]), p.pick(demo.Product, n[1])
		ok := !by.isNobody() && len(p.all(demo.Order, nil)) < 60
		return change{of: ref{kind: demo.Order}, do: inquiry{query: fmt.Sprintf(`mutation { placeOrder(input: {items: [{productId: %d, quantity: 1}, {productId: %d, quantity: 1}],
			shippingAddress: {street: "a", city: "b", zip: "c"}}) { order %s userErrors { code } } }`, a.id, b.id, orderFields)}}, ok
	},
	"cancelOrder": func(p *pair, by *patron, n [3]int) (change, bool) {
		at, ok := p.ownOrder(by, n[0])
		return change{of: at, do: inquiry{query: fmt.Sprintf(`mutation { cancelOrder(id: %d) { order %s userErrors { code } } }`, at.id, orderFields)}}, ok
	},
	"payOrder": func(p *pair, by *patron, n [3]int) (change, bool) {
		at, ok := p.ownOrder(by, n[0])
		return change{of: p.paymentOf(at), beside: at, do: inquiry{query: fmt.Sprintf(`mutation { payOrder(input: {orderId: %d, method: PAYPAL}) { payment { id amount { currency } order %s } userErrors { code } } }`, at.id, orderFields)}}, ok
	},
	"refundPayment": func(p *pair, by *patron, n [3]int) (change, bool) {
		at := p.pick(demo.Payment, n[0])
		return change{of: at, beside: p.orderOf(at), do: inquiry{query: fmt.Sprintf(`mutation { refundPayment(id: %d) { payment { id amount { currency } order %s } userErrors { code } } }`, at.id, orderFields)}}, by.may("payments:refund")
	},
	"updateProfile": func(_ *pair, by *patron, n [3]int) (change, bool) {
		return change{of: ref{demo.User, wholeOf(by.id)}, do: inquiry{query: fmt.Sprintf(`mutation { updateProfile(input: {phone: "%d"}) { user { id name email } userErrors { code } } }`, n[0])}}, !by.isNobody()
	},
	"PATCH me": func(_ *pair, by *patron, n [3]int) (change, bool) {
		return change{of: ref{demo.User, wholeOf(by.id)}, do: inquiry{method: "PATCH", path: "/me", body: fmt.Sprintf(`{"phone": "%d"}`, n[0])}}, !by.isNobody()
	},
	"PATCH an order": func(p *pair, by *patron, n [3]int) (change, bool) {
		at := p.pick(demo.Order, n[0])
		return change{of: at, do: inquiry{method: "PATCH", path: fmt.Sprintf("/orders/%d", at.id), body: `{"status": "cancelled"}`}}, by.may("orders:write")
	},
	"PATCH a product": func(p *pair, by *patron, n [3]int) (change, bool) {
		at := p.pick(demo.Product, n[0])
		return change{of: at, do: inquiry{method: "PATCH", path: fmt.Sprintf("/products/%d", at.id), body: fmt.Sprintf(`{"stock": %d}`, n[1])}}, by.may("stock:write")
	},
	"POST a product": func(p *pair, by *patron, n [3]int) (change, bool) {
		ok := by.may("stock:write") && len(p.all(demo.Product, nil)) < 20
		return change{of: ref{kind: demo.Product}, do: inquiry{method: "POST", path: "/products", body: fmt.Sprintf(`{"stock": %d}`, n[1])}}, ok
	},
	"PUT a file": func(p *pair, by *patron, n [3]int) (change, bool) {
		at := p.pick(fileKind, n[0])
		return change{of: at, do: inquiry{method: "PUT", path: fmt.Sprintf("/files/%d", at.id), body: `{}`}}, by.may("stock:write")
	},
}

func (p *pair) ownOrder(by *patron, n int) (at ref, ok bool) {
	all := p.all(demo.Order, func(_ int64, g *good) bool { return strconv.FormatInt(g.user, 10) == by.id })
	if len(all) == 0 {
		return ref{}, false
	}
	return all[n%len(all)], true
}

// paymentOf is the payment of an order, without an id where there is none yet.
func (p *pair) paymentOf(order ref) ref {
	all := p.all(demo.Payment, func(_ int64, g *good) bool { return g.order == order.id })
	return append(all, ref{kind: demo.Payment})[0]
}

func (m *mart) orderOf(payment ref) ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	return ref{demo.Order, m.goods[payment].order}
}

// makes writes, and says what is wrong with the answer. Of one record there is one write at a time, so that it is known what it
// has changed.
func (p *pair) makes(c change) error {
	if c.beside == (ref{}) {
		c.beside = c.of
	}
	lock, _ := p.writing.LoadOrStore(ref{c.of.kind + " of " + c.beside.kind, c.beside.id}, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	before := p.expect(c.of, c.mishap)
	known := p.now(c.gateway)
	req, err := c.do.request(p.gateways[c.gateway].public, false)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", plainJSON)
	c.by.identify(req)
	got, err := p.send(req)
	if err != nil {
		return err
	}
	p.count(func(t *tallyOfPair) { t.writes++ })
	stamps := stampsIn(got.body)
	effects := p.effectsOf(c.of, before, stamps)
	p.learn(c.gateway, effects...)
	if len(effects) == 0 {
		return fmt.Errorf("%s %s%s by %+v has changed nothing: %d %s", req.Method, req.URL.Path, c.do.query, *c.by, got.status, got.body)
	}
	for _, s := range stamps {
		err := p.checkStamp(c.by, "", known, s)
		if err == nil {
			err = seesItself(s, effects)
		}
		if err != nil {
			return fmt.Errorf("%s %s%s at gateway %d by %+v: %w\n%d %v\n%s", req.Method, req.URL.Path, c.do.query, c.gateway, *c.by, err, got.status, got.header, got.body)
		}
	}
	return nil
}

// seesItself holds what a write was answered against what it has changed.
func seesItself(s stamp, effects []effect) error {
	i := slices.IndexFunc(effects, func(e effect) bool { return e.ref == s.ref && e.team == "" && e.version > s.version })
	if i < 0 {
		return nil
	}
	return fmt.Errorf("STALE: %s is older than version %d, which this has written", s.text(), effects[i].version)
}

// expect has something become of the next write of a record, and is how much was written of it before.
func (m *mart) expect(at ref, mishap string) (before int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.mishaps, at)
	if at.id != 0 && mishap != isDone {
		m.mishaps[at] = mishap
	}
	return len(m.wrote[at])
}

// effectsOf is what a write has changed. What it has made is known by the answer, which begins with it.
func (m *mart) effectsOf(at ref, before int, stamps []stamp) []effect {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.id != 0 {
		return slices.Concat(m.wrote[at][before:]...)
	}
	for _, s := range stamps {
		if s.kind == at.kind && len(m.wrote[s.ref]) > 0 {
			return m.wrote[s.ref][0]
		}
	}
	return nil
}

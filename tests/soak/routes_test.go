package soak

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shown is what a route shows a caller of a record, which may be nothing.
func (o *oracle) shown(c caller, kind string, r record) record {
	if r == nil {
		return nil
	}
	members := map[string][]string{
		"user":    {"id", "name", "username", "email", "phone", "role", "status", "address", "created_at", "updated_at"},
		"order":   {"id", "user_id", "status", "currency", "total", "items", "shipping_address", "created_at", "updated_at"},
		"product": {"id", "name", "sku", "price", "currency", "category", "description", "stock", "created_at", "updated_at"},
		"payment": {"id", "order_id", "status", "amount", "currency", "method", "card_number", "created_at", "updated_at"},
	}[kind]
	switch kind {
	case "user":
		if own := c.owns(number(r["id"])); !own && !c.may("users:pii") {
			members = []string{"id", "name", "username"}
		}
	case "order":
		if !c.seesOrder(r) {
			return nil
		}
	case "payment":
		if !c.owns(number(o.orders[number(r["order_id"])]["user_id"])) && !c.may("payments:read") {
			return nil
		}
	}
	all := make(record)
	for _, name := range members {
		all[name] = r[name]
	}
	if digits, ok := all["card_number"].(string); ok {
		all["card_number"] = digits[len(digits)-4:]
	}
	if items, ok := all["items"].([]any); ok {
		all["items"] = shownItems(items)
	}
	return all
}

func shownItems(items []any) (all []any) {
	for _, each := range items {
		item, _ := each.(record)
		all = append(all, record{"product_id": item["product_id"], "quantity": item["quantity"], "unit_price": item["unit_price"]})
	}
	return all
}

// reading is a request by the REST door, and what it should be answered.
type reading struct {
	request

	status int
	want   any // nil is anything
	of     string
}

// readings are requests of all kinds, with arguments by chance.
func (s *soak) readings(r *rand.Rand, c caller) reading {
	one := func(path, kind string, id int64, found record) reading {
		got := reading{request: request{kind: "REST, " + path, as: c, method: http.MethodGet, path: fmt.Sprintf(path, id)}, of: kind}
		got.kind = "REST, " + strings.ReplaceAll(path, "%d", "{id}")
		switch shown := s.shown(c, kind, found); {
		case c.id == 0 && kind != "product":
			got.status = http.StatusUnauthorized
		case shown == nil:
			got.status = http.StatusNotFound
		default:
			got.status, got.want = http.StatusOK, shown
		}
		return got
	}
	switch r.IntN(8) {
	case 0:
		id := still(r)
		return one("/v2/users/%d", "user", id, s.users[id])
	case 1:
		id := own(r, c)
		return one("/v2/orders/%d", "order", id, s.orders[id])
	case 2:
		id := 1 + r.Int64N(600) // there are 500
		return one("/v2/products/%d", "product", id, s.products[id])
	case 3:
		id := 1000 + r.Int64N(3000)
		if c.id != 0 && r.IntN(2) == 0 {
			id = number(s.paymentOf[own(r, c)]["id"])
		}
		return one("/v2/payments/%d", "payment", id, s.payments[id])
	case 4:
		return s.versionOne(r, c)
	case 5:
		return s.list(r, c)
	default:
		return s.summary(r, c)
	}
}

// versionOne has other names.
func (s *soak) versionOne(r *rand.Rand, c caller) reading {
	id := still(r)
	got := reading{request: request{kind: "REST, /v1/users/{id}", as: c, method: http.MethodGet, path: fmt.Sprintf("/v1/users/%d", id)}}
	if c.id == 0 {
		got.status = http.StatusUnauthorized
		return got
	}
	want := s.shown(c, "user", s.users[id])
	want["user_name"] = want["username"]
	delete(want, "username")
	if address, ok := want["address"].(record); ok {
		want["city"] = address["city"]
		want["address"] = record{"street": address["street"], "zip": address["zip"]}
	}
	got.status, got.want = http.StatusOK, want
	return got
}

// list asks for orders, of which some are somebody else's.
func (s *soak) list(r *rand.Rand, c caller) reading {
	ids := map[int64]bool{own(r, c): true, own(r, c): true, still(r): true}
	var texts []string
	want := []any{}
	for id := int64(1); id <= int64(len(s.orders)); id++ {
		if !ids[id] {
			continue
		}
		texts = append(texts, strconv.FormatInt(id, 10))
		if shown := s.shown(c, "order", s.orders[id]); shown != nil {
			want = append(want, shown)
		}
	}
	got := reading{request: request{
		kind: "REST, /v2/orders?ids=", as: c, method: http.MethodGet, path: "/v2/orders?ids=" + strings.Join(texts, ","),
	}, status: http.StatusOK, want: want}
	if c.id == 0 {
		got.status, got.want = http.StatusUnauthorized, nil
	}
	return got
}

// summary is an operation as an endpoint.
func (s *soak) summary(r *rand.Rand, c caller) reading {
	id, money := own(r, c), leaves("amount", "currency")
	want, _ := s.answer(c, []sel{{name: "order", id: id, of: with(leaves("id", "status", "createdAt"),
		sel{name: "total", of: money}, sel{name: "user", of: leaves("id", "name")},
		sel{name: "items", of: with(leaves("quantity"), sel{name: "unitPrice", of: money}, sel{name: "product", of: leaves("id", "name")})},
		sel{name: "payment", of: with(leaves("id", "status", "method"), sel{name: "amount", of: money})})}})
	got := reading{request: request{
		kind: "REST, /v2/orders/{id}/summary", as: c, method: http.MethodGet, path: fmt.Sprintf("/v2/orders/%d/summary", id),
	}, status: http.StatusOK, want: want["order"]}
	switch {
	case c.id == 0:
		got.status, got.want = http.StatusUnauthorized, nil
	case want["order"] == nil:
		got.status, got.want = http.StatusNotFound, nil
	}
	return got
}

// askRoutes asks by REST.
func (s *soak) askRoutes(ctx context.Context, seed uint64, pace time.Duration) {
	r := rand.New(rand.NewPCG(seed, 2))
	all := everybody()
	tags := make(map[string]string)
	for pause(ctx, pace) {
		c := all[r.IntN(len(all))]
		asked := s.readings(r, c)
		key := c.name + asked.path
		if tag := tags[key]; tag != "" && strings.HasPrefix(asked.path, "/v2/products/") {
			asked.header = map[string]string{"If-None-Match": tag}
		}
		got := s.send(asked.request)
		if tag := got.header.Get("ETag"); tag != "" && len(tags) < 1000 {
			tags[key] = tag
		}
		s.judgeReading(asked, got)
	}
}

func (s *soak) judgeReading(asked reading, got reply) {
	if s.lost(asked.request, got) {
		return
	}
	if got.status == http.StatusNotModified && asked.header["If-None-Match"] == got.header.Get("ETag") {
		s.good(asked.kind + ", not modified")
		return
	}
	var said any
	if err := decode(bytes.NewReader(got.body), &said); err != nil {
		s.failf(asked.kind, "%s: %v: %d %s", asked.path, err, got.status, got.body)
		return
	}
	if s.excused(asked, got, said) {
		s.explain(asked.kind, paymentDown)
		return
	}
	if got.status != asked.status {
		s.failf(asked.kind, "%s asks %s and gets %d, not %d: %s", asked.as.name, asked.path, got.status, asked.status, got.body)
		return
	}
	if asked.want != nil {
		if diff := cmp.Diff(asked.want, said); diff != "" {
			s.failf(asked.kind, "%s asks %s: %s", asked.as.name, asked.path, diff)
			return
		}
	}
	s.good(asked.kind)
}

// excused says whether an answer is what the payment service's failure makes of it.
func (s *soak) excused(asked reading, got reply, said any) bool {
	if !s.during(paymentDown, got.from, time.Now()) {
		return false
	}
	all, _ := said.(map[string]any)
	if asked.of == "payment" && got.status >= 500 {
		code, _ := all["code"].(string)
		return upstreams(code) && !bytes.Contains(got.body, []byte("canary"))
	}
	want, _ := asked.want.(map[string]any)
	if want == nil || got.header.Get("X-Concierge-Partial") != "true" {
		return false
	}
	failures, _ := all["errors"].([]any)
	for _, each := range failures {
		one, _ := each.(map[string]any)
		code, _ := one["code"].(string)
		pointer, _ := one["path"].(string)
		if !upstreams(code) || pointer != "/payment" {
			return false
		}
	}
	delete(all, "errors")
	want["payment"] = nil
	return len(failures) > 0 && cmp.Diff(any(want), said) == ""
}

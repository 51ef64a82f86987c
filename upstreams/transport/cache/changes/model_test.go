package changes_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// shop is a model of two services: orders, and products whose stock is what orders leave of it.
type shop struct {
	orders map[int]ordered
	last   int
}

type ordered struct {
	ID     int    `json:"id"`
	UserID int    `json:"user_id"`
	Status string `json:"status"`
	Items  []item `json:"items"`
}

type item struct {
	ProductID int `json:"product_id"`
}

// view is something that is kept: what it is, and by what it is purged.
type view struct {
	text string
	tags []purge.Tag
}

const (
	users    = 3
	products = 3
)

// views are all that can be kept of a shop, as the caches tag it.
func (s *shop) views() map[string]view {
	views := make(map[string]view)
	add := func(name, service string, of any, tags ...purge.Tag) {
		text, err := json.Marshal(of)
		if err != nil {
			panic(err)
		}
		views[name] = view{string(text), append(tags, purge.All(), purge.Service(service))}
	}
	all := slices.SortedFunc(maps.Values(s.orders), func(a, b ordered) int { return a.ID - b.ID })
	ids := func(of []ordered) (tags []purge.Tag) {
		for _, each := range of {
			tags = append(tags, purge.Record("order", "id", int64(each.ID)))
		}
		return tags
	}
	for id := 1; id <= s.last+1; id++ { // that there is none is kept, too
		path := "/orders/" + strconv.Itoa(id)
		add("GET "+path, "order", s.orders[id], purge.Path("order", path))
		add(fmt.Sprintf("order %d", id), "order", s.orders[id], purge.Record("order", "id", int64(id)))
	}
	add("GET /orders", "order", all, purge.Path("order", "/orders"))
	first := append([]ordered{}, all[:min(2, len(all))]...)
	add("the first orders", "order", first, append(ids(first), purge.Lists("order"))...)
	for user := 1; user <= users; user++ {
		own := slices.DeleteFunc(slices.Clone(all), func(o ordered) bool { return o.UserID != user })
		own = append([]ordered{}, own[:min(2, len(own))]...)
		add(fmt.Sprintf("the first orders of %d", user), "order", own, append(ids(own), purge.Record("order", "user_id", int64(user)))...)
	}
	stock := make([]int, products+1)
	for _, each := range all {
		for _, item := range each.Items {
			if each.Status != "cancelled" {
				stock[item.ProductID]--
			}
		}
	}
	add("GET /products", "product", stock, purge.Path("product", "/products"))
	add("the products", "product", stock, purge.Lists("product"))
	for id := 1; id <= products; id++ {
		path := "/products/" + strconv.Itoa(id)
		add("GET "+path, "product", stock[id], purge.Path("product", path))
		add(fmt.Sprintf("product %d", id), "product", stock[id], purge.Record("product", "id", int64(id)))
	}
	return views
}

// done makes a write of some kind, and returns it with the record that it is about.
func (s *shop) done(t *rapid.T) (changes.Write, any) {
	user := rapid.IntRange(1, users).Draw(t, "user")
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item { return item{rapid.IntRange(1, products).Draw(t, "product")} }), 0, 2).Draw(t, "items")
	status := rapid.SampledFrom([]string{"pending", "cancelled"}).Draw(t, "status")
	kind := rapid.SampledFrom([]string{"place", "place two", "status", "move", "items", "replace", "delete", "clear", "cancel", "transfer"}).Draw(t, "kind")
	place := func() ordered {
		s.last++
		s.orders[s.last] = ordered{s.last, user, status, items}
		return s.orders[s.last]
	}
	if kind == "place" || len(s.orders) == 0 {
		return write("POST /orders", 201, body(map[string]any{"user_id": user, "items": items})), place()
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(s.orders))).Draw(t, "order")
	order, path := s.orders[id], "/orders/"+strconv.Itoa(id)
	var w changes.Write
	switch kind {
	case "place two":
		two := []ordered{place(), place()}
		return write("POST /orders", 200, body([]map[string]any{{"user_id": user, "items": items}, {"user_id": user, "items": items}})), two
	case "status":
		order.Status = status
		w = write("PATCH "+path, 200, body(map[string]any{"status": status}))
	case "move":
		order.UserID = user
		w = write("PATCH "+path, 200, body(map[string]any{"user_id": user}))
	case "items":
		order.Items = items
		w = write("PATCH "+path, 200, body(map[string]any{"items": items}))
	case "replace":
		order = ordered{id, user, status, items}
		w = write("PUT "+path, 200, body(order))
	case "delete":
		delete(s.orders, id)
		return write("DELETE "+path, 200), order
	case "clear":
		clear(s.orders)
		return write("DELETE /orders", 200), []ordered{}
	case "cancel":
		order.Status = "cancelled"
		w = write("POST "+path+"/cancel", 200, body(map[string]any{}))
	case "transfer":
		order.UserID = user
		w = write("POST "+path+"/transfer", 200, body(map[string]any{"to": user}))
	}
	s.orders[id] = order
	return w, order
}

func body(of any) func(w *changes.Write) {
	return func(w *changes.Write) { w.Sent, _ = json.Marshal(of) }
}

// Whatever a write does, and however much of it is seen, all that is kept and that it changed ends.
func TestNothingThatAWriteChangedIsKept(t *testing.T) {
	precise := 0
	rapid.Check(t, func(t *rapid.T) {
		s := &shop{orders: make(map[int]ordered)}
		for range rapid.IntRange(1, 12).Draw(t, "writes") {
			before := s.views()
			w, about := s.done(t)
			switch rapid.SampledFrom([]string{"all", "all", "no body", "half", "failed", "broken off"}).Draw(t, "answer") {
			case "all":
				w.Answer, _ = json.Marshal(about)
			case "no body":
				w.Status = http.StatusNoContent
			case "half":
				w.Answer, _ = json.Marshal(about)
				w.Answer = w.Answer[:len(w.Answer)/2]
			case "failed":
				w.Answer, _ = json.Marshal(about)
				w.Status = http.StatusBadGateway
			case "broken off":
				w.Status = 0
			}
			if rapid.Bool().Draw(t, "hidden") {
				w.Sent = nil
			}
			changed := orders().Of(w)
			if len(changed.Whole) == 0 {
				precise++
			}
			after := s.views()
			for name, was := range before {
				ends := slices.ContainsFunc(was.tags, func(each purge.Tag) bool { return slices.Contains(changed.Tags, each) })
				if was.text != after[name].text && !ends {
					t.Errorf("%s %s (%d, %q, %q) changed %s from %s to %s", w.Method, w.URL.Path, w.Status, w.Sent, w.Answer, name, was.text, after[name].text)
				}
			}
		}
	})
	if precise == 0 {
		t.Error("everything was taken each time")
	}
}

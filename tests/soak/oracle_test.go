package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// record is what a service says of something.
type record = map[string]any

// oracle knows all records as they are at the start, and what each caller may see of them. It is written after docs/policy.md, and
// shares nothing with the gateway.
type oracle struct {
	users, orders, products, payments map[int64]record
	paymentOf                         map[int64]record // by the order
}

// consult reads all records, from services that nobody else asks.
func consult(ctx context.Context) (*oracle, error) {
	services, err := demo.Start(demo.Options{Endpoints: 1})
	if err != nil {
		return nil, err
	}
	defer services.Close()
	o := &oracle{paymentOf: make(map[int64]record)}
	for _, each := range []struct {
		service, path string
		to            *map[int64]record
	}{
		{demo.User, "/users", &o.users},
		{demo.Order, "/orders", &o.orders},
		{demo.Product, "/products", &o.products},
	} {
		if *each.to, err = readAll(ctx, services.URLs(each.service)[0]+each.path); err != nil {
			return nil, err
		}
	}
	o.payments = make(map[int64]record, len(o.orders))
	for id := int64(1); id <= int64(len(o.orders)); id += 100 {
		ids := make([]string, 0, 100)
		for n := id; n < id+100; n++ {
			ids = append(ids, strconv.FormatInt(n, 10))
		}
		all, err := readPage(ctx, services.URLs(demo.Payment)[0]+"/payments?order_ids="+strings.Join(ids, ","))
		if err != nil {
			return nil, err
		}
		for _, each := range all {
			o.payments[number(each["id"])] = each
			o.paymentOf[number(each["order_id"])] = each
		}
	}
	return o, nil
}

func readAll(ctx context.Context, url string) (map[int64]record, error) {
	found := make(map[int64]record)
	for {
		page, err := readPage(ctx, fmt.Sprintf("%s?limit=100&offset=%d", url, len(found)))
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, each := range page {
			found[number(each["id"])] = each
		}
	}
}

func readPage(ctx context.Context, url string) (page []record, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", url, res.StatusCode)
	}
	err = decode(res.Body, &page)
	return page, err
}

// decode keeps numbers as they are written.
func decode(from io.Reader, into any) error {
	d := json.NewDecoder(from)
	d.UseNumber()
	return d.Decode(into)
}

func number(value any) int64 {
	n, _ := value.(json.Number)
	id, _ := n.Int64()
	return id
}

// caller is somebody who asks. Without an id it has no name.
type caller struct {
	name   string
	id     int64
	scopes []string
}

func (c caller) may(scope string) bool { return slices.Contains(c.scopes, scope) }

func (c caller) owns(user int64) bool { return c.id != 0 && c.id == user }

// seesOrder says whether an order is there for a caller.
func (c caller) seesOrder(order record) bool {
	return c.owns(number(order["user_id"])) || c.may("orders:read")
}

// ordersOf are the first orders of a user, by id.
func (o *oracle) ordersOf(user int64) (all []record) {
	for id := user; id <= int64(len(o.orders)); id += int64(len(o.users)) {
		all = append(all, o.orders[id])
	}
	return all
}

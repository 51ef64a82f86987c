package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// records are what one service knows, as it writes them: the record with id n stands at n-1.
type records [][]byte

// dataset is what the four services know.
type dataset struct {
	users, orders, products, payments records
	// paymentOf is the id of the payment of each order.
	paymentOf map[int]int
	// ordersOf are the ids of each user's orders, rising.
	ordersOf map[int][]int
}

// most is how many records the sample services hand out at once.
const most = 1000

// read takes the records from the sample services, which render them, so that both answer with the same bytes.
func read(ctx context.Context) (*dataset, error) {
	services, err := demo.Start(demo.Options{Endpoints: 1, MaxKeys: most})
	if err != nil {
		return nil, err
	}
	defer func() { _ = services.Close() }() // its records are here
	from := reader{ctx, services}
	data := &dataset{paymentOf: make(map[int]int)}
	data.users, err = from.all(demo.User, "/users")
	if err != nil {
		return nil, err
	}
	data.orders, err = from.all(demo.Order, "/orders")
	if err != nil {
		return nil, err
	}
	if err := data.sortOrders(); err != nil {
		return nil, err
	}
	data.products, err = from.all(demo.Product, "/products")
	if err != nil {
		return nil, err
	}
	err = data.readPayments(from)
	return data, err
}

// sortOrders finds out whose they are.
func (d *dataset) sortOrders() error {
	d.ordersOf = make(map[int][]int)
	for i, raw := range d.orders {
		var order struct {
			UserID int `json:"user_id"`
		}
		if err := json.Unmarshal(raw, &order); err != nil {
			return fmt.Errorf("read order %d: %w", i+1, err)
		}
		d.ordersOf[order.UserID] = append(d.ordersOf[order.UserID], i+1)
	}
	return nil
}

// readPayments asks by order, since there is no list of all payments.
func (d *dataset) readPayments(from reader) error {
	d.payments = make(records, len(d.orders))
	for first := 1; first <= len(d.orders); first += most {
		var ids []string
		for id := first; id < first+most && id <= len(d.orders); id++ {
			ids = append(ids, strconv.Itoa(id))
		}
		part, err := from.list(demo.Payment, "/payments?order_ids="+strings.Join(ids, ","))
		if err != nil {
			return err
		}
		for _, raw := range part {
			var payment struct {
				ID      int `json:"id"`
				OrderID int `json:"order_id"`
			}
			if err := json.Unmarshal(raw, &payment); err != nil {
				return fmt.Errorf("read payment: %w", err)
			}
			if payment.ID < 1 || payment.ID > len(d.payments) {
				return fmt.Errorf("payment %d is not one of %d", payment.ID, len(d.payments))
			}
			d.payments[payment.ID-1] = raw
			d.paymentOf[payment.OrderID] = payment.ID
		}
	}
	return nil
}

// reader reads from the sample services.
type reader struct {
	ctx      context.Context //nolint:containedctx // it lives for one reading
	services *demo.Services
}

// all reads a whole list, page by page.
func (r reader) all(service, path string) (records, error) {
	var all records
	for {
		part, err := r.list(service, fmt.Sprintf("%s?limit=%d&offset=%d", path, most, len(all)))
		if err != nil {
			return nil, err
		}
		for _, raw := range part {
			all = append(all, raw)
		}
		if len(part) < most {
			return all, checkIDs(path, all)
		}
	}
}

// checkIDs makes sure that a record's id tells where it stands.
func checkIDs(path string, all records) error {
	for i, raw := range all {
		if !strings.HasPrefix(string(raw), fmt.Sprintf(`{"id":%d,`, i+1)) {
			return fmt.Errorf("record %d of %s has another id", i+1, path)
		}
	}
	return nil
}

func (r reader) list(service, target string) ([]json.RawMessage, error) {
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.services.URLs(service)[0]+target, nil)
	if err != nil {
		return nil, err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New("the sample service answers " + res.Status)
	}
	var list []json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("read %s: %w", target[:min(len(target), 40)], err)
	}
	return list, nil
}

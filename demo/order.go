package demo

import (
	"fmt"
	"net/http"
	"net/url"
)

// The bounds of an order.
const (
	maxItems    = 100
	maxQuantity = 1000
)

// orders is the order service.
type orders struct {
	data    *dataset
	maxKeys int
}

func (s orders) handler() http.Handler {
	return routes(map[string]resource{
		"/orders":      {http.MethodGet: s.list, http.MethodPost: s.create},
		"/orders/{id}": {http.MethodGet: s.get, http.MethodPatch: s.update},
	})
}

func (s orders) get(r *http.Request) (answer, error) {
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	row := s.data.orders.at(pathID(r))
	if row == nil {
		return answer{}, notFound("order", r.PathValue("id"))
	}
	return found(row.rendered, cachePrivate), nil
}

func (s orders) list(r *http.Request) (answer, error) {
	query, err := parseQuery(r, "ids", "user_ids", "user_id")
	if err != nil {
		return answer{}, err
	}
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	switch {
	case query.Has("ids"):
		ids, err := keys(query, "ids", s.maxKeys)
		return list(s.data.orders.pick(ids), cachePrivate), err
	case query.Has("user_ids"):
		ids, err := s.ofUsers(query)
		return list(s.data.orders.pick(ids), cachePrivate), err
	case query.Has("user_id"):
		ids, err := s.ofUser(query)
		return list(s.data.orders.pick(ids), cachePrivate), err
	default:
		page, err := pageOf(query)
		return list(s.data.orders.slice(page), cachePrivate), err
	}
}

// ofUser finds one page of a user's orders.
func (s orders) ofUser(query url.Values) ([]int64, error) {
	userIDs, err := keys(query, "user_id", 1)
	if err != nil || len(userIDs) == 0 {
		return nil, badRequest("user_id must be one id")
	}
	page, err := pageOf(query)
	if err != nil {
		return nil, err
	}
	return page.of(s.data.ordersOf(userIDs[0])), nil
}

// ofUsers finds the first orders of each user; all of them without limit_each.
func (s orders) ofUsers(query url.Values) ([]int64, error) {
	userIDs, err := keys(query, "user_ids", s.maxKeys)
	if err != nil {
		return nil, err
	}
	each, err := number(query, "limit_each", maxLimit)
	if err != nil || each < 1 || each > maxLimit {
		return nil, badRequest(fmt.Sprintf("limit_each must be a whole number from 1 to %d", maxLimit))
	}
	var ids []int64
	for _, userID := range userIDs {
		of := s.data.ordersOf(userID)
		if query.Has("limit_each") {
			of = of[:min(each, len(of))]
		}
		ids = append(ids, of...)
	}
	return ids, nil
}

// newOrder is the body of POST /orders. Without a shipping address, the user's own is taken.
type newOrder struct {
	UserID          int64     `json:"user_id"`
	Items           []newLine `json:"items"`
	ShippingAddress address   `json:"shipping_address"`
	Notes           string    `json:"notes"`
}

type newLine struct {
	ProductID int64 `json:"product_id"`
	Quantity  int64 `json:"quantity"`
}

func (s orders) create(r *http.Request) (answer, error) {
	var body newOrder
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	if err := s.check(body); err != nil {
		return answer{}, err
	}
	if body.ShippingAddress == (address{}) {
		body.ShippingAddress = s.data.users.at(body.UserID).record.Address
	}
	items := s.priced(body.Items)
	id, now := s.data.orders.next(), s.data.now()
	row := s.data.orders.put(id, order{
		ID:              id,
		UserID:          body.UserID,
		Status:          pending,
		Currency:        usd, // every product's
		Total:           totalOf(items),
		Items:           items,
		ShippingAddress: body.ShippingAddress,
		Notes:           body.Notes,
		InternalMargin:  internalMargin(id),
		WarehouseCode:   warehouseCode(id),
		CreatedAt:       now,
		UpdatedAt:       now,
	})
	s.data.newOrders[body.UserID] = append(s.data.newOrders[body.UserID], id)
	s.data.orderEvents.note(happening{Type: "order.created", ID: id, UserID: body.UserID, At: now})
	return created(row.rendered, "/orders/", id), nil
}

func (s orders) check(body newOrder) error {
	var c check
	c.address("shipping_address", body.ShippingAddress)
	c.length("notes", body.Notes, maxNote)
	switch user := s.data.users.at(body.UserID); {
	case body.UserID == 0:
		c.fail("user_id", codeRequired)
	case user == nil:
		c.fail("user_id", codeNoUser)
	case body.ShippingAddress == (address{}) && user.record.Address == (address{}):
		c.fail("shipping_address", codeRequired)
	}
	switch {
	case len(body.Items) == 0:
		c.fail("items", codeRequired)
	case len(body.Items) > maxItems:
		c.fail("items", codeOutOfRange)
	}
	for i, item := range body.Items {
		at := fmt.Sprintf("items[%d].", i)
		c.between(at+"quantity", item.Quantity, 1, maxQuantity)
		if s.data.products.at(item.ProductID) == nil {
			c.fail(at+"product_id", codeNoProduct)
		}
	}
	return c.err()
}

// priced makes lines at what the products cost now.
func (s orders) priced(items []newLine) []line {
	lines := make([]line, 0, len(items))
	for i, item := range items {
		lines = append(lines, line{
			LineID:    int64(i + 1),
			ProductID: item.ProductID,
			Quantity:  item.Quantity,
			UnitPrice: s.data.products.at(item.ProductID).record.Price,
		})
	}
	return lines
}

// update cancels an order, which is all that can be changed of one. A payment that was not taken never will be; one that was
// taken can still be refunded.
func (s orders) update(r *http.Request) (answer, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	row := s.data.orders.at(pathID(r))
	if row == nil {
		return answer{}, notFound("order", r.PathValue("id"))
	}
	var body struct {
		Status string `json:"status"`
	}
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	var c check
	c.oneOf("status", body.Status, cancelled)
	if err := c.err(); err != nil {
		return answer{}, err
	}
	was := row.record
	if was.Status != pending && was.Status != paid {
		return answer{}, conflict(fmt.Sprintf("an order that is %s cannot be cancelled", was.Status), codeCannotCancel)
	}
	if payment := s.data.paymentOf(was.ID); payment != nil && payment.record.Status != captured {
		s.data.settle(payment.record, failed)
	}
	return changed(s.data.move(was, cancelled).rendered), nil
}

// move gives an order another status.
func (d *dataset) move(was order, status string) *row[order] {
	was.Status, was.UpdatedAt = status, d.now()
	row := d.orders.put(was.ID, was)
	d.orderEvents.note(happening{Type: "order.status_changed", ID: was.ID, UserID: was.UserID, At: was.UpdatedAt})
	return row
}

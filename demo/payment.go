package demo

import (
	"fmt"
	"net/http"
	"strings"
)

// payments is the payment service.
type payments struct {
	data    *dataset
	maxKeys int
}

func (s payments) handler() http.Handler {
	return routes(map[string]resource{
		"/payments":             {http.MethodGet: s.list, http.MethodPost: s.create},
		"/payments/{id}":        {http.MethodGet: s.get},
		"/payments/{id}/refund": {http.MethodPost: s.refund},
	})
}

func (s payments) get(r *http.Request) (answer, error) {
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	row := s.data.payments.at(pathID(r))
	if row == nil {
		return answer{}, notFound("payment", r.PathValue("id"))
	}
	return found(row.rendered, cachePrivate), nil
}

// list finds payments by their orders. There is no list of all.
func (s payments) list(r *http.Request) (answer, error) {
	query, err := parseQuery(r)
	if err != nil {
		return answer{}, err
	}
	if !query.Has("order_ids") {
		return answer{}, badRequest("order_ids is needed")
	}
	orderIDs, err := keys(query, "order_ids", s.maxKeys)
	if err != nil {
		return answer{}, err
	}
	s.data.mu.RLock()
	defer s.data.mu.RUnlock()
	ids := make([]int64, 0, len(orderIDs))
	for _, orderID := range orderIDs {
		if row := s.data.paymentOf(orderID); row != nil {
			ids = append(ids, row.record.ID)
		}
	}
	return list(s.data.payments.pick(ids), cachePrivate), nil
}

// newPayment is the body of POST /payments. Without a number, a card is the one that the service keeps.
type newPayment struct {
	OrderID    int64  `json:"order_id"`
	Method     string `json:"method"`
	CardNumber string `json:"card_number"`
}

func (p newPayment) check(c *check) {
	c.oneOf("method", p.Method, card, paypal, bankTransfer)
	if p.CardNumber != "" && (p.Method != card || !isCardNumber(p.CardNumber)) {
		c.fail("card_number", codeInvalid)
	}
}

// create pays an order. An order has at most one payment: where one waits, it is the one that is taken.
func (s payments) create(r *http.Request) (answer, error) {
	var body newPayment
	if err := decode(r, &body); err != nil {
		return answer{}, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	var c check
	body.check(&c)
	paysFor := s.data.orders.at(body.OrderID)
	switch {
	case body.OrderID == 0:
		c.fail("order_id", codeRequired)
	case paysFor == nil:
		c.fail("order_id", codeNoOrder)
	}
	if err := c.err(); err != nil {
		return answer{}, err
	}
	if status := paysFor.record.Status; status != pending {
		return answer{}, conflict(fmt.Sprintf("an order that is %s cannot be paid", status), codeCannotPay)
	}
	s.data.move(paysFor.record, paid)
	row := s.data.settle(s.data.openPayment(paysFor.record).by(body.Method, body.CardNumber), captured)
	return created(row.rendered, "/payments/", row.record.ID), nil
}

// openPayment is the payment that waits for an order, or a new one.
func (d *dataset) openPayment(of order) payment {
	if row := d.paymentOf(of.ID); row != nil {
		return row.record
	}
	id := d.payments.next()
	d.newPayments[of.ID] = id
	return payment{
		ID:           id,
		OrderID:      of.ID,
		Amount:       of.Total,
		Currency:     of.Currency,
		ProcessorRef: processorRef(id),
		RiskScore:    riskScore(id),
		CreatedAt:    d.now(),
	}
}

// settle writes a payment with another status.
func (d *dataset) settle(was payment, status string) *row[payment] {
	was.Status, was.UpdatedAt = status, d.now()
	what := "payment.status_changed"
	if d.payments.at(was.ID) == nil {
		what = "payment.created"
	}
	row := d.payments.put(was.ID, was)
	d.paymentEvents.note(happening{Type: what, ID: was.ID, OrderID: was.OrderID, At: was.UpdatedAt})
	return row
}

// refund gives the money back. The body may be missing; its reason is not kept.
func (s payments) refund(r *http.Request) (answer, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if r.ContentLength != 0 {
		if err := decode(r, &body); err != nil {
			return answer{}, err
		}
	}
	var c check
	c.length("reason", body.Reason, maxNote)
	if err := c.err(); err != nil {
		return answer{}, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	row := s.data.payments.at(pathID(r))
	if row == nil {
		return answer{}, notFound("payment", r.PathValue("id"))
	}
	if status := row.record.Status; status != captured {
		return answer{}, conflict(fmt.Sprintf("a payment that is %s cannot be refunded", status), codeCannotRefund)
	}
	s.data.move(s.data.orders.at(row.record.OrderID).record, refunded)
	return changed(s.data.settle(row.record, refunded).rendered), nil
}

func isCardNumber(number string) bool {
	onlyDigits := strings.Trim(number, "0123456789") == ""
	return onlyDigits && len(number) >= 12 && len(number) <= 19
}

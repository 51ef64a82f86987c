package main

import (
	"bytes"
	"strconv"
)

// session answers requests, one after the other, in memory that is used again.
type session struct {
	user, order, product, payment service

	call, body, out []byte
	orders          []purchase
	lines           []line
	users           map[int]person
	products        map[int]article
	payments        map[int]payment
}

// The pieces of records that the query wants, as they came. They alias the services' answers.
type (
	purchase struct {
		id, userID, status, total, currency []byte
		first, last                         int // its lines
	}
	line    struct{ productID, quantity []byte }
	person  struct{ id, name, email []byte }
	article struct{ id, name, price, currency []byte }
	payment struct{ id, status, amount, currency []byte }
)

func (s *session) close() {
	for _, each := range []service{s.user, s.order, s.product, s.payment} {
		if each.conn != nil {
			_ = each.conn.Close() // nothing is under way
		}
	}
}

// pageSize is the query's first.
const pageSize = 20

// answer makes out the whole response to a request. A cursor here is the number of records up to it.
func (s *session) answer(request []byte) error {
	offset := cursorOf(request)
	s.body = s.body[:0]
	if bytes.Contains(request, []byte("endCursor")) {
		s.writeCursor(offset)
	} else {
		if err := s.readOrders(offset); err != nil {
			return err
		}
		if err := s.readRest(); err != nil {
			return err
		}
		s.writePage()
	}
	s.out = append(s.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
	s.out = strconv.AppendInt(s.out, int64(len(s.body)), 10)
	s.out = append(s.out, "\r\n\r\n"...)
	s.out = append(s.out, s.body...)
	return nil
}

// cursorOf finds the digits of the variable, "0" where there are none.
func cursorOf(request []byte) []byte {
	_, digits, ok := bytes.Cut(request, []byte(`"cursor":"`))
	if !ok {
		return []byte("0")
	}
	return digits[:bytes.IndexByte(digits, '"')]
}

// readOrders reads the page that begins after so many orders.
func (s *session) readOrders(offset []byte) error {
	s.call = append(s.call[:0], "GET /orders?limit="...)
	s.call = strconv.AppendInt(s.call, pageSize, 10)
	s.call = append(s.call, "&offset="...)
	s.call = append(s.call, offset...)
	var err error
	if s.call, err = s.order.ask(s.call); err != nil {
		return err
	}
	answer, err := s.order.take()
	if err != nil {
		return err
	}
	s.orders, s.lines = s.orders[:0], s.lines[:0]
	for at := elements(answer); at.next(); {
		o := purchase{first: len(s.lines)}
		at.members(func(name, value []byte) {
			switch string(name) {
			case "id":
				o.id = value
			case "user_id":
				o.userID = value
			case "status":
				o.status = value
			case "total":
				o.total = value
			case "currency":
				o.currency = value
			case "items":
				s.readLines(value)
			}
		})
		o.last = len(s.lines)
		s.orders = append(s.orders, o)
	}
	return nil
}

func (s *session) readLines(items []byte) {
	for at := elements(items); at.next(); {
		var l line
		at.members(func(name, value []byte) {
			switch string(name) {
			case "product_id":
				l.productID = value
			case "quantity":
				l.quantity = value
			}
		})
		s.lines = append(s.lines, l)
	}
}

// readRest asks the other three services at once.
func (s *session) readRest() error {
	clear(s.users)
	clear(s.products)
	clear(s.payments)
	s.call = append(s.call[:0], "GET /users?ids="...)
	for i := range s.orders {
		s.call = wanted(s.call, s.users, s.orders[i].userID)
	}
	var err error
	if s.call, err = s.user.ask(s.call[:len(s.call)-1]); err != nil {
		return err
	}
	s.call = append(s.call[:0], "GET /products?ids="...)
	for i := range s.lines {
		s.call = wanted(s.call, s.products, s.lines[i].productID)
	}
	if s.call, err = s.product.ask(s.call[:len(s.call)-1]); err != nil {
		return err
	}
	s.call = append(s.call[:0], "GET /payments?order_ids="...)
	for i := range s.orders {
		s.call = wanted(s.call, s.payments, s.orders[i].id)
	}
	if s.call, err = s.payment.ask(s.call[:len(s.call)-1]); err != nil {
		return err
	}
	return s.takeRest()
}

// wanted appends a key that was not wanted before.
func wanted[V any](call []byte, known map[int]V, key []byte) []byte {
	n := number(key)
	if _, ok := known[n]; ok {
		return call
	}
	var none V
	known[n] = none
	call = append(call, key...)
	return append(call, ',')
}

func (s *session) takeRest() error {
	answer, err := s.user.take()
	if err != nil {
		return err
	}
	s.readUsers(answer)
	if answer, err = s.product.take(); err != nil {
		return err
	}
	s.readProducts(answer)
	if answer, err = s.payment.take(); err != nil {
		return err
	}
	s.readPayments(answer)
	return nil
}

func (s *session) readUsers(answer []byte) {
	for at := elements(answer); at.next(); {
		var p person
		at.members(func(name, value []byte) {
			switch string(name) {
			case "id":
				p.id = value
			case "name":
				p.name = value
			case "email":
				p.email = value
			}
		})
		s.users[number(p.id)] = p
	}
}

func (s *session) readProducts(answer []byte) {
	for at := elements(answer); at.next(); {
		var a article
		at.members(func(name, value []byte) {
			switch string(name) {
			case "id":
				a.id = value
			case "name":
				a.name = value
			case "price":
				a.price = value
			case "currency":
				a.currency = value
			}
		})
		s.products[number(a.id)] = a
	}
}

func (s *session) readPayments(answer []byte) {
	for at := elements(answer); at.next(); {
		var p payment
		var orderID []byte
		at.members(func(name, value []byte) {
			switch string(name) {
			case "id":
				p.id = value
			case "order_id":
				orderID = value
			case "status":
				p.status = value
			case "amount":
				p.amount = value
			case "currency":
				p.currency = value
			}
		})
		s.payments[number(orderID)] = p
	}
}

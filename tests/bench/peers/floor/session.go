package main

import (
	"bytes"
	"strconv"
)

// session answers requests, one after the other, in memory that is used again.
type session struct {
	user, order, product, payment service

	call, body, out []byte
	buyers          []person
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

// What the queries ask for.
const (
	pageSize  = 20  // of orders with all that is around them
	longPage  = 100 // of orders with who bought them
	usersPage = 10  // of users
	ofEach    = 3   // orders of a user
)

// answer makes out the whole response to a request. It knows each query by its name.
func (s *session) answer(request []byte) error {
	s.body = s.body[:0]
	if err := s.find(request); err != nil {
		return err
	}
	s.out = append(s.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
	s.out = strconv.AppendInt(s.out, int64(len(s.body)), 10)
	s.out = append(s.out, "\r\n\r\n"...)
	s.out = append(s.out, s.body...)
	return nil
}

// find reads what the query wants and writes the body. A cursor here is the number of records up to it.
func (s *session) find(request []byte) error {
	offset := variable(request, "cursor")
	switch {
	case bytes.Contains(request, []byte("query End")):
		s.writeCursor(number(offset) + sizeOf(request))
	case bytes.Contains(request, []byte("query Users")):
		return s.usersWithOrders(offset)
	case bytes.Contains(request, []byte("query Buyers")):
		return s.ordersWithBuyers(offset)
	case bytes.Contains(request, []byte("query Own")):
		return s.ownOrders(variable(request, "id"))
	case bytes.Contains(request, []byte("query Order(")):
		return s.oneOrder(variable(request, "id"))
	default:
		return s.ordersWithAll(offset)
	}
	return nil
}

// sizeOf is how many records a page has of which the end is asked for.
func sizeOf(request []byte) int {
	_, digits, _ := bytes.Cut(request, []byte("first: "))
	return number(digits[:bytes.IndexByte(digits, ',')])
}

func (s *session) ordersWithAll(offset []byte) error {
	if err := s.readPage(pageSize, offset); err != nil {
		return err
	}
	return s.withRest()
}

// withRest reads what is around the orders that are there, and writes all of it.
func (s *session) withRest() error {
	if err := s.readRest(); err != nil {
		return err
	}
	s.writePage()
	return nil
}

// variable finds the digits of a variable, "0" where there are none.
func variable(request []byte, name string) []byte {
	_, digits, ok := bytes.Cut(request, []byte(`"`+name+`":"`))
	if !ok {
		return []byte("0")
	}
	return digits[:bytes.IndexByte(digits, '"')]
}

// readPage reads the page of orders that begins after so many.
func (s *session) readPage(size int, offset []byte) error {
	s.call = append(s.call[:0], "GET /orders?limit="...)
	s.call = strconv.AppendInt(s.call, int64(size), 10)
	s.call = append(s.call, "&offset="...)
	s.call = append(s.call, offset...)
	return s.readOrders()
}

// readOrders reads the orders that the call asks for.
func (s *session) readOrders() error {
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
	if err := s.askUsers(); err != nil {
		return err
	}
	if err := s.askProducts(); err != nil {
		return err
	}
	clear(s.payments)
	s.call = append(s.call[:0], "GET /payments?order_ids="...)
	for i := range s.orders {
		s.call = wanted(s.call, s.payments, s.orders[i].id)
	}
	var err error
	if s.call, err = s.payment.ask(s.call[:len(s.call)-1]); err != nil {
		return err
	}
	return s.takeRest()
}

func (s *session) askUsers() error {
	clear(s.users)
	s.call = append(s.call[:0], "GET /users?ids="...)
	for i := range s.orders {
		s.call = wanted(s.call, s.users, s.orders[i].userID)
	}
	var err error
	s.call, err = s.user.ask(s.call[:len(s.call)-1])
	return err
}

func (s *session) askProducts() error {
	clear(s.products)
	s.call = append(s.call[:0], "GET /products?ids="...)
	for i := range s.lines {
		s.call = wanted(s.call, s.products, s.lines[i].productID)
	}
	var err error
	s.call, err = s.product.ask(s.call[:len(s.call)-1])
	return err
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
		p := readPerson(&at)
		s.users[number(p.id)] = p
	}
}

// readPerson reads the user that a walk stands before.
func readPerson(at *walk) (p person) {
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
	return p
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

package main

import (
	"bytes"
	"strconv"
)

// oneOrder answers with one order and all that is around it.
func (s *session) oneOrder(id []byte) error {
	s.call = append(s.call[:0], "GET /orders?ids="...)
	s.call = append(s.call, id...)
	if err := s.readOrders(); err != nil {
		return err
	}
	if err := s.readRest(); err != nil {
		return err
	}
	s.text(`{"data":{"order":`)
	s.writeOrder(&s.orders[0])
	s.text(`}}`)
	return nil
}

// ownOrders answers with the orders of one user and all that is around them.
func (s *session) ownOrders(user []byte) error {
	s.call = append(s.call[:0], "GET /orders?limit=20&offset=0&user_id="...)
	s.call = append(s.call, user...)
	if err := s.readOrders(); err != nil {
		return err
	}
	return s.withRest()
}

// ordersWithBuyers answers with a long page of orders and their users.
func (s *session) ordersWithBuyers(offset []byte) error {
	if err := s.readPage(longPage, offset); err != nil {
		return err
	}
	if err := s.askUsers(); err != nil {
		return err
	}
	answer, err := s.user.take()
	if err != nil {
		return err
	}
	s.readUsers(answer)
	s.text(`{"data":{"orders":{"nodes":[`)
	for i := range s.orders {
		s.comma(i)
		s.text(`{"id":"`)
		s.piece(s.orders[i].id)
		s.text(`","status":`)
		s.enum(s.orders[i].status)
		s.text(`,"user":`)
		s.writeUser(s.users[number(s.orders[i].userID)])
		s.text(`}`)
	}
	s.text(`]}}}`)
	return nil
}

// usersWithOrders answers with a page of users, their first orders, and the products of those.
func (s *session) usersWithOrders(offset []byte) error {
	if err := s.readBuyers(offset); err != nil {
		return err
	}
	s.call = append(s.call[:0], "GET /orders?limit_each="...)
	s.call = strconv.AppendInt(s.call, ofEach, 10)
	s.call = append(s.call, "&user_ids="...)
	for i := range s.buyers {
		s.call = append(s.call, s.buyers[i].id...)
		s.call = append(s.call, ',')
	}
	s.call = s.call[:len(s.call)-1]
	if err := s.readOrders(); err != nil {
		return err
	}
	if err := s.askProducts(); err != nil {
		return err
	}
	answer, err := s.product.take()
	if err != nil {
		return err
	}
	s.readProducts(answer)
	s.writeUsers()
	return nil
}

func (s *session) readBuyers(offset []byte) error {
	s.call = append(s.call[:0], "GET /users?limit="...)
	s.call = strconv.AppendInt(s.call, usersPage, 10)
	s.call = append(s.call, "&offset="...)
	s.call = append(s.call, offset...)
	var err error
	if s.call, err = s.user.ask(s.call); err != nil {
		return err
	}
	answer, err := s.user.take()
	if err != nil {
		return err
	}
	s.buyers = s.buyers[:0]
	for at := elements(answer); at.next(); {
		s.buyers = append(s.buyers, readPerson(&at))
	}
	return nil
}

func (s *session) writeUsers() {
	s.text(`{"data":{"users":{"nodes":[`)
	for i := range s.buyers {
		u := &s.buyers[i]
		s.comma(i)
		s.text(`{"id":"`)
		s.piece(u.id)
		s.text(`","name":`)
		s.piece(u.name)
		s.text(`,"orders":{"nodes":[`)
		s.writeOrdersOf(u.id)
		s.text(`]}}`)
	}
	s.text(`]}}}`)
}

// writeOrdersOf looks through all orders of the page, which are too few for a map.
func (s *session) writeOrdersOf(id []byte) {
	written := 0
	for i := range s.orders {
		o := &s.orders[i]
		if !bytes.Equal(o.userID, id) {
			continue
		}
		s.comma(written)
		written++
		s.text(`{"id":"`)
		s.piece(o.id)
		s.text(`","status":`)
		s.enum(o.status)
		s.text(`,"items":[`)
		for n, l := range s.lines[o.first:o.last] {
			a := s.products[number(l.productID)]
			s.comma(n)
			s.text(`{"quantity":`)
			s.piece(l.quantity)
			s.text(`,"product":{"id":"`)
			s.piece(a.id)
			s.text(`","name":`)
			s.piece(a.name)
			s.text(`}}`)
		}
		s.text(`]}`)
	}
}

package main

import "strconv"

// writeCursor answers the query for the end of a page.
func (s *session) writeCursor(offset int) {
	s.text(`{"data":{"page":{"pageInfo":{"endCursor":"`)
	s.body = strconv.AppendInt(s.body, int64(offset), 10)
	s.text(`"}}}}`)
}

// writePage puts together what was read.
func (s *session) writePage() {
	s.text(`{"data":{"orders":{"nodes":[`)
	for i := range s.orders {
		s.comma(i)
		s.writeOrder(&s.orders[i])
	}
	s.text(`]}}}`)
}

// comma stands before all but the first of a list.
func (s *session) comma(n int) {
	if n > 0 {
		s.text(`,`)
	}
}

// writeOrder writes an order with all that is around it.
func (s *session) writeOrder(o *purchase) {
	s.text(`{"id":"`)
	s.piece(o.id)
	s.text(`","status":`)
	s.enum(o.status)
	s.text(`,"total":`)
	s.money(o.total, o.currency)
	s.text(`,"user":`)
	s.writeUser(s.users[number(o.userID)])
	s.text(`,"items":[`)
	s.writeLines(s.lines[o.first:o.last])
	p := s.payments[number(o.id)]
	s.text(`],"payment":{"id":"`)
	s.piece(p.id)
	s.text(`","status":`)
	s.enum(p.status)
	s.text(`,"amount":`)
	s.money(p.amount, p.currency)
	s.text(`}}`)
}

func (s *session) writeUser(u person) {
	s.text(`{"id":"`)
	s.piece(u.id)
	s.text(`","name":`)
	s.piece(u.name)
	s.text(`,"email":`)
	s.piece(u.email)
	s.text(`}`)
}

func (s *session) writeLines(lines []line) {
	for i := range lines {
		s.comma(i)
		a := s.products[number(lines[i].productID)]
		s.text(`{"quantity":`)
		s.piece(lines[i].quantity)
		s.text(`,"product":{"id":"`)
		s.piece(a.id)
		s.text(`","name":`)
		s.piece(a.name)
		s.text(`,"price":`)
		s.money(a.price, a.currency)
		s.text(`}}`)
	}
}

func (s *session) money(amount, currency []byte) {
	s.text(`{"amount":`)
	s.piece(amount)
	s.text(`,"currency":`)
	s.piece(currency)
	s.text(`}`)
}

func (s *session) text(text string) { s.body = append(s.body, text...) }

func (s *session) piece(piece []byte) { s.body = append(s.body, piece...) }

// enum writes a word as GraphQL spells it.
func (s *session) enum(word []byte) {
	for _, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		s.body = append(s.body, c)
	}
}

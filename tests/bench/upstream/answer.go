package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/concierge-gateway/concierge/tests/bench/http1"
)

// The bounds of what one call may ask for; the sample services' own.
const (
	maxKeys      = 100
	defaultLimit = 20
)

// service answers the reads of one service that the benchmark's queries lead to: one record, many by key, a page of all.
type service struct {
	path    string // of the list, such as /users
	records records
	key     string            // the parameter that lists keys, such as ids
	idOf    func(key int) int // the record that belongs to a key; 0 is none
	of      map[int][]int     // the records of each user, which are asked for by user_ids; nil where there are none
	listed  bool              // whether the service shows a page of all
	says    says              // of how its answers may be kept
}

// says is what a service says of keeping its answers.
type says int

const (
	notKept says = iota // nothing may keep them: a peer with a cache would otherwise answer from that
	silent              // nothing is said
	kept                // for a day, by everybody, and by which tag they can be asked for again
)

// saying is the service once more, which says something else of keeping its answers.
func (s *service) saying(words says) *service {
	other := *s
	other.says = words
	return &other
}

// services are the four, by name.
func services(data *dataset) map[string]*service {
	same := func(key int) int { return key }
	paymentOf := func(key int) int { return data.paymentOf[key] }
	return map[string]*service{
		"user":    {path: "/users", records: data.users, key: "ids", idOf: same, listed: true},
		"order":   {path: "/orders", records: data.orders, key: "ids", idOf: same, of: data.ordersOf, listed: true},
		"product": {path: "/products", records: data.products, key: "ids", idOf: same, listed: true},
		"payment": {path: "/payments", records: data.payments, key: "order_ids", idOf: paymentOf},
	}
}

// harmless is the product service without what nobody may see. A gateway keeps no answer with such members that must stay as it
// is.
func (d *dataset) harmless() (*service, error) {
	shown := make(records, len(d.products))
	for i, raw := range d.products {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return nil, fmt.Errorf("read product %d: %w", i+1, err)
		}
		delete(members, "supplier_cost")
		delete(members, "supplier_id")
		var err error
		if shown[i], err = json.Marshal(members); err != nil {
			return nil, fmt.Errorf("write product %d: %w", i+1, err)
		}
	}
	other := *services(d)["product"]
	other.records = shown
	return &other, nil
}

// answer appends the body for a request's target, and says whether there is one. scratch is memory for the keys.
func (s *service) answer(body, target []byte, scratch *[]int) ([]byte, bool) {
	path, query, _ := bytes.Cut(target, []byte{'?'})
	rest, ok := bytes.CutPrefix(path, []byte(s.path))
	switch {
	case !ok:
		return body, false
	case len(rest) > 1 && rest[0] == '/':
		return s.one(body, rest[1:])
	case len(rest) > 0:
		return body, false
	}
	if keys, ok := param(query, s.key); ok {
		return s.many(body, keys, scratch)
	}
	if users, ok := param(query, "user_ids"); ok && s.of != nil {
		return s.ofUsers(body, users, query, scratch)
	}
	if !s.listed {
		return body, false
	}
	return s.page(body, query)
}

func (s *service) one(body, id []byte) ([]byte, bool) {
	n, ok := http1.Number(id)
	if !ok || n < 1 || n > len(s.records) {
		return body, false
	}
	return append(body, s.records[n-1]...), true
}

func (s *service) many(body, keys []byte, scratch *[]int) ([]byte, bool) {
	ids := (*scratch)[:0]
	ok := eachKey(keys, func(key int) { ids = append(ids, s.idOf(key)) })
	*scratch = ids
	if !ok {
		return body, false
	}
	slices.Sort(ids)
	return s.picked(body, ids), true
}

// ofUsers answers with the first records of each user.
func (s *service) ofUsers(body, users, query []byte, scratch *[]int) ([]byte, bool) {
	each, ok := number(query, "limit_each", most)
	if !ok || each < 1 || each > most {
		return body, false
	}
	ids := (*scratch)[:0]
	ok = eachKey(users, func(user int) {
		of := s.of[user]
		ids = append(ids, of[:min(each, len(of))]...)
	})
	*scratch = ids
	if !ok {
		return body, false
	}
	slices.Sort(ids)
	return s.picked(body, ids), true
}

// eachKey shows the keys of a list, as many as the contract allows.
func eachKey(keys []byte, show func(key int)) bool {
	shown := 0
	for more := true; more; shown++ {
		var key []byte
		key, keys, more = cutKey(keys)
		n, ok := http1.Number(key)
		if !ok || shown == maxKeys {
			return false
		}
		show(n)
	}
	return true
}

// picked appends records by ids that rise, each once, as the sample services do.
func (s *service) picked(body []byte, ids []int) []byte {
	body = append(body, '[')
	sep, last := false, 0
	for _, id := range ids {
		if id == last || id > len(s.records) {
			continue
		}
		if sep {
			body = append(body, ',')
		}
		body = append(body, s.records[id-1]...)
		sep, last = true, id
	}
	return append(body, ']')
}

// cutKey cuts a list at its first comma, which some clients escape.
func cutKey(keys []byte) (key, rest []byte, more bool) {
	if key, rest, more = bytes.Cut(keys, []byte{','}); more {
		return key, rest, more
	}
	return bytes.Cut(keys, []byte("%2C"))
}

func (s *service) page(body, query []byte) ([]byte, bool) {
	limit, ok := number(query, "limit", defaultLimit)
	if !ok || limit < 1 || limit > most {
		return body, false
	}
	offset, ok := number(query, "offset", 0)
	if !ok {
		return body, false
	}
	if user, ok := param(query, "user_id"); ok && s.of != nil {
		n, ok := http1.Number(user)
		of := s.of[n]
		first := min(offset, len(of))
		return s.picked(body, of[first:min(first+limit, len(of))]), ok
	}
	first := min(offset, len(s.records))
	last := min(first+limit, len(s.records))
	body = append(body, '[')
	for i, raw := range s.records[first:last] {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, raw...)
	}
	return append(body, ']'), true
}

func number(query []byte, name string, missing int) (int, bool) {
	value, ok := param(query, name)
	if !ok {
		return missing, true
	}
	return http1.Number(value)
}

// param is the value of a query's parameter, as it was written.
func param(query []byte, name string) ([]byte, bool) {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte{'&'})
		if value, ok := bytes.CutPrefix(pair, []byte(name)); ok && len(value) > 0 && value[0] == '=' {
			return value[1:], true
		}
	}
	return nil, false
}

// respond appends a whole response.
func (s says) respond(out []byte, ok bool, body []byte) []byte {
	status := "200 OK"
	if !ok {
		s, status, body = notKept, "404 Not Found", []byte(`{"detail":"the benchmark does not read this"}`)
	}
	out = append(out, "HTTP/1.1 "...)
	out = append(out, status...)
	out = append(out, "\r\nContent-Type: application/json\r\n"...)
	out = s.fields(out, body)
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(out, "\r\n\r\n"...)
	return append(out, body...)
}

// fields appends what the header says of keeping an answer.
func (s says) fields(out, body []byte) []byte {
	switch s {
	case silent:
		return out
	case kept:
		sum := fnv.New64a()
		_, _ = sum.Write(body) // never fails
		return fmt.Appendf(out, "Cache-Control: public, max-age=86400\r\nETag: \"%016x\"\r\n", sum.Sum64())
	default:
		return append(out, "Cache-Control: no-store\r\n"...)
	}
}

package soak

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// sel is a field of an operation. What it leads to is in of.
type sel struct {
	name     string
	id       int64  // its argument id, or userId; 0 is none
	first    int    // its argument first; 0 is none
	category string // its argument category
	later    bool   // stands in a fragment that is deferred
	of       []sel
}

// text is the field as a document has it.
func (s sel) text() string {
	var args []string
	if s.id != 0 && s.name == "orders" {
		args = append(args, fmt.Sprintf("userId: %d", s.id))
	} else if s.id != 0 {
		args = append(args, fmt.Sprintf("id: %d", s.id))
	}
	if s.first != 0 {
		args = append(args, fmt.Sprintf("first: %d", s.first))
	}
	if s.category != "" {
		args = append(args, fmt.Sprintf("category: %q", s.category))
	}
	text := s.name
	if len(args) > 0 {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	if len(s.of) > 0 {
		text += " " + document(s.of)
	}
	if s.later {
		text = "... @defer { " + text + " }"
	}
	return text
}

func document(of []sel) string {
	texts := make([]string, len(of))
	for i, each := range of {
		texts[i] = each.text()
	}
	return "{ " + strings.Join(texts, " ") + " }"
}

// leaves are fields without anything below them.
func leaves(names ...string) []sel {
	all := make([]sel, len(names))
	for i, name := range names {
		all[i] = sel{name: name}
	}
	return all
}

func with(of []sel, more ...sel) []sel { return append(append([]sel(nil), of...), more...) }

// page is a field that leads to a page of records.
func page(s sel, of ...sel) sel {
	s.of = []sel{{name: "nodes", of: of}, {name: "pageInfo", of: leaves("hasNextPage")}}
	return s
}

// fields are those that a random operation may take, with the type that each leads to.
func fields() map[string]map[string]string {
	return map[string]map[string]string{
		"User": {
			"name": "", "username": "", "email": "", "phone": "", "role": "", "status": "", "createdAt": "",
			"address": "Address", "orders": "Orders",
		},
		"Order": {
			"status": "", "createdAt": "", "total": "Money", "user": "User", "items": "OrderItem", "payment": "Payment",
			"shippingAddress": "Address",
		},
		"OrderItem": {"quantity": "", "unitPrice": "Money", "product": "Product"},
		"Payment":   {"status": "", "method": "", "cardLast4": "", "createdAt": "", "amount": "Money", "order": "Order"},
		"Product":   {"name": "", "sku": "", "category": "", "description": "", "stock": "", "price": "Money"},
		"Address":   {"street": "", "city": "", "zip": ""},
		"Money":     {"amount": "", "currency": ""},
	}
}

// anyOf takes some fields of a type at random, and goes down so far.
func anyOf(r *rand.Rand, typ string, depth int) []sel {
	var all []sel
	if typ != "Address" && typ != "Money" && typ != "OrderItem" {
		all = leaves("id")
	}
	for name, leads := range fields()[typ] {
		switch {
		case r.IntN(2) == 0 || leads != "" && depth == 0:
		case leads == "":
			all = append(all, sel{name: name})
		case leads == "Orders":
			all = append(all, page(sel{name: name, first: 1 + r.IntN(3)}, anyOf(r, "Order", depth-1)...))
		default:
			all = append(all, sel{name: name, of: anyOf(r, leads, depth-1)})
		}
	}
	if len(all) == 0 {
		for name := range fields()[typ] {
			if fields()[typ][name] == "" {
				return leaves(name)
			}
		}
	}
	return all
}

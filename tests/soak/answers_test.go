package soak

import (
	"strconv"
	"strings"
)

// telling is how an operation is answered for a caller.
type telling struct {
	*oracle

	to     caller
	denied map[string]string // the codes of what is denied, by paths
}

// answer is the data that an operation has, and what it is denied.
func (o *oracle) answer(to caller, of []sel) (data map[string]any, denied map[string]string) {
	t := &telling{o, to, make(map[string]string)}
	return t.object("Query", nil, of, ""), t.denied
}

func (t *telling) object(typ string, r record, of []sel, at string) map[string]any {
	all := make(map[string]any, len(of))
	for _, each := range of {
		all[each.name] = t.field(typ, r, each, at+"/"+each.name)
	}
	return all
}

func (t *telling) deny(at string) any {
	code := "FORBIDDEN"
	if t.to.id == 0 {
		code = "UNAUTHENTICATED"
	}
	t.denied[at] = code
	return nil
}

func (t *telling) field(typ string, r record, s sel, at string) any {
	switch typ {
	case "Query":
		return t.root(s, at)
	case "User":
		return t.ofUser(r, s, at)
	case "Order":
		return t.ofOrder(r, s, at)
	case "OrderItem":
		return t.ofItem(r, s, at)
	case "Payment":
		return t.ofPayment(r, s, at)
	case "Product":
		return t.ofProduct(r, s, at)
	default:
		return r[s.name]
	}
}

func (t *telling) root(s sel, at string) any {
	if t.to.id == 0 && s.name != "product" && s.name != "products" {
		return t.deny(at)
	}
	switch s.name {
	case "me":
		return t.object("User", t.users[t.to.id], s.of, at)
	case "user":
		return t.object("User", t.users[s.id], s.of, at)
	case "order":
		return t.order(t.orders[s.id], s, at)
	case "payment":
		return t.payment(t.payments[s.id], s, at)
	case "product":
		return t.object("Product", t.products[s.id], s.of, at)
	case "users":
		if !t.to.may("users:read") {
			return t.deny(at)
		}
		return t.page("User", t.fromFirst(t.users, s.first+1), s, at)
	case "orders":
		if s.id != 0 {
			return t.page("Order", t.ordersOf(s.id), s, at)
		}
		return t.page("Order", t.fromFirst(t.orders, s.first+1), s, at)
	case "products":
		return t.page("Product", t.ofCategory(s.category), s, at)
	}
	return nil
}

func (t *telling) fromFirst(of map[int64]record, n int) (all []record) {
	for id := range int64(n) {
		all = append(all, of[id+1])
	}
	return all
}

func (t *telling) ofCategory(category string) (all []record) {
	for id := range int64(len(t.products)) {
		if each := t.products[id+1]; category == "" || each["category"] == category {
			all = append(all, each)
		}
	}
	return all
}

// page is so many of the records, and whether there are more.
func (t *telling) page(typ string, all []record, s sel, at string) any {
	nodes := []any{}
	for i, each := range all[:min(s.first, len(all))] {
		nodes = append(nodes, t.object(typ, each, s.of[0].of, at+"/nodes/"+strconv.Itoa(i)))
	}
	return map[string]any{"nodes": nodes, "pageInfo": map[string]any{"hasNextPage": len(all) > s.first}}
}

func (t *telling) order(r record, s sel, at string) any {
	if r == nil || !t.to.seesOrder(r) {
		return nil
	}
	return t.object("Order", r, s.of, at)
}

func (t *telling) payment(r record, s sel, at string) any {
	if r == nil || !t.to.owns(number(t.orders[number(r["order_id"])]["user_id"])) && !t.to.may("payments:read") {
		return nil
	}
	return t.object("Payment", r, s.of, at)
}

func (t *telling) ofUser(r record, s sel, at string) any {
	own := t.to.owns(number(r["id"]))
	switch s.name {
	case "email", "phone", "address":
		if !own && !t.to.may("users:pii") {
			return t.deny(at)
		}
	case "role", "status", "createdAt", "updatedAt":
		if !own && !t.to.may("users:read") {
			return t.deny(at)
		}
	case "orders":
		if !own && !t.to.may("orders:read") {
			return t.deny(at)
		}
		return t.page("Order", t.ordersOf(number(r["id"])), s, at)
	}
	if s.name == "address" {
		address, _ := r["address"].(record)
		return t.object("Address", address, s.of, at)
	}
	return value(r, s.name)
}

func (t *telling) ofOrder(r record, s sel, at string) any {
	switch s.name {
	case "total":
		return money(r["total"], r["currency"], s)
	case "user":
		return t.object("User", t.users[number(r["user_id"])], s.of, at)
	case "payment":
		return t.payment(t.paymentOf[number(r["id"])], s, at)
	case "shippingAddress":
		if !t.to.owns(number(r["user_id"])) && !t.to.may("users:pii") {
			return t.deny(at)
		}
		address, _ := r["shipping_address"].(record)
		return t.object("Address", address, s.of, at)
	case "items":
		items, _ := r["items"].([]any)
		all := make([]any, len(items))
		for i, each := range items {
			item, _ := each.(record)
			all[i] = t.object("OrderItem", record{"order": r, "item": item}, s.of, at+"/"+strconv.Itoa(i))
		}
		return all
	}
	return value(r, s.name)
}

func (t *telling) ofItem(r record, s sel, at string) any {
	order, _ := r["order"].(record)
	item, _ := r["item"].(record)
	switch s.name {
	case "unitPrice":
		return money(item["unit_price"], order["currency"], s)
	case "product":
		return t.object("Product", t.products[number(item["product_id"])], s.of, at)
	}
	return item[s.name]
}

func (t *telling) ofPayment(r record, s sel, at string) any {
	switch s.name {
	case "amount":
		return money(r["amount"], r["currency"], s)
	case "order":
		return t.order(t.orders[number(r["order_id"])], s, at)
	case "cardLast4":
		number, ok := r["card_number"].(string)
		if !ok {
			return nil
		}
		return number[len(number)-4:]
	}
	return value(r, s.name)
}

func (t *telling) ofProduct(r record, s sel, _ string) any {
	if s.name == "price" {
		return money(r["price"], r["currency"], s)
	}
	return value(r, s.name)
}

// value is a member as the schema shows it.
func value(r record, name string) any {
	switch name {
	case "id":
		return strconv.FormatInt(number(r["id"]), 10)
	case "role", "status", "method":
		text, _ := r[name].(string)
		return strings.ToUpper(text)
	case "createdAt":
		return r["created_at"]
	case "updatedAt":
		return r["updated_at"]
	}
	return r[name]
}

func money(amount, currency any, s sel) any {
	all := make(map[string]any)
	for _, each := range s.of {
		if each.name == "currency" {
			all["currency"] = currency
		} else if n, ok := amount.(interface{ String() string }); ok {
			all["amount"] = n.String()
		}
	}
	return all
}

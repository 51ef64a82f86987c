package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
)

// verdict is what the rules of a field, and of the records that it leads to, say together: - is no, o is for the caller's own, and
// + is yes.
func verdict(p *policy.Policy, view *policy.View, field *ast.FieldDefinition) string {
	guard := p.Field(field)
	if guard == nil {
		return "+"
	}
	all := "+"
	for _, rules := range [][]*policy.Rule{guard.Rules, guard.Records} {
		for _, rule := range rules {
			switch view.Verdict(rule) {
			case policy.Refuse:
				return "-"
			case policy.Ask:
				all = "o"
			case policy.Allow:
			}
		}
	}
	return all
}

func TestEveryRoleSeesWhatItShould(t *testing.T) {
	schema := load(t)
	p := read(t, schema)
	got := make(map[string]string)
	for name, object := range schema.Types {
		if object.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range object.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			row := make([]string, len(callers))
			for i, who := range callers {
				row[i] = verdict(p, p.View(who), field)
			}
			got[name+"."+field.Name] = strings.Join(row, "")
		}
	}
	if diff := cmp.Diff(table, got); diff != "" {
		t.Error(diff)
	}
}

// callers are those of the table's columns.
var callers = []auth.Principal{anonymous, machine, customer, other, support, admin}

// table is what of each field each of them may have, of the fields of records and parts once these are had.
var table = map[string]string{
	"Address.city": "++++++", "Address.street": "++++++", "Address.zip": "++++++",
	"CancelOrderPayload.order": "--oo++", "CancelOrderPayload.userErrors": "++++++",
	"Money.amount": "++++++", "Money.currency": "++++++",
	"Mutation.cancelOrder": "--ooo+", "Mutation.payOrder": "--ooo+", "Mutation.placeOrder": "-+++++",
	"Mutation.refundPayment": "-----+", "Mutation.updateProfile": "--++++",
	"Order.createdAt": "++++++", "Order.id": "++++++", "Order.items": "++++++", "Order.payment": "--oo++",
	"Order.shippingAddress": "--oo++", "Order.status": "++++++", "Order.total": "++++++", "Order.updatedAt": "++++++",
	"Order.user":            "-+++++",
	"OrderConnection.edges": "++++++", "OrderConnection.nodes": "--oo++", "OrderConnection.pageInfo": "++++++",
	"OrderEdge.cursor": "++++++", "OrderEdge.node": "--oo++",
	"OrderItem.product": "++++++", "OrderItem.quantity": "++++++", "OrderItem.unitPrice": "++++++",
	"PageInfo.endCursor": "++++++", "PageInfo.hasNextPage": "++++++", "PageInfo.hasPreviousPage": "++++++",
	"PageInfo.startCursor":    "++++++",
	"PayOrderPayload.payment": "--oo++", "PayOrderPayload.userErrors": "++++++",
	"Payment.amount": "++++++", "Payment.cardLast4": "++++++", "Payment.createdAt": "++++++", "Payment.id": "++++++",
	"Payment.method": "++++++", "Payment.order": "--oo++", "Payment.status": "++++++", "Payment.updatedAt": "++++++",
	"PlaceOrderPayload.order": "--oo++", "PlaceOrderPayload.userErrors": "++++++",
	"Product.category": "++++++", "Product.createdAt": "++++++", "Product.description": "++++++", "Product.id": "++++++",
	"Product.name": "++++++", "Product.price": "++++++", "Product.sku": "++++++", "Product.stock": "++++++",
	"Product.updatedAt":       "++++++",
	"ProductConnection.edges": "++++++", "ProductConnection.nodes": "++++++", "ProductConnection.pageInfo": "++++++",
	"ProductEdge.cursor": "++++++", "ProductEdge.node": "++++++",
	"Query.me": "-+++++", "Query.order": "--oo++", "Query.orders": "--oo++", "Query.payment": "--oo++",
	"Query.product": "++++++", "Query.products": "++++++", "Query.usage": "++++++", "Query.user": "-+++++", "Query.users": "----++",
	"RefundPaymentPayload.payment": "--oo++", "RefundPaymentPayload.userErrors": "++++++",
	"Subscription.orderStatusChanged": "--oo++", "Subscription.paymentStatusChanged": "--oo++",
	"UpdateProfilePayload.user": "-+++++", "UpdateProfilePayload.userErrors": "++++++",

	"Usage.name": "++++++", "Usage.by": "++++++", "Usage.counts": "++++++", "Usage.limit": "++++++", "Usage.per": "++++++",
	"Usage.used": "++++++", "Usage.remaining": "++++++", "Usage.resets": "++++++",
	"User.address": "--oo++", "User.createdAt": "--oo++", "User.email": "--oo++", "User.id": "++++++",
	"User.name": "++++++", "User.orders": "--oo++", "User.phone": "--oo++", "User.role": "--oo++",
	"User.status": "--oo++", "User.updatedAt": "--oo++", "User.username": "++++++",
	"UserConnection.edges": "++++++", "UserConnection.nodes": "-+++++", "UserConnection.pageInfo": "++++++",
	"UserEdge.cursor": "++++++", "UserEdge.node": "-+++++",
	"UserError.code": "++++++", "UserError.field": "++++++", "UserError.message": "++++++",
}

package edges_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/resolvers"
)

func TestTheProgramsOwnResolversAreEdges(t *testing.T) {
	e, err := edges.Read(resolvers.Source())
	if err != nil {
		t.Fatal(err)
	}
	member := func(field string) edges.Value { return edges.Value{Member: field} }
	argument := func(name string) edges.Value { return edges.Value{Argument: name} }
	id, page := []string{"id"}, []string{"first", "after"}
	nodes := edges.Edge{Kind: edges.AtHand, Key: edges.Value{Method: "Nodes"}}
	ends := edges.Edge{Kind: edges.AtHand, Key: edges.Value{Method: "Edges"}}
	node := edges.Edge{Kind: edges.AtHand, Key: member("Node")}
	for _, c := range []struct {
		object, field string
		want          edges.Edge
	}{
		{"Query", "me", edges.Edge{Kind: edges.Own, Read: "User"}},
		{"Query", "user", edges.Edge{Kind: edges.ByArgument, Read: "User", Key: argument("id"), Arguments: id}},
		{"Query", "users", edges.Edge{Kind: edges.Page, Read: "Users", Arguments: page}},
		{"Query", "order", edges.Edge{Kind: edges.ByArgument, Read: "Order", Key: argument("id"), Arguments: id}},
		{"Query", "orders", edges.Edge{Kind: edges.Page, Read: "Orders", Of: argument("userID"), Arguments: append(page, "userID")}},
		{"Query", "product", edges.Edge{Kind: edges.ByArgument, Read: "Product", Key: argument("id"), Arguments: id}},
		{"Query", "products", edges.Edge{Kind: edges.Page, Read: "Products", Named: argument("category"), Arguments: append(page, "category")}},
		{"Query", "payment", edges.Edge{Kind: edges.ByArgument, Read: "Payment", Key: argument("id"), Arguments: id}},
		{"User", "orders", edges.Edge{Kind: edges.Page, Read: "Orders", Of: member("ID"), Arguments: page}},
		{"UserConnection", "nodes", nodes},
		{"UserConnection", "edges", ends},
		{"UserEdge", "node", node},
		{"Order", "user", edges.Edge{Kind: edges.ByMember, Read: "User", Key: member("UserID")}},
		{"Order", "items", edges.Edge{Kind: edges.AtHand, Key: member("Items")}},
		{"Order", "payment", edges.Edge{Kind: edges.ByMember, Read: "PaymentOfOrder", Key: member("ID")}},
		{"OrderItem", "product", edges.Edge{Kind: edges.ByMember, Read: "Product", Key: member("ProductID")}},
		{"OrderConnection", "nodes", nodes},
		{"OrderConnection", "edges", ends},
		{"OrderEdge", "node", node},
		{"Payment", "order", edges.Edge{Kind: edges.ByMember, Read: "Order", Key: member("OrderID")}},
		{"UpdateProfilePayload", "user", edges.Edge{Kind: edges.AtHand, Key: member("User")}},
		{"PlaceOrderPayload", "order", edges.Edge{Kind: edges.AtHand, Key: member("Order")}},
		{"CancelOrderPayload", "order", edges.Edge{Kind: edges.AtHand, Key: member("Order")}},
		{"PayOrderPayload", "payment", edges.Edge{Kind: edges.AtHand, Key: member("Payment")}},
		{"RefundPaymentPayload", "payment", edges.Edge{Kind: edges.AtHand, Key: member("Payment")}},
	} {
		t.Run(c.object+"."+c.field, func(t *testing.T) {
			got, ok := e.Edge(c.object, c.field)
			if !ok {
				t.Fatalf("its resolver %s", e.Why(c.object, c.field))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package wire

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

func TestEveryFieldOfARecordSaysWhatItIsMadeOf(t *testing.T) {
	fields, err := Read(schema())
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for field := range fields.All() {
		got[field.Object+"."+field.Name] = strings.Join(field.Members, " ")
	}
	want := map[string]string{
		"User.id": "id", "User.name": "name", "User.username": "username", "User.email": "email", "User.phone": "phone",
		"User.role": "role", "User.status": "status", "User.address": "address", "User.orders": "id",
		"User.createdAt": "created_at", "User.updatedAt": "updated_at",
		"Address.street": "street", "Address.city": "city", "Address.zip": "zip",
		"Order.id": "id", "Order.status": "status", "Order.total": "total currency", "Order.user": "user_id", "Order.items": "items",
		"Order.payment": "id", "Order.shippingAddress": "shipping_address", "Order.createdAt": "created_at", "Order.updatedAt": "updated_at",
		"OrderItem.quantity": "quantity", "OrderItem.unitPrice": "unit_price /currency", "OrderItem.product": "product_id",
		"Product.id": "id", "Product.name": "name", "Product.sku": "sku", "Product.price": "price currency",
		"Product.category": "category", "Product.description": "description", "Product.stock": "stock",
		"Product.createdAt": "created_at", "Product.updatedAt": "updated_at",
		"Payment.id": "id", "Payment.status": "status", "Payment.amount": "amount currency", "Payment.method": "method",
		"Payment.cardLast4": "card_number", "Payment.order": "order_id", "Payment.createdAt": "created_at", "Payment.updatedAt": "updated_at",
		"Money.amount": "", "Money.currency": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsTheGatewaysOwnIsMadeOfNoMember(t *testing.T) {
	fields, err := Read(schema())
	if err != nil {
		t.Fatal(err)
	}
	for _, coordinate := range []string{
		"Query.me", "Mutation.payOrder", "OrderConnection.nodes", "OrderEdge.cursor", "PageInfo.endCursor", "UserError.code",
		"PlaceOrderPayload.order", "User.nothing", "Nobody.name",
	} {
		object, name, _ := strings.Cut(coordinate, ".")
		if field, ok := fields.Field(object, name); ok {
			t.Errorf("%s is made of %q", coordinate, field.Members)
		}
	}
}

func TestAFieldKnowsWhatARecordShows(t *testing.T) {
	fields, err := Read(schema())
	if err != nil {
		t.Fatal(err)
	}
	amount, err := record.ParseDecimal("12.50")
	if err != nil {
		t.Fatal(err)
	}
	placed := &order.Order{ID: 7, UserID: 3, TotalAmount: amount, Currency: "USD"}
	paid := &payment.Payment{Card: "4242"}
	for coordinate, c := range map[string]struct {
		of   any
		want string
		at   string
	}{
		"Order.id":          {placed, "7", "upstreams/order Order.ID"},
		"Order.total":       {placed, "12.50 USD", "upstreams/order Order.Total"},
		"Order.user":        {placed, "", "upstreams/order Order"},
		"Payment.cardLast4": {paid, "4242", "upstreams/payment Payment.CardLast4"},
	} {
		object, name, _ := strings.Cut(coordinate, ".")
		field, ok := fields.Field(object, name)
		if !ok {
			t.Fatalf("there is no %s", coordinate)
		}
		got := ""
		if value, ok := field.Value(reflect.ValueOf(c.of)); ok {
			switch shown := value.Interface().(type) {
			case *record.Money:
				got = shown.Amount.String() + " " + shown.Currency
			case *string:
				got = *shown
			case record.ID:
				got = shown.String()
			}
		}
		if got != c.want || field.Go() != c.at {
			t.Errorf("%s is %q by %s, want %q by %s", coordinate, got, field.Go(), c.want, c.at)
		}
	}
}

func TestFieldsThatSayItWronglyAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ old, to, want string }{
		"a computed field that says nothing": {
			`@from(members: ["price", "currency"])`, ``,
			"schema/product.graphql:27 Product.price: upstreams/product Product.Price: " +
				"no JSON tag says which members of the record the field is made of: add @from(members: [...])",
		},
		"an edge that says nothing": {
			`@from(members: ["user_id"])`, ``,
			"schema/order.graphql:40 Order.user: upstreams/order Order: " +
				"no JSON tag says which members of the record the field is made of: add @from(members: [...])",
		},
		"a list of nothing": {
			`["card_number"]`, `[]`, "schema/payment.graphql:33 Payment.cardLast4: upstreams/payment Payment.CardLast4: @from names no member",
		},
		"a field that its tag speaks for": {
			"  sku: String\n", "  sku: String @from(members: [\"name\"])\n",
			"schema/product.graphql:25 Product.sku: upstreams/product Product.SKU: it is the member sku by its JSON tag: leave @from out",
		},
	} {
		fields, err := Read(rewritten(t, c.old, c.to))
		if mistakes, ok := errors.AsType[Mistakes](err); !ok || len(mistakes) != 1 || err.Error() != c.want {
			t.Errorf("%s: got  %v\nwant %s", name, err, c.want)
		}
		if _, ok := fields.Field("User", "id"); !ok {
			t.Errorf("%s: the other fields are not read", name)
		}
	}
}

// rewritten is the schema with a text of its sources in place of another.
func rewritten(t *testing.T, old, to string) *ast.Schema {
	t.Helper()
	var sources []*ast.Source
	found := false
	for _, name := range []string{"schema", "user", "order", "product", "payment"} {
		file := "schema/" + name + ".graphql"
		text, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(text), old)
		sources = append(sources, &ast.Source{Name: file, Input: strings.ReplaceAll(string(text), old, to)})
	}
	if !found {
		t.Fatalf("the schema does not say %q", old)
	}
	loaded, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

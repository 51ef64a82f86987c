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
	"github.com/vektah/gqlparser/v2/parser"

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
	placed := &order.Order{ID: 7, UserID: 3, Total: record.NewMoney(amount, "USD")}
	paid := &payment.Payment{CardLast4: "4242"}
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
			case payment.LastFour:
				got = string(shown)
			case record.ID:
				got = shown.String()
			}
		}
		if got != c.want || field.Go() != c.at {
			t.Errorf("%s is %q by %s, want %q by %s", coordinate, got, field.Go(), c.want, c.at)
		}
	}
}

func TestAFieldKnowsTheGoFieldBehindIt(t *testing.T) {
	fields, err := Read(schema())
	if err != nil {
		t.Fatal(err)
	}
	for coordinate, want := range map[string]string{
		"Order.id": "ID", "Order.total": "Total", "Order.items": "Items", "OrderItem.unitPrice": "UnitPrice", "Payment.cardLast4": "CardLast4",
		"Money.amount": "Amount", "Order.user": "", "Order.payment": "", "User.orders": "", "OrderItem.product": "",
	} {
		object, name, _ := strings.Cut(coordinate, ".")
		field, _ := fields.Field(object, name)
		got, ok := field.GoField()
		if got.Name != want || ok != (want != "") {
			t.Errorf("behind %s is %q, %v, want %q", coordinate, got.Name, ok, want)
		}
	}
}

// made is a client's type whose values come in ways that the services' types have no example of.
type made struct {
	Name   string `json:"name"`
	Plain  string `json:"-"`
	Joined string `from:"name,size" json:"-"`
}

// Label is a method of an owner's.
func (m *made) Label() string { return "<" + m.Name + ">" }

func TestWhatGivesAValueSaysWhatItIsMadeOf(t *testing.T) {
	const noTag = "no JSON tag says which members of the record the field is made of: add @from(members: [...])"
	for said, c := range map[string]struct {
		members, mistake string
		isField          bool
	}{
		`label: String @from(members: ["name"])`:          {members: "name"},
		`label: String @from(members: ["name"], last: 4)`: {members: "name"},
		`label: String`:                                    {mistake: noTag},
		`plain: String`:                                    {mistake: noTag},
		`plain: String @from(members: ["name"])`:           {mistake: `nothing reads its Go field: add the tags from:"name" json:"-"`},
		`joined: String @from(members: ["name", "size"])`:  {members: "name size", isField: true},
		`joined: String @from(members: ["name"], last: 4)`: {mistake: `@from says name, and its tag from:"name,size"`},
		`joined: String`:                                   {mistake: `its tag says from:"name,size": add @from(members: ["name", "size"])`},
		`edge: String @from(members: ["name"])`:            {members: "name"},
		`edge: String`:                                     {mistake: noTag},
		`name: String`:                                     {members: "name", isField: true},
		`name: String @from(members: ["name"])`:            {mistake: "it is the member name by its JSON tag: leave @from out"},
	} {
		definition := fieldOf(t, said)
		r := &reader{schema: schema(), fields: make(map[string]*Field)}
		as := reflect.TypeFor[made]()
		f := &Field{Object: "Made", Name: definition.Name, Definition: definition, Record: as, value: accessorOf(as, definition.Name)}
		r.field(f, false)
		mistake := ""
		if len(r.mistakes) > 0 {
			mistake = r.mistakes[0].Message
		}
		if got := strings.Join(f.Members, " "); got != c.members || mistake != c.mistake {
			t.Errorf("%s is made of %q: %s; want %q: %s", said, got, mistake, c.members, c.mistake)
		}
		if _, ok := f.GoField(); c.mistake == "" && ok != c.isField {
			t.Errorf("%s has a Go field: %v, want %v", said, ok, c.isField)
		}
	}
	value, ok := (&Field{value: accessorOf(reflect.TypeFor[made](), "label")}).Value(reflect.ValueOf(&made{Name: "x"}))
	if !ok || value.String() != "<x>" {
		t.Errorf("the method shows %v, %v", value, ok)
	}
}

// fieldOf is a field of the schema's language.
func fieldOf(t *testing.T, said string) *ast.FieldDefinition {
	t.Helper()
	document, err := parser.ParseSchema(&ast.Source{Name: "made.graphql", Input: "type Made { " + said + " }"})
	if err != nil {
		t.Fatal(err)
	}
	return document.Definitions[0].Fields[0]
}

func TestFieldsThatSayItWronglyAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ old, to, want string }{
		"a computed field that says nothing": {
			`@from(members: ["price", "currency"])`, ``,
			"schema/product.graphql:28 Product.price: upstreams/product Product.Price: " +
				"its tag says from:\"price,currency\": add @from(members: [\"price\", \"currency\"])",
		},
		"an edge that says nothing": {
			`@from(members: ["user_id"])`, ``,
			"schema/order.graphql:41 Order.user: upstreams/order Order: " +
				"no JSON tag says which members of the record the field is made of: add @from(members: [...])",
		},
		"a list of nothing": {
			`["card_number"]`, `[]`, "schema/payment.graphql:34 Payment.cardLast4: upstreams/payment Payment.CardLast4: @from names no member",
		},
		"a field made of members that says nothing of some": {
			`@from(members: ["total", "currency"])`, `@from(members: ["total"])`,
			"schema/order.graphql:39 Order.total: upstreams/order Order.Total: @from says total, and its tag from:\"total,currency\"",
		},
		"a field made of members that names them the other way round": {
			`@from(members: ["unit_price", "/currency"])`, `@from(members: ["/currency", "unit_price"])`,
			"schema/order.graphql:59 OrderItem.unitPrice: upstreams/order OrderItem.UnitPrice: " +
				"@from says /currency,unit_price, and its tag from:\"unit_price,/currency\"",
		},
		"the end of a field made of members": {
			`@from(members: ["amount", "currency"])`, `@from(members: ["amount", "currency"], last: 2)`,
			"schema/payment.graphql:30 Payment.amount: upstreams/payment Payment.Amount: last is of one member",
		},
		"a field that shows the end of its member and says nothing": {
			` @from(members: ["card_number"], last: 4)`, ``,
			"schema/payment.graphql:34 Payment.cardLast4: upstreams/payment Payment.CardLast4: " +
				"its Go type shows the end of the member card_number: it takes @from(members: [\"card_number\"], last: ...)",
		},
		"a field that shows the end of its member and says that it shows all": {
			`["card_number"], last: 4`, `["card_number"]`,
			"schema/payment.graphql:34 Payment.cardLast4: upstreams/payment Payment.CardLast4: " +
				"its Go type shows the end of the member card_number: it takes @from(members: [\"card_number\"], last: ...)",
		},
		"a field that shows the end of its member and says another": {
			`["card_number"], last: 4`, `["card_cvv"], last: 4`,
			"schema/payment.graphql:34 Payment.cardLast4: upstreams/payment Payment.CardLast4: " +
				"its Go type shows the end of the member card_number: it takes @from(members: [\"card_number\"], last: ...)",
		},
		"a field that shows all of its member and says that it shows the end": {
			"  sku: String\n", "  sku: String @from(members: [\"sku\"], last: 4)\n",
			"schema/product.graphql:26 Product.sku: upstreams/product Product.SKU: its Go type shows all of the member sku, and last is the end of it",
		},
		"a field that its tag speaks for": {
			"  sku: String\n", "  sku: String @from(members: [\"name\"])\n",
			"schema/product.graphql:26 Product.sku: upstreams/product Product.SKU: it is the member sku by its JSON tag: leave @from out",
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

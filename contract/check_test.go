package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

func TestTheGatewayAgreesWithTheContractsThatItWasWrittenFor(t *testing.T) {
	if err := Check(t.Context(), upstreams.DefaultConfig(), 100); err != nil {
		t.Error(err)
	}
}

func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// unchanged are the contracts that the gateway was written for, read once.
var unchanged = sync.OnceValues(func() (map[string]*openapi.Document, error) {
	return load(context.Background(), upstreams.DefaultConfig())
})

// changed are the contracts, one of them with a text in place of another.
func changed(t *testing.T, service, old, to string) map[string]*openapi.Document {
	t.Helper()
	documents, err := unchanged()
	if err != nil {
		t.Fatal(err)
	}
	if service == "" {
		return documents
	}
	text, err := upstreams.Contract(service)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("the contract of the %s service does not say %q", service, old)
	}
	text = []byte(strings.Replace(string(text), old, to, 1))
	documents = maps.Clone(documents)
	if documents[service], err = openapi.Parse(nameOfContract(service, ""), text); err != nil {
		t.Fatal(err)
	}
	return documents
}

// said are the findings without the contracts' lines, which say nothing to the reader of a test.
func said(err error) []string {
	findings, _ := errors.AsType[Findings](err)
	var lines []string
	for _, each := range findings {
		lines = append(lines, regexp.MustCompile(`(openapi\.yaml|\.graphql):\d+`).ReplaceAllString(each.String(), "$1"))
	}
	return lines
}

func TestEveryDisagreementIsFoundAndNamedWithBothPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		service, old, to string
		config           func(*upstreams.Config)
		page             int
		want             []string
	}{
		"a path is gone": {
			service: "order", old: "  /orders/{id}:\n", to: "  /order/{id}:\n",
			want: []string{
				"upstreams/order Client.Cancel against upstreams/order/openapi.yaml #/paths: there is no path for PATCH /orders/{id}",
			},
		},
		"a path is gone that single keys need": {
			service: "payment", old: "  /payments/{id}:\n", to: "  /payment/{id}:\n",
			want: []string{
				"upstreams/payment Client.ByIDs against upstreams/payment/openapi.yaml #/paths: there is no path for GET /payments/{id}",
			},
		},
		"a method is gone": {
			service: "order", old: "    patch:\n", to: "    put:\n",
			want: []string{
				"upstreams/order Client.Cancel against upstreams/order/openapi.yaml #/paths/~1orders~1{id}: there is no PATCH",
			},
		},
		"a parameter has another name": {
			service: "product", old: "      name: category\n", to: "      name: kind\n",
			want: []string{
				"upstreams/product Client.List sends ?category against upstreams/product/openapi.yaml #/paths/~1products/get/parameters: there is no parameter of this name",
			},
		},
		"a parameter has another type": {
			service: "order", old: "whose orders are wanted.\n      schema: {type: integer, format: int64}", to: "whose orders are wanted.\n      schema: {type: boolean}",
			want: []string{
				"upstreams/order Client.List sends ?user_id against upstreams/order/openapi.yaml #/components/parameters/user_id: it takes true or false",
			},
		},
		"a parameter in a path has another type": {
			service: "payment", old: "schema: {type: integer, format: int64, minimum: 1}", to: "schema: {type: boolean}",
			want: []string{
				"upstreams/payment Client.ByIDs sends {id} against upstreams/payment/openapi.yaml #/components/parameters/id: it takes true or false",
				"upstreams/payment Client.Refund sends {id} against upstreams/payment/openapi.yaml #/components/parameters/id: it takes true or false",
			},
		},
		"a parameter is needed": {
			service: "product", old: "      name: category\n      in: query\n", to: "      name: category\n      in: query\n      required: true\n",
			want: []string{
				"upstreams/product Client.ByIDs against upstreams/product/openapi.yaml #/components/parameters/category: the parameter category is needed, and not sent",
				"upstreams/product Client.List against upstreams/product/openapi.yaml #/components/parameters/category: the parameter category is needed, and not sent",
			},
		},
		"a header is needed": {
			service: "user", old: "      in: header\n", to: "      in: header\n      required: true\n",
			want: []string{
				"upstreams/user Client.ByIDs against upstreams/user/openapi.yaml #/components/parameters/ifNoneMatch: the header If-None-Match is needed, and not sent",
				"upstreams/user Client.List against upstreams/user/openapi.yaml #/components/parameters/ifNoneMatch: the header If-None-Match is needed, and not sent",
			},
		},
		"a parameter has a lower bound": {
			service: "user", old: "minimum: 1, maximum: 1000,", to: "minimum: 1, maximum: 100,",
			want: []string{
				"graphql.pages.max: 100, by which upstreams/user Client.List sends ?limit against upstreams/user/openapi.yaml #/components/parameters/limit: 101 is sent, and it takes at most 100",
			},
		},
		"a page may be larger than a list": {
			page: 1000,
			want: []string{
				"graphql.pages.max: 1000, by which upstreams/order Client.FirstByUserIDs sends ?limit_each against upstreams/order/openapi.yaml #/components/parameters/limit_each: 1001 is sent, and it takes at most 1000",
				"graphql.pages.max: 1000, by which upstreams/order Client.List sends ?limit against upstreams/order/openapi.yaml #/components/parameters/limit: 1001 is sent, and it takes at most 1000",
				"graphql.pages.max: 1000, by which upstreams/product Client.List sends ?limit against upstreams/product/openapi.yaml #/components/parameters/limit: 1001 is sent, and it takes at most 1000",
				"graphql.pages.max: 1000, by which upstreams/user Client.List sends ?limit against upstreams/user/openapi.yaml #/components/parameters/limit: 1001 is sent, and it takes at most 1000",
			},
		},
		"a member has another name": {
			service: "product", old: "        sku: {", to: "        stock_keeping_unit: {",
			want: []string{
				`upstreams/product Product.SKU (json "sku") against upstreams/product/openapi.yaml #/components/schemas/Product/properties: there is no member of this name`,
			},
		},
		"a member is gone that a computed field needs": {
			service: "payment", old: "        amount: {type: number, minimum: 0}\n", to: "",
			want: []string{
				"schema/payment.graphql Payment.amount @from amount against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties: there is no member of this name",
				`upstreams/payment Payment.TotalAmount (json "amount") against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties: there is no member of this name`,
			},
		},
		"a member of a part is gone": {
			service: "order", old: "        quantity: {type: integer, format: int32, minimum: 1, maximum: 1000}\n        unit", to: "        unit",
			want: []string{
				`upstreams/order OrderItem.Quantity (json "quantity") against upstreams/order/openapi.yaml #/components/schemas/Line/properties: there is no member of this name`,
			},
		},
		"a text becomes a number": {
			service: "product", old: "        name: {type: string, minLength: 1, maxLength: 200}\n        sku", to: "        name: {type: integer}\n        sku",
			want: []string{
				`upstreams/product Product.Name (json "name") against upstreams/product/openapi.yaml #/components/schemas/Product/properties/name: an integer cannot be read`,
			},
		},
		"a number becomes a text": {
			service: "order", old: "        total: {type: number, minimum: 0,", to: "        total: {type: string,",
			want: []string{
				`upstreams/order Order.TotalAmount (json "total") against upstreams/order/openapi.yaml #/components/schemas/Order/properties/total: text cannot be read`,
			},
		},
		"a text with a number in it is still one": {
			service: "order", old: "        total: {type: number, minimum: 0,", to: "        total: {type: string, format: decimal,",
			want: nil,
		},
		"an integer becomes a number": {
			service: "product", old: "        stock: {type: integer, format: int32, minimum: 0, maximum: 1000000}\n        supplier", to: "        stock: {type: number}\n        supplier",
			want: []string{
				`upstreams/product Product.Stock (json "stock") against upstreams/product/openapi.yaml #/components/schemas/Product/properties/stock: a number with decimal places cannot be read`,
			},
		},
		"an integer becomes larger": {
			service: "product", old: "        stock: {type: integer, format: int32, minimum: 0, maximum: 1000000}\n        supplier", to: "        stock: {type: integer}\n        supplier",
			want: []string{
				`upstreams/product Product.Stock (json "stock") against upstreams/product/openapi.yaml #/components/schemas/Product/properties/stock: an integer as small as -9007199254740991 and an integer as large as 9007199254740991 cannot be read`,
			},
		},
		"a moment becomes a text": {
			service: "user", old: "        created_at: {type: string, format: date-time}", to: "        created_at: {type: string}",
			want: []string{
				`upstreams/user User.CreatedAt (json "created_at") against upstreams/user/openapi.yaml #/components/schemas/User/properties/created_at: text cannot be read`,
			},
		},
		"an object becomes a text": {
			service: "user", old: "        address: {$ref: \"#/components/schemas/Address\"}", to: "        address: {type: string}",
			want: []string{
				`upstreams/user User.Address (json "address") against upstreams/user/openapi.yaml #/components/schemas/User/properties/address: text cannot be read`,
			},
		},
		"a list becomes an object": {
			service: "order", old: "        items:\n          type: array\n          minItems: 1\n          maxItems: 100\n          items: {$ref: \"#/components/schemas/Line\"}", to: "        items: {$ref: \"#/components/schemas/Line\"}",
			want: []string{
				`upstreams/order Order.Items (json "items") against upstreams/order/openapi.yaml #/components/schemas/Order/properties/items: an object cannot be read`,
			},
		},
		"a member may be null": {
			service: "user", old: "        name: {type: string,", to: "        name: {type: [string, \"null\"],",
			want: []string{
				"schema/user.graphql User.name by upstreams/user User.Name against upstreams/user/openapi.yaml #/components/schemas/User/properties/name: the member name can be null, and a value would be shown",
			},
		},
		"a member may be null, in the way of OpenAPI 3.0": {
			service: "user", old: "        name: {type: string,", to: "        name: {type: string, nullable: true,",
			want: []string{
				"schema/user.graphql User.name by upstreams/user User.Name against upstreams/user/openapi.yaml #/components/schemas/User/properties/name: the member name can be null, and a value would be shown",
			},
		},
		"a member may be null where the schema has null": {
			service: "user", old: "        email: {type: string,", to: "        email: {type: [string, \"null\"],",
			want: nil,
		},
		"the key of an edge may be null": {
			service: "order", old: "        user_id: {type: integer,", to: "        user_id: {type: [integer, \"null\"],",
			want: []string{
				"schema/order.graphql Order.user by upstreams/order Order.UserID against upstreams/order/openapi.yaml #/components/schemas/Order/properties/user_id: the member user_id can be null, and a value would be shown",
			},
		},
		"a part may be null": {
			service: "order", old: "shipping_address: {$ref: \"#/components/schemas/Address\"}", to: "shipping_address: {oneOf: [{$ref: \"#/components/schemas/Address\"}, {type: \"null\"}]}",
			want: nil,
		},
		"a list may hold null": {
			service: "order", old: "items: {$ref: \"#/components/schemas/Line\"}", to: "items: {anyOf: [{$ref: \"#/components/schemas/Line\"}, {type: \"null\"}]}",
			want: []string{
				`upstreams/order Order.Items (json "items") against upstreams/order/openapi.yaml #/components/schemas/Order/properties/items: a list that holds null cannot be read`,
			},
		},
		"a member may be missing": {
			service: "order", old: "        - user_id\n", to: "",
			want: []string{
				"schema/order.graphql Order.user by upstreams/order Order.UserID against upstreams/order/openapi.yaml #/components/schemas/Order/properties/user_id: the member user_id can be missing, and a value would be shown",
			},
		},
		"a member may be missing that an amount needs": {
			service: "order", old: "        - currency\n", to: "",
			want: nil,
		},
		"a member of a part may be missing": {
			service: "order", old: "[line_id, product_id, quantity, unit_price, discount]", to: "[line_id, unit_price, discount]",
			want: []string{
				"schema/order.graphql OrderItem.quantity by upstreams/order OrderItem.Quantity against upstreams/order/openapi.yaml #/components/schemas/Line/properties/quantity: the member quantity can be missing, and a value would be shown",
				"schema/order.graphql OrderItem.product by upstreams/order OrderItem.ProductID against upstreams/order/openapi.yaml #/components/schemas/Line/properties/product_id: the member product_id can be missing, and a value would be shown",
			},
		},
		"a status may be missing": {
			service: "payment", old: "        - status\n", to: "",
			want: nil,
		},
		"a status may be null": {
			service: "payment", old: "        status: {type: string, enum: [pending, authorized, captured, refunded, failed]}", to: "        status: {type: [string, \"null\"], enum: [pending, authorized, captured, refunded, failed, null]}",
			want: nil,
		},
		"a value is new": {
			service: "order", old: "shipped, delivered,", to: "shipped, on_hold, delivered,",
			want: []string{
				`upstreams/order Order.Status (json "status") against upstreams/order/openapi.yaml #/components/schemas/Order/properties/status/enum: the value on_hold is not known: it will show UNKNOWN`,
			},
		},
		"a value is gone": {
			service: "order", old: "shipped, delivered,", to: "shipped,",
			want: []string{
				"schema/order.graphql OrderStatus.DELIVERED against upstreams/order/openapi.yaml #/components/schemas/Order/properties/status/enum: no listed value is shown as it",
			},
		},
		"a value has another name": {
			service: "payment", old: "[card, paypal, bank_transfer]", to: "[card, paypal, transfer]",
			want: []string{
				"schema/payment.graphql PaymentMethod.BANK_TRANSFER against upstreams/payment/openapi.yaml #/components/schemas/Method/enum: no listed value is shown as it",
				`upstreams/payment Payment.Method (json "method") against upstreams/payment/openapi.yaml #/components/schemas/Method/enum: the value transfer is not known: it will show UNKNOWN`,
			},
		},
		"values are no longer listed": {
			service: "user", old: "{type: string, enum: [active, suspended]}", to: "{type: string}",
			want: []string{
				`upstreams/user User.Status (json "status") against upstreams/user/openapi.yaml #/components/schemas/User/properties/status: the values are not listed: those that are not known will show UNKNOWN`,
			},
		},
		"keys are asked for one by one": {
			config: func(c *upstreams.Config) {
				for _, service := range []*upstreams.Service{&c.User, &c.Order, &c.Product, &c.Payment} {
					service.REST.Batch = rest.Batch{Style: rest.None, Max: 7}
				}
			},
			want: nil,
		},
		"a batch is smaller": {
			service: "user", old: "maxItems: 100", to: "maxItems: 50",
			want: []string{
				"upstreams.user.batch.max: 100, by which upstreams/user Client.ByIDs sends ?ids against upstreams/user/openapi.yaml #/components/parameters/ids/schema/maxItems: it takes at most 50",
			},
		},
		"a batch is configured larger": {
			config: func(c *upstreams.Config) { c.User.REST.Batch.Max = 200 },
			want: []string{
				"upstreams.user.batch.max: 200, by which upstreams/user Client.ByIDs sends ?ids against upstreams/user/openapi.yaml #/components/parameters/ids/schema/maxItems: it takes at most 100",
			},
		},
		"a list is repeated": {
			service: "product", old: "explode: false", to: "explode: true",
			want: []string{
				"upstreams.product.batch.style: csv, by which upstreams/product Client.ByIDs sends ?ids against upstreams/product/openapi.yaml #/components/parameters/ids: it takes no list with commas",
			},
		},
		"a list is repeated, by the default of OpenAPI": {
			service: "product", old: "      explode: false\n", to: "",
			want: []string{
				"upstreams.product.batch.style: csv, by which upstreams/product Client.ByIDs sends ?ids against upstreams/product/openapi.yaml #/components/parameters/ids: it takes no list with commas",
			},
		},
		"a list is joined otherwise": {
			service: "product", old: "style: form\n      explode: false", to: "style: pipeDelimited",
			want: []string{
				"upstreams.product.batch.style: csv, by which upstreams/product Client.ByIDs sends ?ids against upstreams/product/openapi.yaml #/components/parameters/ids: it takes no list with commas",
			},
		},
		"a list is configured to be repeated": {
			config: func(c *upstreams.Config) { c.Order.REST.Batch.Style = rest.Repeated },
			want: []string{
				"upstreams.order.batch.style: repeated, by which upstreams/order Client.ByIDs sends ?ids against upstreams/order/openapi.yaml #/components/parameters/ids: it may not be repeated",
				"upstreams.order.batch.style: repeated, by which upstreams/order Client.FirstByUserIDs sends ?user_ids against upstreams/order/openapi.yaml #/components/parameters/user_ids: it may not be repeated",
			},
		},
		"a list is repeated by both": {
			service: "product", old: "explode: false", to: "explode: true", config: func(c *upstreams.Config) { c.Product.REST.Batch.Style = rest.Repeated },
			want: nil,
		},
		"only one key is taken": {
			service: "product", old: "        type: array\n        maxItems: 100\n        items: {type: integer, format: int64}\n", to: "        type: integer\n",
			want: []string{
				"upstreams.product.batch.style: csv, by which upstreams/product Client.ByIDs sends ?ids against upstreams/product/openapi.yaml #/components/parameters/ids: it takes one value, and no list",
			},
		},
		"only one key is taken, and sent": {
			service: "product", old: "        type: array\n        maxItems: 100\n        items: {type: integer, format: int64}\n", to: "        type: integer\n", config: func(c *upstreams.Config) { c.Product.REST.Batch.Style = rest.None },
			want: nil,
		},
		"a key is no number": {
			service: "product", old: "        items: {type: integer, format: int64}\n", to: "        items: {type: boolean}\n",
			want: []string{
				"upstreams/product Client.ByIDs sends ?ids against upstreams/product/openapi.yaml #/components/parameters/ids: it takes true or false",
			},
		},
		"a list has another name": {
			service: "user", old: "      name: ids\n", to: "      name: id\n",
			want: []string{
				"upstreams/user Client.ByIDs sends ?ids against upstreams/user/openapi.yaml #/paths/~1users/get/parameters: there is no parameter of this name",
			},
		},
		"a list has another name that is configured": {
			service: "user", old: "      name: ids\n", to: "      name: id\n", config: func(c *upstreams.Config) { c.User.REST.Batch.Params = map[string]string{"ids": "id"} },
			want: nil,
		},
		"a sent member has another name": {
			service: "order", old: "              product_id: {type: integer, format: int64}", to: "              article_id: {type: integer, format: int64}",
			want: []string{
				"upstreams/order Client.Place sends /items/0/product_id against upstreams/order/openapi.yaml #/components/schemas/NewOrder/properties/items/items/properties: there is no member of this name",
			},
		},
		"a sent member has another type": {
			service: "payment", old: "        order_id: {type: integer, format: int64}\n        method", to: "        order_id: {type: string}\n        method",
			want: []string{
				"upstreams/payment Client.Pay sends /order_id against upstreams/payment/openapi.yaml #/components/schemas/NewPayment/properties/order_id: it is an integer, and said to be a string",
			},
		},
		"a sent member is needed": {
			service: "order", old: "      required: [user_id, items]", to: "      required: [user_id, items, notes]",
			want: []string{
				"upstreams/order Client.Place sends /notes against upstreams/order/openapi.yaml #/components/schemas/NewOrder/properties/notes: it is missing",
			},
		},
		"a sent value is not taken": {
			service: "order", old: "const: cancelled", to: "const: called_off",
			want: []string{
				"upstreams/order Client.Cancel sends /status against upstreams/order/openapi.yaml #/components/schemas/Cancellation/properties/status/const: it is a value that is not listed",
			},
		},
		"a body is not taken": {
			service: "payment", old: "      requestBody:\n        required: true\n        content:\n          application/json:", to: "      requestBody:\n        required: true\n        content:\n          application/xml:",
			want: []string{
				"upstreams/payment Client.Pay against upstreams/payment/openapi.yaml #/paths/~1payments/post/requestBody: a JSON body is sent, and none is taken",
			},
		},
		"a list is answered as an object": {
			service: "user", old: "            type: array\n            items: {$ref: \"#/components/schemas/User\"}", to: "            type: object\n            properties: {data: {type: array, items: {$ref: \"#/components/schemas/User\"}}}",
			want: []string{
				"upstreams/user Client.ByIDs against upstreams/user/openapi.yaml #/components/responses/list/content/application~1json/schema: the answer is an object, which is not what is read",
				"upstreams/user Client.List against upstreams/user/openapi.yaml #/components/responses/list/content/application~1json/schema: the answer is an object, which is not what is read",
			},
		},
		"a success has no JSON": {
			service: "payment", old: "        application/json:\n          schema: {$ref: \"#/components/schemas/Payment\"}", to: "        text/csv:\n          schema: {type: string}",
			want: []string{
				"upstreams/payment Client.ByIDs against upstreams/payment/openapi.yaml #/paths/~1payments~1{id}/get/responses: there is no JSON answer to read a record from",
			},
		},
		"a member is never to be shown": {
			service: "user", old: "        phone: {", to: "        phone: {x-visibility: never, ",
			want: []string{
				"schema/user.graphql User.phone against upstreams/user/openapi.yaml #/components/schemas/User/properties/phone: the member phone is never to be shown",
			},
		},
		"a reference leads nowhere": {
			service: "user", old: "role: {$ref: \"#/components/schemas/Role\"}", to: "role: {$ref: \"#/components/schemas/Part\"}",
			want: []string{
				`upstreams/user User.Role (json "role") against upstreams/user/openapi.yaml #/components/schemas/User/properties/role/$ref: the reference leads nowhere in the document`,
			},
		},
		"a member is of no type": {
			service: "user", old: "        phone: {type: string, maxLength: 200, ", to: "        phone: {",
			want: []string{
				`upstreams/user User.Phone (json "phone") against upstreams/user/openapi.yaml #/components/schemas/User/properties/phone: its type is not said`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := upstreams.DefaultConfig()
			if c.config != nil {
				c.config(&config)
			}
			err := compare(config, max(c.page, 100), changed(t, c.service, c.old, c.to), schema())
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFindingNamesTheLinesOfBothPlaces(t *testing.T) {
	documents := changed(t, "order", "shipped, delivered,", "shipped,")
	err := compare(upstreams.DefaultConfig(), 100, documents, schema())
	contract, readErr := upstreams.Contract("order")
	if readErr != nil {
		t.Fatal(readErr)
	}
	above, _, _ := strings.Cut(string(contract), "shipped, delivered,")
	value := schema().Types["OrderStatus"].EnumValues.ForName("DELIVERED")
	want := fmt.Sprintf("schema/order.graphql:%d OrderStatus.DELIVERED against upstreams/order/openapi.yaml:%d "+
		"#/components/schemas/Order/properties/status/enum: no listed value is shown as it",
		value.Position.Line, strings.Count(above, "\n")+1)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
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

func TestTheSchemaMustSayWhatItsFieldsAreMadeOf(t *testing.T) {
	for name, c := range map[string]struct {
		old, to string
		want    []string
	}{
		"a computed field that does not say": {
			old: `cardLast4: String @from(members: ["card_number"], last: 4)`, to: `cardLast4: String`,
			want: []string{
				"schema/payment.graphql Payment.cardLast4 by upstreams/payment Payment.CardLast4: its Go type shows the end of the member card_number: it takes @from(members: [\"card_number\"], last: ...)",
			},
		},
		"an edge that does not say": {
			old: `user: User @from(members: ["user_id"])`, to: `user: User`,
			want: []string{
				"schema/order.graphql Order.user by upstreams/order Order: no JSON tag says which members of the record the field is made of: add @from(members: [...])",
			},
		},
		"a member that the contract does not have": {
			old: `@from(members: ["order_id"])`, to: `@from(members: ["order_id", "order_number"])`,
			want: []string{
				"schema/payment.graphql Payment.order @from order_number against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties: there is no member of this name",
			},
		},
		"a member of the whole record that the contract does not have": {
			old: `@from(members: ["product_id"])`, to: `@from(members: ["product_id", "/catalogue"])`,
			want: []string{
				"schema/order.graphql OrderItem.product @from /catalogue against upstreams/order/openapi.yaml #/components/schemas/Order/properties: there is no member of this name",
			},
		},
		"a computed field that says too little": {
			old: `@from(members: ["total", "currency"])`, to: `@from(members: ["total"])`,
			want: []string{
				"schema/order.graphql Order.total by upstreams/order Order.Total: @from says total, and its tag from:\"total,currency\"",
			},
		},
		"a computed field that does not say what it takes from the whole record": {
			old: `["unit_price", "/currency"]`, to: `["unit_price"]`,
			want: []string{
				"schema/order.graphql OrderItem.unitPrice by upstreams/order OrderItem.UnitPrice: @from says unit_price, and its tag from:\"unit_price,/currency\"",
			},
		},
		"a computed field that names the wrong member": {
			old: `@from(members: ["card_number"], last: 4)`, to: `@from(members: ["method"], last: 4)`,
			want: []string{
				"schema/payment.graphql Payment.cardLast4 by upstreams/payment Payment.CardLast4: its Go type shows the end of the member card_number: it takes @from(members: [\"card_number\"], last: ...)",
			},
		},
		"a member that nobody may see": {
			old: `@from(members: ["order_id"])`, to: `@from(members: ["order_id", "card_cvv"])`,
			want: []string{
				"schema/payment.graphql Payment.order against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties/card_cvv: the member card_cvv is never to be shown",
			},
		},
		"a field that may not be null where its member may be": {
			old: "cardLast4: String @", to: "cardLast4: String! @",
			want: []string{
				"schema/payment.graphql Payment.cardLast4 against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties/card_number: the member card_number can be null, and the field cannot be null",
			},
		},
		"an enumeration that lacks a value": {
			old: "  \"Arrived.\"\n  DELIVERED\n", to: "",
			want: []string{
				"schema/order.graphql Order.status against upstreams/order/openapi.yaml #/components/schemas/Order/properties/status/enum: the value delivered is none of OrderStatus",
			},
		},
		"an enumeration with a value that is never sent": {
			old: "  \"Arrived.\"\n  DELIVERED\n", to: "  \"Arrived.\"\n  DELIVERED\n  \"Lost.\"\n  LOST\n",
			want: []string{
				"schema/order.graphql OrderStatus.LOST against upstreams/order/openapi.yaml #/components/schemas/Order/properties/status/enum: no listed value is shown as it",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := compare(upstreams.DefaultConfig(), 100, changed(t, "", "", ""), rewritten(t, c.old, c.to))
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzCompare compares the gateway with contracts that nobody would write. The seeds are short: long ones are cut for minutes.
func FuzzCompare(f *testing.F) {
	for _, answer := range []string{
		`{type: array, maxItems: 1, items: {type: object, required: [id], properties: {
			id: {type: [integer, "null"], minimum: 1}, user_id: {type: number}, status: {enum: [paid]}, items: {type: array, items: {$ref: "#/x"}}}}}`,
		`{allOf: [{type: object}, {properties: {name: {oneOf: [{type: string, minLength: 3}, {type: "null"}]}}}]}`,
		`{$ref: "#/paths/~1users/get/responses/200/content/application~1json/schema"}`,
		`{type: object, properties: {created_at: {type: string, format: date-time, pattern: "^2"}, address: {nullable: true, $ref: "#/x"}}}`,
	} {
		for _, path := range []string{"/users", "/orders/{id}"} {
			f.Add([]byte("openapi: 3.1.0\nx: {type: object, properties: {quantity: {type: integer}}}\npaths: {" + path + ": {get: {parameters: " +
				"[{name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}], " +
				"responses: {200: {content: {application/json: {schema: " + answer + "}}}}}}}\n"))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := openapi.Parse("fuzzed", text)
		if err != nil {
			return
		}
		documents := make(map[string]*openapi.Document)
		for service := range upstreams.DefaultConfig().All() {
			documents[service] = document
		}
		_ = compare(upstreams.DefaultConfig(), 100, documents, schema())
	})
}

package redact

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// gateways is what the gateway's schema says.
func gateways(t testing.TB) *Policy {
	t.Helper()
	p, err := read(t, schema(t, "", ""), contracts(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// key is that of pseudonyms.
const key = "a key of which nobody knows anything"

func read(t testing.TB, of *ast.Schema, contracts ...*openapi.Document) (*Policy, error) {
	t.Helper()
	return readLimited(t, of, nil, contracts...)
}

// readLimited reads a schema of which some fields are read only so often.
func readLimited(t testing.TB, of *ast.Schema, limits *ratelimit.Fields, contracts ...*openapi.Document) (*Policy, error) {
	t.Helper()
	fields, err := wire.Read(of)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := policy.Read(of, fields)
	if err != nil {
		t.Fatal(err)
	}
	pseudonyms, err := policy.NewPseudonyms(stated, policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return New(of, fields, stated, pseudonyms, limits, contracts...)
}

// schema is the gateway's, with a text of its sources in place of another, and more such pairs.
func schema(t testing.TB, old, to string, more ...string) *ast.Schema {
	t.Helper()
	var sources []*ast.Source
	found := false
	further := strings.NewReplacer(more...)
	for _, name := range []string{"schema", "user", "order", "product", "payment"} {
		text, err := os.ReadFile("../schema/" + name + ".graphql")
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(text), old)
		sources = append(sources, &ast.Source{Name: "schema/" + name + ".graphql", Input: further.Replace(strings.Replace(string(text), old, to, 1))})
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

func contracts(t testing.TB) []*openapi.Document {
	t.Helper()
	var all []*openapi.Document
	for name := range upstreams.DefaultConfig().All() {
		text, err := upstreams.Contract(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, contract(t, string(text)))
	}
	return all
}

func contract(t testing.TB, text string) *openapi.Document {
	t.Helper()
	read, err := openapi.Parse("contract", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// through is what of a text a shape lets through for those whom no rule refuses.
func through(t *testing.T, p *Policy, shape *reshape.Shape, strict bool, text string) (string, error) {
	t.Helper()
	plan, err := reshape.Compile(reshape.Spec{Shape: shape, Strict: strict, Rules: p.Rules()})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := make([]reshape.Verdict, len(p.Rules()))
	for i := range verdicts {
		verdicts[i] = reshape.Allow
	}
	shown, err := plan.Append(nil, []byte(text), reshape.With{View: reshape.View{Verdicts: verdicts}})
	return string(shown), err
}

func TestARecordShowsTheMembersThatItsTypeIsMadeOf(t *testing.T) {
	p := gateways(t)
	want := []string{"Address", "Order", "OrderItem", "Payment", "Product", "User"}
	if diff := cmp.Diff(want, p.Types()); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct{ record, want string }{
		"User": {
			`{"id":7,"name":"Ada","username":"ada","email":"a@b.example","phone":"1","role":"admin","status":"active",` +
				`"password_hash":"x","api_token":"y","address":{"street":"s","city":"c","zip":"z","geo":"g","api_token":"y"},` +
				`"created_at":"now","updated_at":"now","internal_note":"n"}`,
			`{"id":7,"name":"Ada","username":"ada","email":"a@b.example","phone":"1","role":"admin","status":"active",` +
				`"address":{"street":"s","city":"c","zip":"z"},"created_at":"now","updated_at":"now"}`,
		},
		"Order": {
			`{"id":1,"user_id":7,"status":"paid","total":9.50,"currency":"USD","items":[{"product_id":3,"quantity":2,` +
				`"unit_price":4.75,"currency":"EUR","internal_margin":1}],"shipping_address":{"city":"c","note":"n"},"notes":"n",` +
				`"internal_margin":2,"created_at":"now","updated_at":"now"}`,
			`{"id":1,"user_id":7,"status":"paid","total":9.50,"currency":"USD","items":[{"product_id":3,"quantity":2,` +
				`"unit_price":4.75}],"shipping_address":{"city":"c"},"created_at":"now","updated_at":"now"}`,
		},
		"OrderItem": {`{"product_id":3,"quantity":2,"unit_price":4.75,"currency":"EUR"}`, `{"product_id":3,"quantity":2,"unit_price":4.75}`},
		"Product": {
			`{"id":3,"name":"Lamp","sku":"L","price":5,"currency":"USD","category":"c","description":"d","stock":4,"supplier_cost":1}`,
			`{"id":3,"name":"Lamp","sku":"L","price":5,"currency":"USD","category":"c","description":"d","stock":4}`,
		},
		"Payment": {
			`{"id":1,"order_id":2,"status":"captured","amount":5,"currency":"USD","method":"card","card_number":"4242424242421234",` +
				`"card_cvv":"123","processor_ref":"r","risk_score":0.1}`,
			`{"id":1,"order_id":2,"status":"captured","amount":5,"currency":"USD","method":"card","card_number":"1234"}`,
		},
		"Address": {`{"street":"s","city":"c","zip":"z","geo":1}`, `{"street":"s","city":"c","zip":"z"}`},
	} {
		t.Run(name, func(t *testing.T) {
			record, ok := p.Type(name)
			if !ok {
				t.Fatal("the type is not known")
			}
			got, err := through(t, p, record.Shape, false, c.record)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

func TestTypesThatStandForNoRecordShowNothing(t *testing.T) {
	p := gateways(t)
	for _, name := range []string{"Query", "Mutation", "Money", "UserConnection", "PageInfo", "UpdateProfileInput", "UserError", "ID", "Nothing", ""} {
		if _, ok := p.Type(name); ok {
			t.Errorf("%q is said to be a record", name)
		}
	}
}

func TestOfACardNumberOnlyItsEndIsShown(t *testing.T) {
	p := gateways(t)
	payment, _ := p.Type("Payment")
	for number, want := range map[string]string{
		`"4242 4242 4242 1234"`: `"1234"`,
		`424242421234`:          `"1234"`,
		`"1234567"`:             `null`, // of so few digits, four are most
		`null`:                  `null`,
		`["4242424242421234"]`:  `["1234"]`,
	} {
		got, err := through(t, p, payment.Shape, false, `{"card_number":`+number+`}`)
		if want := `{"card_number":` + want + `}`; got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestAMutationTakesTheMembersOfItsInput(t *testing.T) {
	p := gateways(t)
	want := []string{"cancelOrder", "payOrder", "placeOrder", "refundPayment", "updateProfile"}
	if diff := cmp.Diff(want, p.Mutations()); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		mutation, body string
		taken          bool
	}{
		{"updateProfile", `{"name":"Ada","email":"e","phone":"p","address":{"street":"s","city":"c","zip":"z"}}`, true},
		{"updateProfile", `{"role":"admin"}`, false},
		{"updateProfile", `{"id":1}`, false},
		{"updateProfile", `{"address":{"geo":1}}`, false},
		{"updateProfile", `{"input":{"name":"Ada"}}`, false},
		{"placeOrder", `{"items":[{"product_id":1,"quantity":2}],"shipping_address":{"city":"c"},"notes":"n"}`, true},
		{"placeOrder", `{"items":[{"productId":1}]}`, false},
		{"placeOrder", `{"items":[{"product_id":1,"unit_price":0}]}`, false},
		{"payOrder", `{"order_id":1,"method":"card","card_number":"4242424242424242"}`, true},
		{"payOrder", `{"order_id":1,"amount":1}`, false},
		{"cancelOrder", `{}`, true},
		{"cancelOrder", `{"id":1}`, false}, // it stands in the path
	} {
		shape, ok := p.Mutation(c.mutation)
		if !ok {
			t.Fatalf("%s is not known", c.mutation)
		}
		_, err := through(t, p, shape, true, c.body)
		if (err == nil) != c.taken {
			t.Errorf("%s %s: %v, want taken %t", c.mutation, c.body, err, c.taken)
		}
	}
	if _, ok := p.Mutation("user"); ok {
		t.Error("a query is said to be a mutation")
	}
}

func TestWhatNobodyMaySeeIsHiddenWhereverItStands(t *testing.T) {
	p := gateways(t)
	for path, want := range map[string]bool{
		"password_hash": true, "api_token": true, "internal_margin": true, "supplier_cost": true, "card_cvv": true,
		"processor_ref": true, "risk_score": true, "address/api_token": true, "api_token/part": true,
		"name": false, "card_number": false, "address/city": false, "token": false, "": false,
	} {
		if got := p.Hidden(path); got != want {
			t.Errorf("Hidden(%q) = %t, want %t", path, got, want)
		}
	}
	got, err := through(t, p, p.Opaque(false), false, `{"a":[{"api_token":1,"b":{"card_cvv":2,"c":3}}],"risk_score":4,"password\u005fhash":5}`)
	if want := `{"a":[{"b":{"c":3}}]}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestWhatIsShownOnlyInPartIsNowhereShownAsAWhole(t *testing.T) {
	p := gateways(t)
	for path, want := range map[string]bool{
		"card_number": true, "payment/card_number": true, "card_number/digits": true, "card_cvv": false, "card": false, "": false,
	} {
		if got := p.Shortened(path); got != want {
			t.Errorf("Shortened(%q) = %t, want %t", path, got, want)
		}
	}
	const sent = `{"a":[{"card_number":"4000000012345678","b":1}],"card_cvv":2}`
	got, err := through(t, p, p.Opaque(false), false, sent)
	if want := `{"a":[{"b":1}]}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	got, err = through(t, p, p.Taken(), false, sent)
	if want := `{"a":[{"card_number":"4000000012345678","b":1}]}`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestWhatIsShownOnlyByItsEndIsTakenAndNeverExposed(t *testing.T) {
	p := gateways(t)
	for path, want := range map[string]bool{
		"card_number": true, "card/card_number": true, "card_number/end": true, "card_cvv": false, "currency": false, "name": false, "": false,
	} {
		if got := p.Shortened(path); got != want {
			t.Errorf("Shortened(%q) = %t, want %t", path, got, want)
		}
	}
	const paid = `{"payment":{"card_number":"4242424242421234","card_cvv":"123","note":"n"}}`
	for name, c := range map[string]struct {
		shape *reshape.Shape
		want  string
	}{
		"shown": {p.Opaque(false), `{"payment":{"note":"n"}}`},
		"taken": {p.Taken(), `{"payment":{"card_number":"4242424242421234","note":"n"}}`},
	} {
		if got, err := through(t, p, c.shape, false, paid); got != c.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

// head is what a contract needs besides its schemas.
const head = "openapi: 3.1.0\npaths: {}\ncomponents:\n  schemas:\n"

func TestAContractHidesMembersAtAnyDepth(t *testing.T) {
	p, err := read(t, schema(t, "", ""), contract(t, head+`
    Thing:
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - properties:
            inner:
              type: [object, "null"]
              properties:
                deep: {type: string, x-visibility: never}
            list:
              type: array
              items: {properties: {listed: {x-visibility: never}, plain: {type: string}}}
            named: {$ref: "#/components/schemas/Secret"}
            either: {oneOf: [{type: integer}, {type: string, x-visibility: never}]}
    Base: {properties: {self: {$ref: "#/components/schemas/Thing"}, based: {x-visibility: never}, open: {x-visibility: always}}}
    Secret: {type: string, x-visibility: never}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"deep", "listed", "named", "either", "based"} {
		if !p.Hidden(name) {
			t.Errorf("%s is not hidden", name)
		}
	}
	for _, name := range []string{"inner", "list", "plain", "self", "open"} {
		if p.Hidden(name) {
			t.Errorf("%s is hidden", name)
		}
	}
}

func TestASchemaThatShowsWhatNobodyMaySeeIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, to, never, want string }{
		"a member of a record": {
			"", "", "sku", "Product is made of the member sku, which a contract says nobody may see",
		},
		"a member of a part": {
			"", "", "zip", "Address is made of the member zip, which a contract says nobody may see",
		},
		"the end of a member": {
			"", "", "card_number", "Payment is made of the member card_number, which a contract says nobody may see",
		},
		"a member of the whole record": {
			`["product_id"]`, `["product_id", "/card_cvv"]`, "card_cvv", "Order is made of the member card_cvv, which a contract says nobody may see",
		},
		"a member of an input": {
			"notes: String", "cardCvv: String", "card_cvv", "PlaceOrderInput writes the member card_cvv, which a contract says nobody may see",
		},
		"a member of an input within another": {
			"city: String!\n  \"Postal code, at most", "apiToken: String\n  \"Postal code, at most", "api_token",
			"AddressInput writes the member api_token, which a contract says nobody may see",
		},
	} {
		t.Run(name, func(t *testing.T) {
			hides := contract(t, head+"    Thing: {properties: {"+c.never+": {x-visibility: never}}}\n")
			p, err := read(t, schema(t, c.old, c.to), hides)
			if p != nil || err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestASchemaWhoseTypesArePartsOfThemselvesIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, to, want string }{
		"a type": {
			"  address: Address @", "  address: User @", "the type User is a part of itself, so what is shown of it has no end",
		},
		"an input": {
			"  notes: String\n", "  notes: PlaceOrderInput\n", "the input PlaceOrderInput is a part of itself, so what it writes has no end",
		},
		"an input by way of another": {
			"  quantity: Int!\n}\n\n\"The outcome of placeOrder", "  quantity: Int\n  gift: PlaceOrderInput\n}\n\n\"The outcome of placeOrder",
			"the input OrderItemInput is a part of itself, so what it writes has no end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := read(t, schema(t, c.old, c.to), contracts(t)...)
			if p != nil || err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestWhereOneFieldShowsTheEndOfAMemberAndAnotherAllOfItAllIsShown(t *testing.T) {
	p, err := read(t, schema(t,
		`  order: Order @from(members: ["order_id"])`,
		"  order: Order @from(members: [\"order_id\"])\n  \"Open.\"\n  cardNumber: String @from(members: [\"card_number\"])",
	))
	if err != nil {
		t.Fatal(err)
	}
	payment, _ := p.Type("Payment")
	if got, err := through(t, p, payment.Shape, false, `{"card_number":"4242424242421234"}`); got != `{"card_number":"4242424242421234"}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

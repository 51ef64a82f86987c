package policy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// orders are all the records that look-ups find, and what they asked for.
type orders struct {
	byID  map[record.ID]any
	asked [][]record.ID
	fails bool
}

func (o *orders) Records(_ context.Context, typeName string, ids []record.ID) (map[record.ID]any, error) {
	o.asked = append(o.asked, ids)
	if o.fails || typeName != "Order" {
		return nil, errors.New("cannot be had")
	}
	return o.byID, nil
}

func known() *orders {
	return &orders{byID: map[record.ID]any{
		71: &order.Order{ID: 71, UserID: 7}, 81: &order.Order{ID: 81, UserID: 8}, 90: &order.Order{ID: 90}, 91: (*order.Order)(nil),
	}}
}

// run is one field as gqlgen runs it.
type run struct {
	object, field string
	definition    *ast.FieldDefinition // where it is not the object's own
	parent        any
	noParent      bool
	arguments     map[string]any
	value         any
}

func (c run) of(t testing.TB, schema *ast.Schema, e *policy.Enforcer, ctx context.Context) (value any, ran bool, err error) { //nolint:revive // the case comes first
	t.Helper()
	definition := c.definition
	if definition == nil {
		definition = schema.Types[c.object].Fields.ForName(c.field)
	}
	field := &graphql.FieldContext{
		Object: c.object, Args: c.arguments,
		Field: graphql.CollectedField{Field: &ast.Field{Name: c.field, Alias: "alias", Definition: definition}},
	}
	if !c.noParent {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Result: c.parent})
	}
	ctx = graphql.WithFieldContext(ctx, field)
	decision, err := e.Before(ctx)
	if err != nil || decision.Final {
		return decision.Instead, false, err
	}
	value, err = e.After(ctx, decision, c.value)
	return value, true, err
}

func enforcer(t testing.TB, schema *ast.Schema, records policy.Records) *policy.Enforcer {
	t.Helper()
	p := read(t, schema)
	pseudonyms, err := policy.NewPseudonyms(p, policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewEnforcer(
		p, func(context.Context) policy.Records { return records }, func(mutation string) any { return "missing for " + mutation }, pseudonyms)
}

func begun(t testing.TB, e *policy.Enforcer, who auth.Principal) context.Context {
	t.Helper()
	return e.Begin(auth.WithPrincipal(t.Context(), who))
}

func TestAParentSaysWhoseItIsHoweverItIsGiven(t *testing.T) {
	schema := load(t)
	e := enforcer(t, schema, known())
	own, theirs := &user.User{ID: 7}, &user.User{ID: 8}
	var none *user.User
	email := "a@b"
	for name, c := range map[string]struct {
		run  run
		runs bool
	}{
		"a pointer":              {run{parent: own}, true},
		"a pointer to a pointer": {run{parent: &own}, true},
		"a value":                {run{parent: *own}, true},
		"an interface":           {run{parent: func() *any { v := any(own); return &v }()}, true},
		"somebody else":          {run{parent: theirs}, false},
		"somebody else's value":  {run{parent: *theirs}, false},
		"no parent":              {run{noParent: true}, false},
		"nothing":                {run{parent: nil}, false},
		"a typed nil":            {run{parent: none}, false},
		"a pointer to a nil":     {run{parent: &none}, false},
		"no user's record":       {run{parent: &user.User{}}, false},
		"another type":           {run{parent: &order.Order{ID: 7, UserID: 7}}, false},
		"no record":              {run{parent: []*user.User{own}}, false},
		"no struct":              {run{parent: record.ID(7)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.run.object, c.run.field, c.run.value = "User", "email", &email
			value, ran, err := c.run.of(t, schema, e, begun(t, e, customer))
			if ran != c.runs || (value == &email) != c.runs || c.runs != (err == nil) {
				t.Errorf("Field = %v, %v, and the resolver ran: %t, want %t", value, err, ran, c.runs)
			}
		})
	}
}

func TestARecordSaysWhoseItIsHoweverItIsGiven(t *testing.T) {
	schema := load(t)
	own, theirs, nobodys := &order.Order{ID: 71, UserID: 7}, &order.Order{ID: 81, UserID: 8}, &order.Order{ID: 90}
	connection := func(orders ...*order.Order) *page.OrderConnection {
		return page.NewConnection(page.Range{First: 9}, orders)
	}
	var none *order.Order
	var noPage *page.OrderConnection
	for name, c := range map[string]struct{ value, want any }{
		"own":                       {own, own},
		"a pointer to own":          {&own, &own},
		"a value":                   {*own, *own},
		"somebody else's":           {theirs, nil},
		"somebody else's value":     {*theirs, nil},
		"nobody's":                  {nobodys, nil},
		"nothing":                   {nil, nil},
		"a typed nil":               {none, none},
		"a pointer to a nil":        {&none, nil},
		"another type":              {&user.User{ID: 7}, nil},
		"no record":                 {7, nil},
		"a list":                    {[]*order.Order{theirs, own, nil, nobodys}, []*order.Order{own}},
		"a list of values":          {[]order.Order{*theirs, *own}, []order.Order{*own}},
		"a list of any":             {[]any{theirs, own, 7, nil}, []any{own}},
		"a list of nils":            {[]*order.Order{nil}, []*order.Order{}},
		"no list":                   {[]*order.Order(nil), []*order.Order(nil)},
		"a list in a list":          {[][]*order.Order{{own}}, [][]*order.Order{}},
		"a page":                    {connection(own, own).Nodes(), []*order.Order{own, own}},
		"a page that there is not":  {noPage, noPage},
		"a page in a list":          {[]*page.OrderConnection{connection(own)}, []*page.OrderConnection{}},
		"a channel":                 {make(chan *order.Order), nil},
		"a map, as of another door": {map[string]any{"user_id": 7}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := enforcer(t, schema, known())
			value, ran, err := run{object: "Query", field: "order", value: c.value}.of(t, schema, e, begun(t, e, customer))
			if err != nil || !ran {
				t.Fatalf("Field = %v, %v", value, err)
			}
			if diff := cmp.Diff(c.want, value, cmp.Comparer(func(a, b record.Decimal) bool { return true }), cmp.AllowUnexported(page.OrderConnection{})); diff != "" {
				t.Errorf("Field (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePagesOfOthersAreCut(t *testing.T) {
	schema := load(t)
	e := enforcer(t, schema, known())
	c := page.NewConnection(page.Range{First: 9}, []*order.Order{{ID: 81, UserID: 8}, nil, {ID: 71, UserID: 7}})
	value, _, err := run{object: "User", field: "orders", parent: &user.User{ID: 7}, value: c}.of(t, schema, e, begun(t, e, customer))
	if err != nil || value != c || len(c.Nodes()) != 1 || c.Nodes()[0].ID != 71 {
		t.Errorf("Field = %v, %v with %v, want the one order of the caller", value, err, c.Nodes())
	}
}

func TestLookUpsOfAListAreOneCall(t *testing.T) {
	schema := load(t)
	found := known()
	e := enforcer(t, schema, found)
	of := func(id record.ID) *payment.Payment { return &payment.Payment{OrderID: id} }
	own := of(71)
	list := []*payment.Payment{of(81), own, of(71), of(90), of(91), of(404), of(0), nil}
	value, _, err := run{object: "Query", field: "payment", value: list}.of(t, schema, e, begun(t, e, customer))
	if kept, _ := value.([]*payment.Payment); err != nil || len(kept) != 2 || kept[0] != own {
		t.Errorf("Field = %v, %v, want the two payments for the caller's order", value, err)
	}
	if diff := cmp.Diff([][]record.ID{{81, 71, 90, 91, 404}}, found.asked); diff != "" {
		t.Errorf("the look-ups (-want +got):\n%s", diff)
	}
}

func TestNothingIsLookedUpForNothing(t *testing.T) {
	schema := load(t)
	found := known()
	e := enforcer(t, schema, found)
	for _, value := range []any{nil, (*payment.Payment)(nil), []*payment.Payment{}, []*payment.Payment{nil, {}}} {
		if _, _, err := (run{object: "Query", field: "payment", value: value}).of(t, schema, e, begun(t, e, customer)); err != nil {
			t.Errorf("Field of %v = %v", value, err)
		}
	}
	if len(found.asked) > 0 {
		t.Errorf("%v were asked for, want nothing", found.asked)
	}
}

func TestALookUpThatCannotBeMadeDenies(t *testing.T) {
	schema := load(t)
	found := known()
	found.fails = true
	e := enforcer(t, schema, found)
	value, _, err := run{object: "Query", field: "payment", value: &payment.Payment{OrderID: 71}}.of(t, schema, e, begun(t, e, customer))
	if value != nil || err == nil {
		t.Errorf("Field = %v, %v, want an error", value, err)
	}
	value, ran, err := run{object: "Mutation", field: "cancelOrder", arguments: map[string]any{"id": record.ID(71)}}.of(t, schema, e, begun(t, e, customer))
	if value != nil || ran || err == nil {
		t.Errorf("Field = %v, %v, and the resolver ran: %t, want an error", value, err, ran)
	}
}

// lenient is an input of which everything may be left out, as gqlgen makes it.
type lenient struct {
	OrderID graphql.Omittable[*record.ID]
	Nested  graphql.Omittable[*lenient]
	Twice   int64
	TWICE   int64
}

func TestAnArgumentSaysWhoseItIsHoweverItIsGiven(t *testing.T) {
	own, theirs := record.ID(71), record.ID(81)
	lenientOf := func(id *record.ID) lenient { return lenient{OrderID: graphql.OmittableOf(id)} }
	nested := lenient{Nested: graphql.OmittableOf(&lenient{OrderID: graphql.OmittableOf(&own)})}
	for name, c := range map[string]struct {
		path  string
		value any
		runs  bool
	}{
		"an id":                       {"id", own, true},
		"a pointer to an id":          {"id", &own, true},
		"somebody else's":             {"id", theirs, false},
		"null":                        {"id", (*record.ID)(nil), false},
		"nothing":                     {"id", nil, false},
		"a text":                      {"id", "71", false},
		"a list":                      {"id", []record.ID{own}, false},
		"an input":                    {"input.orderId", struct{ OrderID record.ID }{own}, true},
		"a pointer to an input":       {"input.orderId", &struct{ OrderID *record.ID }{&own}, true},
		"an input of another":         {"input.orderId", struct{ OrderID record.ID }{theirs}, false},
		"no input":                    {"input.orderId", (*struct{ OrderID record.ID })(nil), false},
		"an input without it":         {"input.orderId", struct{ ID record.ID }{own}, false},
		"an input with a number":      {"input.orderId", struct{ OrderID int64 }{71}, false},
		"a map":                       {"input.orderId", map[string]any{"orderId": own}, false},
		"inputs":                      {"input.orderId", []struct{ OrderID record.ID }{{own}}, false},
		"one that can be omitted":     {"input.orderId", lenientOf(&own), true},
		"another's that can be":       {"input.orderId", lenientOf(&theirs), false},
		"null where it can be":        {"input.orderId", lenientOf(nil), false},
		"one that is omitted":         {"input.orderId", lenient{}, false},
		"one below what can be":       {"input.nested.orderId", nested, true},
		"one below what is omitted":   {"input.nested.orderId", lenient{}, false},
		"one of two of the same name": {"input.twice", lenient{Twice: 71}, false},
	} {
		t.Run(name, func(t *testing.T) {
			schema := load(t,
				more(`input Lenient { orderId: ID  nested: Lenient  twice: ID }
				extend type Mutation { try(id: ID, input: Lenient): CancelOrderPayload @owner(field: "`+c.path+`", of: "Order") }`))
			e := enforcer(t, schema, known())
			top := "id"
			if c.path != "id" {
				top = "input"
			}
			value, ran, err := run{object: "Mutation", field: "try", arguments: map[string]any{top: c.value}, value: "done"}.of(t, schema, e, begun(t, e, customer))
			want := any("missing for try")
			if c.runs {
				want = "done"
			}
			if ran != c.runs || err != nil || value != want {
				t.Errorf("Field = %v, %v, and the resolver ran: %t, want %v", value, err, ran, want)
			}
		})
	}
}

func TestArgumentsThatAreNotThereAreNobodys(t *testing.T) {
	schema := load(t)
	e := enforcer(t, schema, known())
	if _, ran, _ := (run{object: "Mutation", field: "cancelOrder"}).of(t, schema, e, begun(t, e, customer)); ran {
		t.Error("the resolver ran without arguments")
	}
}

func TestAQueryByAStrangersArgumentIsNull(t *testing.T) {
	schema := load(t, more(`extend type Query { cancelOrder(id: ID!): String @owner(field: "id", of: "Order") }`))
	e := enforcer(t, schema, known())
	value, ran, err := run{object: "Query", field: "cancelOrder", arguments: map[string]any{"id": record.ID(81)}}.of(t, schema, e, begun(t, e, customer))
	if value != nil || ran || err != nil {
		t.Errorf("Field = %v, %v, want null, and not what the mutation of that name answers", value, err)
	}
}

func TestAFieldSelectedOnAnInterfaceObeysTheObjects(t *testing.T) {
	schema := load(t, more(`interface Reachable { email: String }`), change{userType, `type User implements Reachable @authenticated {`})
	e := enforcer(t, schema, known())
	definition := schema.Types["Reachable"].Fields.ForName("email")
	_, ran, err := run{object: "User", field: "email", definition: definition, parent: &user.User{ID: 8}}.of(t, schema, e, begun(t, e, customer))
	if ran || problem.KindOf(err) != problem.Forbidden {
		t.Errorf("Field = %v, and the resolver ran: %t, want FORBIDDEN", err, ran)
	}
}

func TestAFieldOfAnotherSchemaIsHeldToTheSameNameOrRefused(t *testing.T) {
	schema, foreign := load(t), load(t, more(`extend type User { secret: String }  type Unheard { of: String }`))
	e := enforcer(t, schema, known())
	ctx := begun(t, e, customer)
	email := foreign.Types["User"].Fields.ForName("email")
	if _, ran, err := (run{object: "User", field: "email", definition: email, parent: &user.User{ID: 8}}).of(t, schema, e, ctx); ran || problem.KindOf(err) != problem.Forbidden {
		t.Errorf("Field = %v, and the resolver ran: %t, want FORBIDDEN", err, ran)
	}
	for _, name := range []string{"User.secret", "Unheard.of"} {
		object, field := split(name)
		definition := foreign.Types[object].Fields.ForName(field)
		if _, ran, err := (run{object: object, field: field, definition: definition}).of(t, schema, e, begun(t, e, admin)); ran || err == nil {
			t.Errorf("%s ran, want that what is not known is refused", name)
		}
	}
}

func TestNothingIsAllowedWhereNobodyBegan(t *testing.T) {
	schema := load(t)
	e := enforcer(t, schema, known())
	for _, field := range []string{"product", "me", "order"} {
		if _, ran, err := (run{object: "Query", field: field}).of(t, schema, e, auth.WithPrincipal(t.Context(), admin)); ran || err == nil {
			t.Errorf("Query.%s ran, want an error", field)
		}
	}
}

func TestWhatTheCallerAloneDecidesComesBeforeALookUp(t *testing.T) {
	schema := load(t, change{cancelOrder, cancelOrder + ` @requiresScopes(scopes: [["orders:cancel"]])`})
	found := known()
	e := enforcer(t, schema, found)
	_, ran, err := run{object: "Mutation", field: "cancelOrder", arguments: map[string]any{"id": record.ID(71)}}.of(t, schema, e, begun(t, e, customer))
	if ran || problem.KindOf(err) != problem.Forbidden || len(found.asked) > 0 {
		t.Errorf("Field = %v, the resolver ran: %t, and %v was asked for, want FORBIDDEN at once", err, ran, found.asked)
	}
}

func TestAFormDoesNotShowWhatAnotherRuleRefuses(t *testing.T) {
	for name, directives := range map[string]string{
		"scopes":         `@sensitive(as: MASK) @requiresScopes(scopes: [["emails"]])`,
		"a name":         `@sensitive(as: PSEUDONYM) @authenticated`,
		"ownership":      `@sensitive(as: MASK, scopes: [["x"]]) @owner(field: "id")`,
		"another's form": `@sensitive(as: PSEUDONYM, owner: "id") @owner(field: "id")`,
	} {
		schema := load(t, change{email, "email: String " + directives}, change{userType, "type User @public {"})
		e := enforcer(t, schema, known())
		value := "ada.lovelace@example.com"
		who := other
		if name == "a name" {
			who = anonymous
		}
		got, ran, err := run{object: "User", field: "email", parent: &user.User{ID: 7}, value: &value}.of(t, schema, e, begun(t, e, who))
		if got != nil || ran || err == nil {
			t.Errorf("beside a rule of %s the value shows as %v, and the resolver ran: %t", name, got, ran)
		}
	}
}

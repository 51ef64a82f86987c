package policy_test

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/policy"
)

const (
	orderType   = `type Order @owner(field: "user", orScopes: [["orders:read"]]) {`
	paymentType = `type Payment @owner(field: "order.user", orScopes: [["payments:read"]]) {`
	userType    = `type User @authenticated {`
	cancelOrder = `CancelOrderPayload @owner(field: "id", of: "Order", orScopes: [["orders:write"]])`
	payOrder    = `PayOrderPayload @owner(field: "input.orderId", of: "Order", orScopes: [["orders:write"]])`
	email       = `email: String @sensitive(scopes: [["users:pii"]], owner: "id")`
	cardLast4   = `cardLast4: String @from`
)

func TestStatementsThatCannotBeObeyedAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		changes []change
		want    string
	}{
		"an entity that says nothing": {
			[]change{{"type Product @public", "type Product"}},
			"Product: does not say who may read it: add @public, @authenticated, @requiresScopes or @owner",
		},
		"a type whose id is no ID!": {
			[]change{more(`type Note { id: String, text: String }`)},
			"Note: does not say who may read it: add @public, @authenticated, @requiresScopes or @owner",
		},
		"a mutation that says nothing": {
			[]change{{cancelOrder, "CancelOrderPayload"}},
			"Mutation.cancelOrder: does not say who may do it: add @public, @authenticated, @requiresScopes or @owner",
		},
		"a mutation that only says how its value looks": {
			[]change{more(`extend type Mutation { hush: String @sensitive(as: MASK) }`)},
			"Mutation.hush: does not say who may do it: add @public, @authenticated, @requiresScopes or @owner",
		},
		"a root field that leads to no entity": {
			[]change{more(`extend type Query { version: String }`)},
			"Query.version: does not say who may read it: add @public, @authenticated or @requiresScopes",
		},
		"a root field that only says how its value looks": {
			[]change{more(`extend type Query { version: String @sensitive(as: MASK) }`)},
			"Query.version: does not say who may read it: add @public, @authenticated or @requiresScopes",
		},
		"a subscription that says nothing": {
			[]change{more(`extend type Subscription { ticks: Int }`)},
			"Subscription.ticks: does not say who may read it: add @public, @authenticated or @requiresScopes",
		},
		"a statement on the type where requests begin": {
			[]change{more(`extend type Query @requiresScopes(scopes: [["a"]])`)},
			"Query: is where requests begin, and no type to say something on: say it on each of its fields",
		},
		"a statement on mutations as a whole": {
			[]change{more(`extend type Mutation @authenticated`)},
			"Mutation: is where requests begin, and no type to say something on: say it on each of its fields",
		},
		"public and something else": {
			[]change{{"type Product @public", "type Product @public @authenticated"}},
			"Product: is public and says something else",
		},
		"an owner of a part": {
			[]change{{"type OrderItem {", `type OrderItem @owner(field: "product") {`}},
			"OrderItem @owner: product leads to Product, and not to a user",
		},
		"an owner of what is no record": {
			[]change{{"type UserError @cost", `type UserError @owner(field: "code") @cost`}},
			"UserError @owner: UserError.code is no field that one member of the record is behind",
		},
		"an owner without a field": {
			[]change{{orderType, "type Order @owner {"}},
			"Order @owner: Order. is no field that one member of the record is behind",
		},
		"an owner by an argument on a type": {
			[]change{{orderType, `type Order @owner(field: "user", of: "User") {`}},
			"Order @owner: the argument of is for mutations",
		},
		"an owner's field that there is not": {
			[]change{{orderType, `type Order @owner(field: "buyer") {`}},
			"Order @owner: Order.buyer is no field that one member of the record is behind",
		},
		"an owner's field of several members": {
			[]change{{orderType, `type Order @owner(field: "total") {`}},
			"Order @owner: Order.total is no field that one member of the record is behind",
		},
		"an owner's field that is no id": {
			[]change{{orderType, `type Order @owner(field: "status") {`}},
			"Order @owner: the member status of Order is no id",
		},
		"an owner's field that the client does not read": {
			[]change{
				{`user: User @from(members: ["user_id"])`, `user: User @from(members: ["buyer_id"])`},
			},
			"Order @owner: the client does not read the member buyer_id of Order",
		},
		"a record's own id as its owner's": {
			[]change{{orderType, `type Order @owner(field: "id") {`}},
			"Order @owner: Order.id does not lead to a record by its id",
		},
		"the other end of an edge as an owner": {
			[]change{{orderType, `type Order @owner(field: "payment") {`}},
			"Order @owner: Order.payment does not lead to a record by its id",
		},
		"a path that ends before the user": {
			[]change{{paymentType, `type Payment @owner(field: "order") {`}},
			"Payment @owner: order leads to Order, and not to a user",
		},
		"a path longer than any": {
			[]change{{orderType, `type Order @owner(field: "user` + strings.Repeat(".id", 9) + `") {`}},
			"is longer than 8 steps",
		},
		"an owner in another record, of a field that fetches nothing": {
			[]change{{cardLast4, `cardLast4: String @sensitive(owner: "order.user") @from`}},
			"Payment.cardLast4 @sensitive: would fetch other records for a field that fetches nothing: its record must have the owner's id",
		},
		"an argument that there is not": {
			[]change{{cancelOrder, strings.Replace(cancelOrder, `"id"`, `"orderId"`, 1)}},
			"Mutation.cancelOrder @owner: there is no argument orderId",
		},
		"a field that the argument has not": {
			[]change{{payOrder, strings.Replace(payOrder, "orderId", "order", 1)}},
			"Mutation.payOrder @owner: there is no order in the argument input, or it is in a list",
		},
		"a field of an argument that has none": {
			[]change{{cancelOrder, strings.Replace(cancelOrder, `"id"`, `"id.id"`, 1)}},
			"Mutation.cancelOrder @owner: there is no id in the argument id, or it is in a list",
		},
		"a list of inputs": {
			[]change{{`"Which order, and how."
    input: PayOrderInput!`, `input: [PayOrderInput!]!`}},
			"Mutation.payOrder @owner: there is no orderId in the argument input, or it is in a list",
		},
		"a list of ids": {
			[]change{{`"The order's id."
    id: ID!
  ): CancelOrderPayload`, `id: [ID!]!): CancelOrderPayload`}},
			"Mutation.cancelOrder @owner: id is no id",
		},
		"an argument that is no id": {
			[]change{{payOrder, strings.Replace(payOrder, "orderId", "cardNumber", 1)}},
			"Mutation.payOrder @owner: input.cardNumber is no id",
		},
		"a mutation of another's record without an argument": {
			[]change{{cancelOrder, `CancelOrderPayload @owner(of: "Order")`}},
			"Mutation.cancelOrder @owner: must name an argument; only what writes the caller's own User needs none",
		},
		"a query of the caller's own without an argument": {
			[]change{{"me: User", `me: User @owner(of: "User")`}},
			"Query.me @owner: must name an argument; only what writes the caller's own User needs none",
		},
		"an argument of a type that has no owner": {
			[]change{{cancelOrder, strings.Replace(cancelOrder, `of: "Order"`, `of: "Product"`, 1)}},
			"Mutation.cancelOrder @owner: Product is no type that says once by @owner whose its records are",
		},
		"an argument of a type that there is not": {
			[]change{{cancelOrder, strings.Replace(cancelOrder, `of: "Order"`, `of: "Nothing"`, 1)}},
			"Mutation.cancelOrder @owner: Nothing is no type that says once by @owner whose its records are",
		},
		"an argument of a type that says twice whose": {
			[]change{more(`extend type Order @owner(field: "user")`)},
			"Mutation.cancelOrder @owner: Order is no type that says once by @owner whose its records are",
		},
		"no scopes": {
			[]change{{`UserConnection @requiresScopes(scopes: [["users:read"]])`, `UserConnection @requiresScopes(scopes: [])`}},
			"Query.users @requiresScopes: names no scopes",
		},
		"a set without scopes": {
			[]change{{`UserConnection @requiresScopes(scopes: [["users:read"]])`, `UserConnection @requiresScopes(scopes: [["users:read"], []])`}},
			"Query.users @requiresScopes: has a set without scopes, which everybody has",
		},
		"a set that is no list": {
			[]change{{`UserConnection @requiresScopes(scopes: [["users:read"]])`, `UserConnection @requiresScopes(scopes: ["users:read"])`}},
			"Query.users @requiresScopes: has a set without scopes, which everybody has",
		},
		"a scope without a name": {
			[]change{{`UserConnection @requiresScopes(scopes: [["users:read"]])`, `UserConnection @requiresScopes(scopes: [[""]])`}},
			`Query.users @requiresScopes: has a scope that nobody can be granted: ""`,
		},
		"a scope with a space": {
			[]change{{`orScopes: [["payments:read"]]) {`, `orScopes: [["payments:read orders:read"]]) {`}},
			`Payment @owner: has a scope that nobody can be granted: "payments:read orders:read"`,
		},
		"a scope that is no text": {
			[]change{{email, `email: String @sensitive(scopes: [[null]])`}},
			"User.email @sensitive: has a scope that nobody can be granted: null",
		},
		"a form that there is not": {
			[]change{{email, `email: String @sensitive(as: BLUR)`}},
			"User.email @sensitive: shows BLUR, which is no form",
		},
		"a form of what is no text": {
			[]change{{`role: UserRole @owner`, `role: UserRole @sensitive(as: MASK) @owner`}},
			"User.role @sensitive: shows something else in the place of a value that is no String",
		},
		"a form of a list of texts": {
			[]change{more(`extend type Query { words: [String] @public @sensitive(as: MASK) }`)},
			"Query.words @sensitive: shows something else in the place of a value that is no String",
		},
		"two forms": {
			[]change{
				more(`interface Reachable { email: String @sensitive(as: PSEUDONYM) }`),
				{userType, `type User implements Reachable @authenticated {`},
				{email, `email: String @sensitive(as: MASK)`},
			},
			"User.email: says more than once what is shown in its place",
		},
		"what may be denied and must be there": {
			[]change{{"name: String!\n  \"The name to sign in with.\"", "name: String! @requiresScopes(scopes: [[\"a\"]])\n"}},
			"User.name: must be nullable: User.name @requiresScopes may deny it",
		},
		"what is hidden and must be there": {
			[]change{{email, `email: String! @sensitive(as: PSEUDONYM)`}},
			"User.email: must be nullable: User.email @sensitive may deny it",
		},
		"a record that may be denied and must be there": {
			[]change{{`user: User @from(members: ["user_id"])`, `user: User! @from(members: ["user_id"])`}},
			"Order.user: must be nullable: User @authenticated may deny it",
		},
		"a root field that may be denied and must be there": {
			[]change{{"me: User", "me: User!"}},
			"Query.me: must be nullable: User @authenticated may deny it",
		},
		"a mutation that may be denied and must answer": {
			[]change{{cancelOrder, strings.Replace(cancelOrder, "Payload", "Payload!", 1)}},
			"Mutation.cancelOrder: must be nullable: Mutation.cancelOrder @owner may deny it",
		},
		"a part that may be denied and must be there": {
			[]change{{"type OrderItem {", "type OrderItem @authenticated {"}},
			"Order.items: must be nullable: OrderItem @authenticated may deny it",
		},
		"an edge that may be denied and must be there": {
			[]change{{"type OrderEdge @cost", "type OrderEdge @authenticated @cost"}},
			"OrderConnection.edges: must be nullable: OrderEdge @authenticated may deny it",
		},
		"an interface": {
			[]change{
				more(`interface Entity { id: ID! }  extend type Query { entity: Entity @authenticated }`),
				{userType, `type User implements Entity @authenticated {`},
			},
			"Query.entity: leads to Entity, of which it is not known before whose rules hold: name an object",
		},
		"a union in a payload's list": {
			[]change{
				more(`union Entity = User | Order`),
				{"type CancelOrderPayload {", "type CancelOrderPayload { also: [Entity!]"},
			},
			"CancelOrderPayload.also: leads to Entity, of which it is not known before whose rules hold: name an object",
		},
		"lists of lists": {
			[]change{more(`extend type Query { piles: [[Order]] }`)},
			"Query.piles: leads to lists in a list of what is somebody's",
		},
		"a list of pages": {
			[]change{more(`extend type Query { piles: [OrderConnection] }`)},
			"Query.piles: leads to lists in a list of what is somebody's",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tried(t, load(t, c.changes...))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Read = %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := tried(t, load(t, change{"type Product @public", "type Product"}, change{cancelOrder, "CancelOrderPayload"}))
	for _, want := range []string{"Product: does not say", "Mutation.cancelOrder: does not say"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read = %v, want it to say %q", err, want)
		}
	}
}

func TestWhatAnInterfaceSaysHoldsForItsObjects(t *testing.T) {
	schema := load(t,
		more(`interface Secret @requiresScopes(scopes: [["secrets"]]) { sku: String @requiresScopes(scopes: [["skus"]]) }`),
		change{"type Product @public", "type Product implements Secret"})
	p := read(t, schema)
	rules := p.Type("Product")
	if len(rules) != 1 || rules[0].For(caller("7", "secrets")) != policy.Allow || rules[0].For(caller("7")) != policy.Refuse {
		t.Errorf("Product obeys %v, want what its interface says", rules)
	}
	guard := p.Field(schema.Types["Product"].Fields.ForName("sku"))
	if guard == nil || len(guard.Rules) != 1 || guard.Rules[0].For(caller("7", "secrets")) != policy.Refuse {
		t.Errorf("Product.sku obeys %v, want what its interface says", guard)
	}
}

func TestWhatAConnectionSaysHoldsWhereItIsLedTo(t *testing.T) {
	schema := load(t, change{"type ProductConnection @cost", `type ProductConnection @requiresScopes(scopes: [["lists"]]) @cost`})
	guard := read(t, schema).Field(schema.Query.Fields.ForName("products"))
	if guard == nil || len(guard.Rules) != 1 || guard.Rules[0].Name != "ProductConnection @requiresScopes" || len(guard.Records) != 1 {
		t.Errorf("Query.products obeys %+v, want the connection's rule and the products'", guard)
	}
}

func TestAConnectionWithoutNodesLeadsToWhatItsEdgesLeadTo(t *testing.T) {
	schema := load(t,
		more(`type Pages { edges: [OrderEdge!]!  pageInfo: PageInfo! }  extend type Query { pages: Pages }`))
	guard := read(t, schema).Field(schema.Query.Fields.ForName("pages"))
	if guard == nil || len(guard.Records) != 1 || guard.Records[0].Name != "Order @owner" {
		t.Errorf("Query.pages obeys %+v, want what orders do", guard)
	}
}

func TestTheRuleThatShowsSomethingIsAskedLast(t *testing.T) {
	schema := load(t, change{email, `email: String @sensitive(as: MASK) @requiresScopes(scopes: [["a"]]) @owner(field: "id")`})
	var names []string
	for _, rule := range read(t, schema).Field(schema.Types["User"].Fields.ForName("email")).Rules {
		names = append(names, rule.Name)
	}
	if got, want := strings.Join(names, ", "), "User.email @requiresScopes, User.email @owner, User.email @sensitive"; got != want {
		t.Errorf("the rules are %s, want %s", got, want)
	}
}

func TestTheKeyOfAUserSaysWhoseItIs(t *testing.T) {
	schema := load(t, change{userType, `type User @owner(field: "id") {`})
	keys := read(t, schema).Field(schema.Types["Order"].Fields.ForName("user")).Keys
	if len(keys) != 1 || !keys[0].Owner.AtHand() || keys[0].Owner.Steps[0].Member != "user_id" {
		t.Errorf("Order.user's keys obey %+v, want the order's user_id", keys)
	}
}

func TestRulesThatSayTheSameSaySo(t *testing.T) {
	schema := load(t, change{email, `email: String @requiresScopes(scopes: [["a", "b"]])`},
		change{`phone: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `phone: String @requiresScopes(scopes: [["a"], ["b"]])`})
	p := read(t, schema)
	says := func(object, field string) string {
		return p.Field(schema.Types[object].Fields.ForName(field)).Rules[0].Says()
	}
	if says("User", "role") != says("User", "status") {
		t.Errorf("%q and %q, want the same", says("User", "role"), says("User", "status"))
	}
	for _, two := range [][4]string{
		{"User", "email", "User", "phone"},
		{"User", "role", "User", "orders"},
		{"Mutation", "cancelOrder", "Mutation", "payOrder"},
		{"Mutation", "updateProfile", "Mutation", "cancelOrder"},
	} {
		if a, b := says(two[0], two[1]), says(two[2], two[3]); a == b {
			t.Errorf("%v both say %q, want that they differ", two, a)
		}
	}
}

package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func TestWhatCannotBePlannedIsSaid(t *testing.T) {
	s := open(t)
	for query, want := range map[string]string{
		`{ __typename }`:                               "",
		`{ me {id} users {nodes {id}} }`:               "",
		`mutation { cancelOrder(id: 1) {order {id}} }`: "it is no query",
		`{ __schema {types {name}} }`:                  "Query.__schema: it is introspection",
		`{ me {id} __type(name: "User") {name} }`:      "Query.__type: it is introspection",
		`{ me {...u} } fragment u on User {orders {edges {node {items {product {price {amount currency __typename}}}}}}}`: "",
	} {
		operation := s.operation(t, query, nil)
		compiled, err := s.planner.Compile(operation)
		if got := message(err); got != want || (compiled == nil) == (err == nil) {
			t.Errorf("%s\nsays %q, want %q", query, got, want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The way to what is not planned is in the error: whoever reads it finds the field.
func TestRulesThatPlansDoNotAskLeaveTheOperationToGqlgen(t *testing.T) {
	for name, c := range map[string]struct {
		changes []change
		query   string
		want    string
	}{
		"a rule that needs another record before its field": {
			[]change{{`order: Order @from(members: ["order_id"])`, `order: Order @from(members: ["order_id"]) @owner(field: "order.user")`}},
			`{ payment(id: 171) {order {id}} }`,
			"Query.payment: Payment.order: Payment.order @owner asks for other records before it",
		},
		"a rule about money's own field": {
			[]change{{"amount: Decimal!", `amount: Decimal @requiresScopes(scopes: [["money"]])`}},
			`{ product(id: 1) {price {amount}} }`, "Query.product: Product.price: Money.amount: it has a policy of its own within an amount",
		},
		"a rule about a page's own field": {
			[]change{{"nodes: [Order!]!", `nodes: [Order!] @requiresScopes(scopes: [["orders:read"]])`}},
			`{ orders {nodes {id}} }`, "Query.orders: OrderConnection.nodes: it has a policy of its own within its connection",
		},
		"a rule about an end's own field": {
			[]change{{"\"The order's place, to go on after.\"\n  cursor: String!", `cursor: String @requiresScopes(scopes: [["orders:read"]])`}},
			`{ orders {edges {cursor}} }`, "Query.orders: OrderConnection.edges: OrderEdge.cursor: it has a policy of its own within its connection",
		},
		"a rule about a place's own field": {
			[]change{{"hasNextPage: Boolean!", `hasNextPage: Boolean @requiresScopes(scopes: [["orders:read"]])`}},
			`{ orders {pageInfo {hasNextPage}} }`, "Query.orders: OrderConnection.pageInfo: PageInfo.hasNextPage: it has a policy of its own within its connection",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.changes...)
			if _, err := s.planner.Compile(s.operation(t, c.query, nil)); message(err) != c.want {
				t.Errorf("it says %q, want %q", message(err), c.want)
			}
			if _, err := s.planner.Compile(s.operation(t, `{ user(id: 7) {name} }`, nil)); err != nil {
				t.Errorf("an operation without the field is not planned: %v", err)
			}
		})
	}
}

// Each case is answered by gqlgen in the same way: ask compares them.
func TestSelectionsThatMeetAreOne(t *testing.T) {
	s := open(t)
	on := map[string]any{"yes": true, "no": false}
	for name, c := range map[string]struct{ query, want string }{
		"the same field twice":       {`{ me {id} me {name} me {id} }`, `{"me":{"id":"7","name":"Ada"}}`},
		"two names of one field":     {`{ a: me {id} b: me {name x: name} }`, `{"a":{"id":"7"},"b":{"name":"Ada","x":"Ada"}}`},
		"names swapped":              {`{ me {id: name name: username} }`, `{"me":{"id":"Ada","name":"ada"}}`},
		"the order of the first":     {`{ me {name} user(id: 8) {id} me {id} }`, `{"me":{"name":"Ada","id":"7"},"user":{"id":"8"}}`},
		"a fragment":                 {`{ me {...f name} } fragment f on User {id name}`, `{"me":{"id":"7","name":"Ada"}}`},
		"a fragment twice":           {`{ a: me {...f} b: me {...f ...f} } fragment f on User {id}`, `{"a":{"id":"7"},"b":{"id":"7"}}`},
		"fragments in fragments":     {`{ me {...f} } fragment f on User {...g ... on User {...g}} fragment g on User {address {...h} address {city}} fragment h on Address {zip}`, `{"me":{"address":{"zip":"N1","city":"London"}}}`},
		"edges that meet":            {`{ me {orders(first: 1) {nodes {id}} orders(first: 1) {nodes {status} edges {node {id}}}} }`, `{"me":{"orders":{"nodes":[{"id":"71","status":"PENDING"}],"edges":[{"node":{"id":"71"}}]}}}`},
		"arguments that differ":      {`{ a: user(id: 7) {name} b: user(id: "8") {id} }`, `{"a":{"name":"Ada"},"b":{"id":"8"}}`},
		"nothing but a type's name":  {`{ q: __typename me {__typename t: __typename} }`, `{"q":"Query","me":{"__typename":"User","t":"User"}}`},
		"type names everywhere":      {`{ me {address {__typename} orders(first: 1) {__typename edges {__typename node {items {__typename unitPrice {__typename}}}} pageInfo {__typename}}} }`, `{"me":{"address":{"__typename":"Address"},"orders":{"__typename":"OrderConnection","edges":[{"__typename":"OrderEdge","node":{"items":[{"__typename":"OrderItem","unitPrice":{"__typename":"Money"}},{"__typename":"OrderItem","unitPrice":{"__typename":"Money"}}]}}],"pageInfo":{"__typename":"PageInfo"}}}}`},
		"what is skipped":            {`query ($yes: Boolean!, $no: Boolean!) { a: me @skip(if: $yes) {id} b: me @include(if: $no) {id} me {id @skip(if: $no) name @include(if: $yes) username @skip(if: true)} }`, `{"me":{"id":"7","name":"Ada"}}`},
		"fragments that are skipped": {`query ($yes: Boolean!, $no: Boolean!) { me {id ...f @skip(if: $yes) ... @include(if: $no) {name} ...f @include(if: $yes)} } fragment f on User {username}`, `{"me":{"id":"7","username":"ada"}}`},
		"both conditions":            {`query ($yes: Boolean!, $no: Boolean!) { me {id name @skip(if: $no) @include(if: $no) username @skip(if: $no) @include(if: $yes)} }`, `{"me":{"id":"7","username":"ada"}}`},
		"nothing is left":            {`query ($yes: Boolean!) { me @skip(if: $yes) {id} }`, `{}`},
		"nothing is left below":      {`query ($yes: Boolean!) { me {id @skip(if: $yes)} }`, `{"me":{}}`},
		"merged by a condition":      {`query ($yes: Boolean!, $no: Boolean!) { me {address @include(if: $no) {zip} address @include(if: $yes) {city}} }`, `{"me":{"address":{"city":"London"}}}`},
		"a condition by default":     {`query ($d: Boolean! = false) { me {id name @include(if: $d)} }`, `{"me":{"id":"7"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			variables := make(map[string]any)
			for each, value := range on {
				if strings.Contains(c.query, "$"+each+":") {
					variables[each] = value
				}
			}
			if got := s.ask(t, customer, c.query, variables).String(); got != c.want {
				t.Errorf("%s\nis answered %s\nwant        %s", c.query, got, c.want)
			}
		})
	}
}

// TestCompilingIsAsMuchWorkAsTheOperationIsLong counts allocations of compiling selections of n, 2n and 4n fields: from step to
// step they grow by what is added.
func TestCompilingIsAsMuchWorkAsTheOperationIsLong(t *testing.T) {
	s := open(t)
	for name, shape := range map[string]func(n int) string{
		"scalars":    func(n int) string { return "{me{" + numbered(n, "a%d:email ") + "}}" },
		"one scalar": func(n int) string { return "{me{" + strings.Repeat("email ", n) + "}}" },
		"edges":      func(n int) string { return "{" + numbered(n, "a%d:payment(id:%[1]d){order{user{id}}} ") + "}" },
		"pages": func(n int) string {
			return "{" + numbered(n, "a%d:orders{nodes{id}edges{node{id}}pageInfo{endCursor}} ") + "}"
		},
		"parts": func(n int) string { return "{me{" + numbered(n, "a%d:address{zip city} ") + "}}" },
		"spreads": func(n int) string {
			return "{" + numbered(n, "a%d:me{...f} ") + "}fragment f on User{id email address{zip}}"
		},
		"merges": func(n int) string { return "{" + strings.Repeat("me{address{zip}orders{nodes{id}}}", n) + "}" },
		"depth": func(n int) string {
			return "{me{id" + strings.Repeat(" orders{nodes{user{id", n) + strings.Repeat("}}}", n) + "}}"
		},
		"money": func(n int) string { return "{product(id:1){" + numbered(n, "a%d:price{amount currency} ") + "}}" },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 40
			work := func(n int) float64 {
				of := s.operation(t, shape(n), nil)
				return testing.AllocsPerRun(5, func() {
					if _, err := s.planner.Compile(anew(of)); err != nil {
						t.Fatal(err)
					}
				})
			}
			one, two, four := work(n), work(2*n), work(4*n)
			if first, second := two-one, four-two; second > 2.3*first+20 || four > 200*4*n {
				t.Errorf("%v, %v and %v allocations: the second step takes more than twice as many as the first", one, two, four)
			}
		})
	}
}

// numbered is n texts with their number in place of the verb.
func numbered(n int, format string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

// anew is an operation of which gqlgen has collected nothing yet.
func anew(of *graphql.OperationContext) *graphql.OperationContext {
	return &graphql.OperationContext{RawQuery: of.RawQuery, Variables: of.Variables, Doc: of.Doc, Operation: of.Operation}
}

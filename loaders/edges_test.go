package loaders

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func parse(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// resolved makes a hasResolver of the fields that have one.
func resolved(fields ...string) func(object, field string) bool {
	return func(object, field string) bool {
		return slices.Contains(fields, object+"."+field)
	}
}

func TestEdgesAreTheFieldsThatLeadToLoads(t *testing.T) {
	schema := parse(t, `
		type Query { user: User  version: String }
		type User { name: String  address: Address  orders: Page }
		type Address { city: String }
		type Page { nodes: [Order]  total: Int }
		type Order { id: ID  user: User }`)
	edges, err := NewEdges(schema, resolved("Query.user", "User.orders", "Page.nodes", "Order.user"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"Query.user": true, "Query.version": false, "User.name": false, "User.address": false, "User.orders": true,
		"Page.nodes": true, "Page.total": false, "Order.id": false, "Order.user": true, "Address.city": false,
	} {
		object, field, _ := strings.Cut(name, ".")
		if got := edges.Has(schema.Types[object].Fields.ForName(field)); got != want {
			t.Errorf("%s is an edge: %t, want %t", name, got, want)
		}
	}
}

func TestAnEdgeWithoutAResolverIsRefused(t *testing.T) {
	schema := parse(t, `
		type Query { page: Page }
		type Page { nodes: [Order] }
		type Order { user: User }
		type User { name: String }`)
	_, err := NewEdges(schema, resolved("Query.page", "Order.user"))
	if err == nil || !strings.Contains(err.Error(), "Page.nodes leads to loads") {
		t.Errorf("NewEdges = %v, want it to name Page.nodes", err)
	}
}

func TestAnEdgeToAnAbstractTypeIsRefused(t *testing.T) {
	schema := parse(t, `
		type Query { any: Any }
		interface Any { id: ID }
		type User implements Any { id: ID }`)
	_, err := NewEdges(schema, resolved("Query.any"))
	if err == nil || !strings.Contains(err.Error(), "Query.any") {
		t.Errorf("NewEdges = %v, want it to name Query.any", err)
	}
}

func TestCountIsTheNumberOfObjects(t *testing.T) {
	type object struct{}
	var none *object
	one := &object{}
	for name, c := range map[string]struct {
		value any
		want  int
	}{
		"nothing":                 {nil, 0},
		"a nil pointer":           {none, 0},
		"an object":               {one, 1},
		"an object that is held":  {object{}, 1},
		"a list":                  {[]*object{one, nil, one}, 2},
		"no list":                 {[]*object(nil), 0},
		"lists of lists":          {[][]*object{{one}, {one, nil}, nil}, 2},
		"a list of what is held":  {[]object{{}, {}}, 2},
		"a list of any":           {[]any{one, none, nil}, 1},
		"a scalar of a leaf edge": {"text", 1},
	} {
		if got := count(c.value); got != c.want {
			t.Errorf("%s counts as %d, want %d", name, got, c.want)
		}
	}
}

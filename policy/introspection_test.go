package policy_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
)

// visible is what a caller sees of a schema, which must be one that can be loaded.
func visible(t *testing.T, schema *ast.Schema, who auth.Principal) *ast.Schema {
	t.Helper()
	p := read(t, schema)
	seen := p.Visible(schema, p.View(who))
	complete(t, seen)
	var text bytes.Buffer
	formatter.NewFormatter(&text).FormatSchema(seen)
	if _, err := gqlparser.LoadSchema(&ast.Source{Name: "seen.graphql", Input: text.String()}); err != nil {
		t.Errorf("what is seen is no schema: %v\n%s", err, text.String())
	}
	return seen
}

// complete checks that every type that a schema names is one of its own, and none is empty.
func complete(t *testing.T, s *ast.Schema) {
	t.Helper()
	for name, of := range s.Types {
		if (of.Kind == ast.Object || of.Kind == ast.Interface) && len(of.Fields) == 0 {
			t.Errorf("%s has no field", name)
		}
		for _, each := range mentioned(of) {
			if s.Types[each] == nil {
				t.Errorf("%s names %s, which there is not", name, each)
			}
		}
		for _, other := range slices.Concat(s.PossibleTypes[name], s.Implements[name]) {
			if s.Types[other.Name] != other {
				t.Errorf("%s stands for %s, which is not seen", name, other.Name)
			}
		}
	}
	for _, root := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		if root != nil && s.Types[root.Name] != root {
			t.Errorf("%s is not the type of its name", root.Name)
		}
	}
}

// mentioned are the types that a type names.
func mentioned(of *ast.Definition) []string {
	names := slices.Concat(of.Interfaces, of.Types)
	for _, field := range of.Fields {
		names = append(names, field.Type.Name())
		for _, argument := range field.Arguments {
			names = append(names, argument.Type.Name())
		}
	}
	return names
}

// named are the types of a schema that are not GraphQL's own.
func named(s *ast.Schema) []string {
	names := slices.Collect(maps.Keys(s.Types))
	return slices.Sorted(slices.Values(slices.DeleteFunc(names, func(name string) bool {
		return s.Types[name].BuiltIn || strings.HasPrefix(name, "__")
	})))
}

func fieldsOf(of *ast.Definition) []string {
	var names []string
	if of == nil {
		return nil
	}
	for _, field := range of.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			names = append(names, field.Name)
		}
	}
	return names
}

func TestNobodySeesProductsOnly(t *testing.T) {
	schema := load(t)
	seen := visible(t, schema, anonymous)
	want := []string{
		"CacheControlScope", "DateTime", "Decimal", "Money", "PageInfo", "Product", "ProductConnection", "ProductEdge", "Query", "RateLimitBy", "Redaction", "Usage",
	}
	if got := named(seen); !slices.Equal(got, want) {
		t.Errorf("the types are %v, want %v", got, want)
	}
	if got := fieldsOf(seen.Query); !slices.Equal(got, []string{"product", "products", "usage"}) || seen.Mutation != nil {
		t.Errorf("the queries are %v, and the mutations %v", got, fieldsOf(seen.Mutation))
	}
}

func TestRolesSeeWhatTheyMayUse(t *testing.T) {
	schema := load(t)
	for name, c := range map[string]struct {
		who                     auth.Principal
		queries, mutations, all string
	}{
		"a customer": {customer, "product products payment order orders me usage user", "cancelOrder payOrder placeOrder updateProfile", "id name username email phone role status address orders createdAt updatedAt"},
		"a machine":  {machine, "product products me usage user", "placeOrder", "id name username"},
		"support":    {support, "product products payment order orders me usage user users", "cancelOrder payOrder placeOrder updateProfile", "id name username email phone role status address orders createdAt updatedAt"},
		"an admin":   {admin, "product products payment order orders me usage user users", "cancelOrder payOrder placeOrder refundPayment updateProfile", "id name username email phone role status address orders createdAt updatedAt"},
	} {
		seen := visible(t, schema, c.who)
		for of, want := range map[*ast.Definition]string{seen.Query: c.queries, seen.Mutation: c.mutations, seen.Types["User"]: c.all} {
			got, words := fieldsOf(of), strings.Fields(want)
			slices.Sort(got)
			slices.Sort(words)
			if !slices.Equal(got, words) {
				t.Errorf("%s sees %v, want %v", name, got, words)
			}
		}
	}
}

func TestWhatIsSeenIsWhatIsNotRefused(t *testing.T) {
	schema := load(t)
	p := read(t, schema)
	for _, who := range callers {
		view := p.View(who)
		for name, of := range visible(t, schema, who).Types {
			if of.Kind != ast.Object || strings.HasPrefix(name, "__") {
				continue
			}
			for _, field := range of.Fields {
				if verdict(p, view, field) == "-" {
					t.Errorf("%s sees %s.%s, which is refused", who.ID, name, field.Name)
				}
			}
		}
	}
	if all := visible(t, schema, admin); len(named(all)) != len(named(schema)) {
		t.Errorf("an admin sees %v, want all of %v", named(all), named(schema))
	}
}

func TestTheSchemaItselfIsLeftAlone(t *testing.T) {
	schema := load(t)
	before, mutations := len(schema.Types), len(schema.Mutation.Fields)
	visible(t, schema, anonymous)
	if len(schema.Types) != before || len(schema.Mutation.Fields) != mutations {
		t.Error("looking at the schema changed it")
	}
}

func TestATypeOfWhichNothingIsLeftIsNotLedTo(t *testing.T) {
	schema := load(t,
		more(`type Report { sales: Sales }
			type Sales { total: Int @requiresScopes(scopes: [["sales"]]) }
			extend type Query { report: Report @public }`))
	seen := visible(t, schema, anonymous)
	if seen.Types["Sales"] != nil || seen.Types["Report"] != nil || seen.Query.Fields.ForName("report") != nil {
		t.Errorf("the types are %v, want none that is empty", named(seen))
	}
	if seen := visible(t, schema, caller("9", "sales")); seen.Types["Sales"] == nil {
		t.Error("whoever has the scope does not see the type")
	}
}

func TestAnInterfaceShowsNoMoreThanItsObjects(t *testing.T) {
	schema := load(t,
		more(`interface Reachable { email: String  name: String! }
			interface Callable { phone: String }`),
		change{userType, `type User implements Reachable & Callable @authenticated {`},
		change{email, `email: String @requiresScopes(scopes: [["emails"]])`},
		change{`phone: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `phone: String @requiresScopes(scopes: [["phones"]])`})
	seen := visible(t, schema, customer)
	if got := fieldsOf(seen.Types["Reachable"]); !slices.Equal(got, []string{"name"}) {
		t.Errorf("the interface has %v, want the name alone", got)
	}
	if seen.Types["Callable"] != nil || !slices.Equal(seen.Types["User"].Interfaces, []string{"Reachable"}) {
		t.Errorf("a user is %v, want no interface of which nothing is left", seen.Types["User"].Interfaces)
	}
	for _, each := range seen.GetPossibleTypes(seen.Types["Reachable"]) {
		if each.Fields.ForName("email") != nil {
			t.Error("the objects of the interface show what is refused")
		}
	}
	if seen := visible(t, schema, anonymous); seen.Types["Reachable"] != nil {
		t.Error("an interface is seen without any of its objects")
	}
}

func TestAValueThatShowsInAnotherFormIsSeen(t *testing.T) {
	schema := load(t, change{email, `email: String @sensitive(scopes: [["users:pii"]], as: MASK)`})
	if visible(t, schema, customer).Types["User"].Fields.ForName("email") == nil {
		t.Error("a field that shows as a mask is hidden")
	}
}

func TestOfAnotherSchemaTheSameNamesAreSeen(t *testing.T) {
	p := read(t, load(t))
	foreign := load(t, more(`extend type Query { unheard: Int @public }`))
	seen := p.Visible(foreign, p.View(admin))
	if seen.Query.Fields.ForName("unheard") != nil || seen.Query.Fields.ForName("users") == nil {
		t.Errorf("the queries are %v, want those that the policy knows", fieldsOf(seen.Query))
	}
	if seen := p.Visible(foreign, new(policy.View)); len(fieldsOf(seen.Query)) > 0 {
		t.Errorf("where nobody began, %v are seen", fieldsOf(seen.Query))
	}
}

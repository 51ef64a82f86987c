package answers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/sharing"
)

func TestForWhomAnAnswerIs(t *testing.T) {
	schema, p := served(t)
	const product = `{ product(id: 1) { name price { amount } } products { edges { cursor node { id } } nodes { sku } pageInfo { endCursor } } }`
	only := func(open ...string) func(string) sharing.Inputs {
		return func(service string) sharing.Inputs {
			if slices.Contains(open, service) {
				return sharing.Nothing
			}
			return sharing.Tenant
		}
	}
	limitsName := func(object, field string) bool { return object == "Product" && field == "name" }
	for name, c := range map[string]struct {
		query   string
		inputs  func(string) sharing.Inputs
		limited func(object, field string) bool
		reads   Reads
		want    Policy
	}{
		"products":                      {product, nothing, unlimited, reading("product"), Policy{MaxAge: time.Minute, Everybody: true, Shared: true}},
		"a service that says otherwise": {product, only("user"), unlimited, reading("product"), Policy{MaxAge: time.Minute, Shared: true}},
		"one of two does":               {product, only("product"), unlimited, reading("product", "user"), Policy{MaxAge: time.Minute, Shared: true}},
		"nobody says":                   {product, nil, unlimited, reading("product"), Policy{MaxAge: time.Minute, Shared: true}},
		"a service that is not known":   {product, nothing, unlimited, reading("product", ""), Policy{MaxAge: time.Minute}},
		"no service":                    {product, nothing, unlimited, reading(), Policy{MaxAge: time.Minute, Shared: true}},
		"reads are not known":           {product, nothing, unlimited, func() ([]string, bool) { return []string{"product"}, false }, Policy{MaxAge: time.Minute}},
		"a limited field":               {product, nothing, limitsName, reading("product"), Policy{MaxAge: time.Minute}},
		"a user":                        {`{ product(id: 1) { name } user(id: 7) { name } }`, nothing, unlimited, reading("product", "user"), Policy{Shared: true}},
		"an order's product":            {`{ order(id: 1) { items { product { name } } } }`, nothing, unlimited, reading("product", "order"), Policy{Shared: true}},
		"the schema":                    {`{ __schema { types { name } } product(id: 1) { id } }`, nothing, unlimited, reading("product"), Policy{}},
		"a mutation":                    {`mutation { cancelOrder(id: 1) { userErrors { code } } }`, nothing, unlimited, reading("order"), Policy{}},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := Read(schema, Parts{Policy: p, Limited: c.limited, Inputs: c.inputs})
			if err != nil {
				t.Fatal(err)
			}
			got := *rules.NewPolicies().Of(operationOf(t, schema, c.query, nil), c.reads)
			if got.MaxAge != c.want.MaxAge || got.Everybody != c.want.Everybody || got.Shared != c.want.Shared {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDocumentsAndGenerationsAreToldApart(t *testing.T) {
	schema, p := served(t)
	seen := make(map[string]string)
	for _, generation := range []string{"", "1", "11"} {
		rules, err := Read(schema, Parts{Policy: p, Limited: unlimited, Inputs: nothing, Generation: generation})
		if err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{`{ product(id: 1) { id } }`, `{ product(id: 1) { id }}`} {
			got := rules.NewPolicies().Of(operationOf(t, schema, query, nil), reading("product"))
			if other, ok := seen[got.document]; ok {
				t.Errorf("%s and %s are known by the same", other, query)
			}
			seen[got.document] = generation + query
		}
	}
}

// author writes operations of a schema by chance.
type author struct {
	schema *ast.Schema
	rand   *rand.Rand
	fields []string // that were selected, as Type.field
}

func (a *author) selection(object *ast.Definition, depth int) string {
	var text strings.Builder
	text.WriteString("{ __typename")
	for _, field := range object.Fields {
		leads := a.schema.Types[field.Type.Name()]
		if strings.HasPrefix(field.Name, "__") || a.rand.IntN(3) > 0 || leads.IsCompositeType() && depth == 0 {
			continue
		}
		a.fields = append(a.fields, object.Name+"."+field.Name)
		fmt.Fprintf(&text, " %s%s", field.Name, arguments(field))
		if leads.IsCompositeType() {
			text.WriteString(a.selection(leads, depth-1))
		}
	}
	return text.String() + " }"
}

func arguments(field *ast.FieldDefinition) string {
	var given []string
	for _, each := range field.Arguments {
		if each.Type.NonNull {
			given = append(given, each.Name+": 1")
		}
	}
	if given == nil {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// Whatever is selected: what the schema guards by who asks is nobody else's.
func TestNothingThatIsGuardedIsForEverybody(t *testing.T) {
	schema, p := served(t)
	rules, err := Read(schema, Parts{Policy: p, Limited: unlimited, Inputs: nothing})
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{"Query.product": true, "Query.products": true, "Query.usage": true}
	for _, name := range []string{"Product", "ProductConnection", "ProductEdge", "Money", "PageInfo", "Usage"} {
		for _, field := range schema.Types[name].Fields {
			open[name+"."+field.Name] = true
		}
	}
	everybody := 0
	rapid.Check(t, func(t *rapid.T) {
		a := &author{schema: schema, rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		query := a.selection(schema.Query, 4)
		guarded := false
		for _, name := range a.fields {
			guarded = guarded || !open[name]
		}
		doc := operationOf(t, schema, query, nil)
		got := rules.NewPolicies().Of(doc, reading("product"))
		if got.Everybody == guarded {
			t.Fatalf("%s is for everybody: %t", query, got.Everybody)
		}
		if got.Everybody {
			everybody++
		}
	})
	if everybody == 0 {
		t.Error("no operation was for everybody")
	}
}

// Whatever the hints: an answer lives no longer than any of its parts, and is private where one of them is.
func TestAnAnswerLivesNoLongerThanAnyPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hint := func(name string) string {
			switch rapid.IntRange(0, 3).Draw(t, name) {
			case 0:
				return ""
			case 1:
				return "@cacheControl(inheritMaxAge: true)"
			default:
				scope := rapid.SampledFrom([]string{"", ", scope: PRIVATE", ", scope: PUBLIC"}).Draw(t, name+" scope")
				stale := rapid.SampledFrom([]string{"", ", staleWhileRevalidate: 5", ", staleWhileRevalidate: 50"}).Draw(t, name+" stale")
				return fmt.Sprintf("@cacheControl(maxAge: %d%s%s)", rapid.IntRange(0, 100).Draw(t, name+" age"), scope, stale)
			}
		}
		fields := func(of string) string {
			return fmt.Sprintf("{ v: Int %s w: String %s a: A %s b: [B] %s }", hint(of+".v"), hint(of+".w"), hint(of+".a"), hint(of+".b"))
		}
		rules := rulesOf(t, fmt.Sprintf("type Query %s type A %s %s type B %s %s", fields("Query"), hint("A"), fields("A"), hint("B"), fields("B")))
		a := &author{schema: rules.schema, rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		query := a.selection(rules.schema.Query, 3)
		all, known := rules.compile(operationOf(t, rules.schema, query, nil))
		if !known {
			t.Fatalf("%s is not known", query)
		}
		for _, name := range a.fields {
			checkPart(t, rules, all, name)
		}
	})
}

// checkPart holds an answer to what is said of one of its fields, or of its type.
func checkPart(t *rapid.T, rules *Rules, all part, name string) {
	object, field, _ := strings.Cut(name, ".")
	definition := rules.schema.Types[object].Fields.ForName(field)
	leads := rules.schema.Types[definition.Type.Name()]
	own, err := readHint(definition.Directives)
	if err != nil {
		t.Fatal(err)
	}
	of, err := readHint(leads.Directives)
	if err != nil {
		t.Fatal(err)
	}
	said := own
	if said.age == nil {
		said = of
	}
	if said.age == nil && (object == "Query" || leads.IsCompositeType() && !own.inherits && !of.inherits) {
		said.age = new(time.Duration)
	}
	if said.age != nil {
		checkAge(t, all, name, said)
	}
	if own.over(of).scope == scopePrivate && !all.private {
		t.Fatalf("%s is private, and it is not", name)
	}
}

func checkAge(t *rapid.T, all part, name string, said hint) {
	stale := time.Duration(0)
	if said.stale != nil {
		stale = *said.stale
	}
	if all.age > *said.age || all.stale > stale {
		t.Fatalf("%s lets it live for %v and %v, and it does for %v and %v", name, *said.age, stale, all.age, all.stale)
	}
}

package incremental_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/incremental"
)

const schemaText = `type Query { me: User } type Mutation { make: User } type Subscription { told: User } type User { id: ID name: String me: User }`

func read(t *testing.T, text string) (*ast.QueryDocument, gqlerror.List) {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: schemaText})
	all := rules.NewRules()
	all.AddRule(incremental.Rule())
	doc, err := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc, validator.ValidateWithRules(schema, doc, all)
}

func TestWhereFragmentsMayBeDeferred(t *testing.T) {
	for text, want := range map[string]string{
		`{ ... @defer { me { id } } }`: "",
		`{ me { ...F @defer(label: "a") ...F @defer(label: "b") } } fragment F on User { id }`:                 "",
		`{ me { ...F } m: me { ...F } } fragment F on User { ... @defer(label: "a") { id } }`:                  "",
		`query A { me { ...F } } query B { me { ...F } } fragment F on User { ... @defer(label: "a") { id } }`: "",
		`{ me { ... @defer(label: null) { id } ... @defer(label: null) { name } } }`:                           "",
		`{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }`:                             "the labels of @defer are different from each other",
		`query($l: String) { me { ... @defer(label: $l) { id } } }`:                                            "the label of @defer is written down, and no variable",
		`mutation { make { ... @defer { id } } }`:                                                              "",
		`mutation { ... @defer { make { id } } }`:                                                              "@defer is not for the fields at the top of a mutation",
		`mutation { ...F @defer } fragment F on Mutation { make { id } }`:                                      "@defer is not for the fields at the top of a mutation",
		`subscription { told { ... @defer { id } } }`:                                                          "@defer is not for subscriptions",
		`subscription { told { ...F } } fragment F on User { ... @defer { id } }`:                              "@defer is not for subscriptions",
		`subscription { told { ... @defer(if: false) { id } } }`:                                               "",
		`subscription($on: Boolean!) { told { ... @defer(if: $on) { id } } }`:                                  "",
	} {
		_, refused := read(t, text)
		var got []string
		for _, each := range refused {
			got = append(got, each.Message)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s\nis refused by %q, want %q", text, got, want)
		}
	}
}

func TestNothingIsDeferredInAWholeOperation(t *testing.T) {
	doc, _ := read(t, `query A($on: Boolean!) { me { ...F @defer(label: "a") @include(if: $on) ... @defer { id } } } fragment F on User { me { ... @defer { name } } }`)
	operation := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{"on": true}}
	whole := incremental.Whole(operation)
	if !incremental.Used(doc) || incremental.Used(whole.Doc) || incremental.Whole(whole) != whole {
		t.Error("the copy is not whole, or is copied again")
	}
	if whole.Operation != whole.Doc.Operations[0] {
		t.Error("its operation is none of its document")
	}
	for _, each := range graphql.CollectFields(whole, whole.Operation.SelectionSet, []string{"Query"}) {
		for _, f := range graphql.CollectFields(whole, each.Selections, []string{"User"}) {
			if f.IsDeferred() {
				t.Errorf("%s is deferred", f.Name)
			}
		}
	}
}

func TestWhetherAFragmentIsDeferred(t *testing.T) {
	doc, _ := read(t, `query($on: Boolean) { me { ... @defer { id } ... @defer(if: $on, label: "a") { id } ... @defer(if: false) { id } ... { id } } }`)
	set := doc.Operations[0].SelectionSet[0].(*ast.Field).SelectionSet
	for _, c := range []struct {
		on   any
		want []string
	}{{true, []string{"+", "+a", "-", "-"}}, {false, []string{"+", "-", "-", "-"}}, {nil, []string{"+", "-", "-", "-"}}} {
		var got []string
		for _, each := range set {
			label, deferred := incremental.Deferred(each.(*ast.InlineFragment).Directives, map[string]any{"on": c.on})
			got = append(got, map[bool]string{true: "+", false: "-"}[deferred]+label)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("$on is %v (-want +got):\n%s", c.on, diff)
		}
	}
}

func TestPayloadsAreEncoded(t *testing.T) {
	errs := gqlerror.List{{Message: "no"}}
	p := &incremental.Payload{
		Pending:     []incremental.Pending{{ID: "0"}},
		Incremental: []incremental.Increment{{ID: "0", Below: ast.Path{ast.PathIndex(1)}, Path: ast.Path{ast.PathName("a"), ast.PathIndex(1)}, Label: "l", Errors: errs}},
		Completed:   []incremental.Completed{{ID: "0", Errors: errs}}, Extensions: map[string]any{"x": 1},
	}
	for format, want := range map[incremental.Format]string{
		incremental.Current: `{"pending":[{"id":"0","path":[]}],"incremental":[{"id":"0","subPath":[1],"errors":[{"message":"no"}],"data":null}],"completed":[{"id":"0","errors":[{"message":"no"}]}],"extensions":{"x":1},"hasNext":false}`,
		incremental.Of2022:  `{"incremental":[{"path":["a",1],"label":"l","errors":[{"message":"no"}],"data":null}],"extensions":{"x":1},"hasNext":false}`,
	} {
		if got := string(format.Encode(p)); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
}

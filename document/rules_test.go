package document

import (
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func TestEveryRuleOfTheSpecificationIsKept(t *testing.T) {
	var got, want []string
	for name := range Rules().GetInner() {
		got = append(got, name)
	}
	for name := range rules.NewDefaultRules().GetInner() {
		want = append(want, name)
	}
	sort.Strings(got)
	sort.Strings(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestValidationSuggestsNoNames(t *testing.T) {
	schema := publicSchema(t)
	for _, text := range []string{
		`{mee{id}}`,
		`{me{nam}}`,
		`{me}`,
		`{user(idd:1){id}}`,
		`{...f} fragment f on Querry{me{id}}`,
		`mutation{payOrder(input:{orderId:1,method:CARDS}){userErrors{code}}}`,
		`mutation{payOrder(input:{orderId:1,method:"CARD"}){userErrors{code}}}`,
		`mutation{payOrder(input:{orderIdd:1,method:CARD}){userErrors{code}}}`,
		`{me{id @include(iff:true)}}`,
	} {
		t.Run(text, func(t *testing.T) {
			errs := validator.ValidateWithRules(schema, parse(t, text), Rules())
			if len(errs) == 0 {
				t.Fatal("it is valid")
			}
			for _, err := range errs {
				if strings.Contains(err.Message, "mean") {
					t.Error(err.Message)
				}
			}
		})
	}
}

func TestAnAnswerToAnInvalidDocumentIsShort(t *testing.T) {
	schema := publicSchema(t)
	for name, text := range map[string]string{
		"many errors":     "{" + numbered(1000, "m%d ") + "}",
		"a long name":     "{" + times(60_000, "m") + "}",
		"a long string":   `{users(first:"` + times(20_000, "ö") + `"){nodes{id}}}`,
		"many conflicts":  "{me{" + numbered(300, "orders(first:%d){__typename}") + "}}",
		"nested conflict": "{me{" + times(2, "orders{nodes{"+numbered(60, "a%d:id a%[1]d:status ")+"}}") + "}}",
	} {
		t.Run(name, func(t *testing.T) {
			errs := validator.ValidateWithRules(schema, parse(t, text), Rules())
			if len(errs) == 0 || len(errs) > 50 {
				t.Errorf("got %d errors", len(errs))
			}
			for _, err := range errs {
				if len(err.Message) > 503 || err.Message != strings.ToValidUTF8(err.Message, "") {
					t.Errorf("got a message of %d bytes: %.50q", len(err.Message), err.Message)
				}
			}
		})
	}
}

func TestEachDocumentHasItsOwnFiftyErrors(t *testing.T) {
	schema := publicSchema(t)
	for range 3 {
		if errs := validator.ValidateWithRules(schema, parse(t, "{"+times(60, "nothing ")+"}"), Rules()); len(errs) != 50 {
			t.Errorf("got %d errors, want 50", len(errs))
		}
	}
}

func TestAValidDocumentIsStillValid(t *testing.T) {
	schema := publicSchema(t)
	for name, text := range map[string]string{
		"headline":      headline,
		"introspection": read(t, "testdata/introspection.graphql"),
	} {
		t.Run(name, func(t *testing.T) {
			if errs := validator.ValidateWithRules(schema, parse(t, text), Rules()); len(errs) != 0 {
				t.Error(errs)
			}
		})
	}
}

// The largest document of each shape that the limits admit is found, and what validation makes of it is counted.
func TestWhatTheDefaultsAdmitIsQuicklyValidated(t *testing.T) {
	schema, limits := publicSchema(t), DefaultLimits()
	for name, shape := range hostile() {
		t.Run(name, func(t *testing.T) {
			text := largest(limits, shape)
			docs := []*ast.QueryDocument{parse(t, text), parse(t, text)}
			var errs gqlerror.List
			got := testing.AllocsPerRun(1, func() {
				errs = validator.ValidateWithRules(schema, docs[0], Rules())
				docs = docs[1:]
			})
			// A page's query makes 340. The most that is admitted takes 4 milliseconds.
			if got > 100_000 {
				t.Errorf("validating %d bytes makes %.0f allocations and %d errors", len(text), got, len(errs))
			}
		})
	}
}

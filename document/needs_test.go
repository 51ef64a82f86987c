package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/validator"
	"pgregory.net/rapid"
)

// boundNames are the reasons of refusals in the order of the bounds.
func boundNames() []string {
	return []string{
		"bytes", "tokens", "fields", "depth", "aliases", "root_fields", "fragments", "directives", "deferred", "nodes", "comparisons",
	}
}

// documents are one of each kind of thing that is counted, and what pages ask.
func documents(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{
		"headline":        headline,
		"introspection":   read(t, "testdata/introspection.graphql"),
		"comments":        "# one\n{me#two\n{id #three\n}\n#four\n}#five",
		"strings":         `{user(id:"a\"b",x:"""c "" \""" d"""){id}}`,
		"punctuation":     `query($a:[I!]!=[-1,2.5e3,{b:c}]@d(e:FOO)){x:me@include(if:true){...on User@d{...f}}}fragment f on User@d{id}`,
		"two operations":  `query a{me{id name} user{id}} query b{me{id name mail phone}}`,
		"a wide fragment": `{me{id}} fragment f on Query{a:me b:me c:me{id:name id}}`,
		"a deep value":    `{me(a:[[[{b:[]}]]])}`,
		"a deep type":     `query($a:[[[[I]]]]){me}`,
		"deferred":        `{...@defer{me{id}} ...f@defer(label:"a")} fragment f on Query{me{...@defer(if:false){name}}}`,
		"repeated":        "{me{" + times(20, "id ") + "}...{...{me{...f ...f}}}} fragment f on User{name}",
	}
}

func measured(t testing.TB, text string) Limits {
	t.Helper()
	doc := parse(t, text)
	return needs(text, doc, count(doc))
}

// Whatever a document needs admits it, and with any bound one less it is refused by that bound.
func TestWhatADocumentNeedsIsTheLeastThatAdmitsIt(t *testing.T) {
	for name, text := range documents(t) {
		t.Run(name, func(t *testing.T) { least(t, text) })
	}
}

func least(t *testing.T, text string) {
	t.Helper()
	needed := measured(t, text)
	if r := needed.checkText(text); r != nil {
		t.Fatalf("%+v do not admit it: %s", needed, r.message)
	}
	for i, bound := range bounds(&needed) {
		if bound.Int() == 0 {
			continue
		}
		bound.SetInt(bound.Int() - 1)
		if r := needed.checkText(text); r == nil || r.reason != boundNames()[i] {
			t.Errorf("with one less of %s: %+v", boundNames()[i], r)
		}
		bound.SetInt(bound.Int() + 1)
	}
}

// Limits of any kind say the same of a document that is remembered, and validated by then, as of one that comes first.
func TestWhatIsRememberedIsJudgedAsWhatComesFirst(t *testing.T) {
	schema, cache := publicSchema(t), NewCache(DefaultCacheConfig(), nothing)
	for name, text := range documents(t) {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, text)
			validator.ValidateWithRules(schema, doc, Rules())
			cache.Add(t.Context(), text, doc)
			known, _ := cache.Find(text)
			rapid.Check(t, func(t *rapid.T) {
				limits := known.needs
				for _, bound := range bounds(&limits) {
					bound.SetInt(max(0, bound.Int()+rapid.SampledFrom([]int64{-2, -1, 0, 0, 0, 0, 1}).Draw(t, "more")))
				}
				first, again := limits.checkText(text), limits.checkKnown(text, known)
				if diff := cmp.Diff(first, again, cmp.AllowUnexported(refusal{})); diff != "" {
					t.Errorf("first and when it is remembered: %s", diff)
				}
			})
		})
	}
}

func TestADocumentWithoutASizeIsNotRemembered(t *testing.T) {
	cache := NewCache(DefaultCacheConfig(), nothing)
	for name, text := range map[string]string{
		"a cycle":     "{...a} fragment a on Query{...a}",
		"a countless": "{me{...f0}}" + chain(50, 9, "id"),
	} {
		cache.Add(t.Context(), text, parse(t, text))
		if _, ok := cache.Find(text); ok {
			t.Errorf("%s is remembered", name)
		}
	}
}

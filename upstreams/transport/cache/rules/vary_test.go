package rules

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnAnswerIsForRequestsThatItDoesNotVaryBetween(t *testing.T) {
	cases := []struct {
		name          string
		vary          []string
		first, second []string
		selects       bool
	}{
		{"vary-match", []string{"Vary: Foo"}, []string{"Foo: 1"}, []string{"Foo: 1"}, true},
		{"vary-no-match", []string{"Vary: Foo"}, []string{"Foo: 1"}, []string{"Foo: 2"}, false},
		{"vary-omit-stored", []string{"Vary: Foo"}, nil, []string{"Foo: 1"}, false},
		{"vary-omit", []string{"Vary: Foo"}, []string{"Foo: 1"}, nil, false},
		{"empty is not omitted", []string{"Vary: Foo"}, []string{"Foo: "}, nil, false},
		{"vary-cache-key", []string{"Vary: Foo"}, []string{"Foo: 1", "Other: 2"}, []string{"Foo: 1", "Other: 3"}, true},
		{"vary-2-match", []string{"Vary: Foo, Bar"}, []string{"Foo: 1", "Bar: abc"}, []string{"Foo: 1", "Bar: abc"}, true},
		{"vary-2-no-match", []string{"Vary: Foo, Bar"}, []string{"Foo: 1", "Bar: abc"}, []string{"Foo: 2", "Bar: abc"}, false},
		{"vary-2-match-omit", []string{"Vary: Foo, Bar"}, []string{"Foo: 1"}, nil, false},
		{"vary-3-no-match", []string{"Vary: Foo, Bar, Baz"}, []string{"Foo: 1", "Bar: abc", "Baz: 789"}, []string{"Foo: 2", "Bar: abc", "Baz: 789"}, false},
		{"vary-3-order", []string{"Vary: Foo, Bar, Baz"}, []string{"Foo: 1", "Bar: abc4", "Baz: 789"}, []string{"Foo: 1", "Bar: abc", "Baz: 789"}, false},
		{"vary-3-omit", []string{"Vary: Foo, Bar, Baz"}, []string{"Foo: 1", "Baz: 789"}, []string{"Foo: 1", "Baz: 789"}, true},
		{"on two lines", []string{"Vary: Foo", "Vary: Bar"}, []string{"Foo: 1", "Bar: 1"}, []string{"Foo: 1", "Bar: 2"}, false},
		{"in any case, and twice", []string{"Vary: FOO,foo,,"}, []string{"Foo: 1"}, []string{"Foo: 1"}, true},
		{"in any case, otherwise", []string{"Vary: FOO"}, []string{"Foo: 1"}, []string{"Foo: 2"}, false},
		{"empty", []string{"Vary: "}, []string{"Foo: 1"}, []string{"Foo: 2"}, true},
		{"vary-normalise-combine", []string{"Vary: Foo"}, []string{"Foo: 1, 2"}, []string{"Foo: 1", "Foo: 2"}, true},
		{"blanks around", []string{"Vary: Foo"}, []string{"Foo: 1"}, []string{"Foo:  1\t"}, true},
		{"blanks within what is not known", []string{"Vary: Foo"}, []string{"Foo: 1,2"}, []string{"Foo: 1, 2"}, false},
		{"vary-normalise-lang-space", []string{"Vary: Accept-Language"}, []string{"Accept-Language: en, de"}, []string{"Accept-Language:  en ,   de"}, true},
		{"blanks around a weight", []string{"Vary: Accept-Encoding"}, []string{"Accept-Encoding: gzip;q=1, br"}, []string{"Accept-Encoding: gzip ; q=1,br"}, true},
		{"blanks in a word", []string{"Vary: Accept-Language"}, []string{"Accept-Language: en"}, []string{"Accept-Language: e n"}, false},
		{"the order of wishes", []string{"Vary: Accept-Language"}, []string{"Accept-Language: en, de"}, []string{"Accept-Language: de, en"}, false},
		{"an odd list", []string{"Vary: Accept-Language"}, []string{"Accept-Language: en"}, []string{"Accept-Language: en,,"}, false},
		{"an odd case", []string{"Vary: Accept-Language"}, []string{"Accept-Language: en"}, []string{"Accept-Language: EN"}, false},
	}
	for _, c := range cases {
		v, ok := VariedBy(get(c.first...), header(c.vary...))
		if !ok {
			t.Errorf("%s: nobody can tell", c.name)
		}
		if !Selects(v, get(c.first...)) {
			t.Errorf("%s: the request itself is not selected", c.name)
		}
		if got := Selects(v, get(c.second...)); got != c.selects {
			t.Errorf("%s: selected %v, want %v", c.name, got, c.selects)
		}
	}
}

func TestAnAnswerMayVaryByTheHost(t *testing.T) {
	first, second := get(), get()
	second.Host = "evil.example"
	v, _ := VariedBy(first, header("Vary: host"))
	if !Selects(v, first) || Selects(v, second) {
		t.Error("the host does not count")
	}
	first.Host = ""
	first.URL.Host = second.Host
	if v, _ := VariedBy(first, header("Vary: host")); !Selects(v, second) {
		t.Error("the host of the URI does not count")
	}
}

func TestAnAnswerThatVariesByTooMuchIsNotKept(t *testing.T) {
	var fields []string
	for i := range maxVaried + 1 {
		fields = append(fields, "Vary: X-"+strconv.Itoa(i))
	}
	if _, ok := VariedBy(get(), header(fields...)); ok {
		t.Error("it may be kept")
	}
	if v, ok := VariedBy(get(), header(fields[1:]...)); !ok || len(v) != maxVaried {
		t.Error("less is too much as well")
	}
	if v, ok := VariedBy(get(), header()); !ok || v != nil {
		t.Error("nothing is something")
	}
}

func TestVariedFieldsAreKeptByTheirCanonicalNames(t *testing.T) {
	v, _ := VariedBy(get("Accept-Encoding: gzip, br", "Origin: a", "Origin: b"), header("Vary: accept-encoding, ORIGIN, bar"))
	want := []Varied{{"Accept-Encoding", []string{"gzip,br"}}, {"Origin", []string{"a, b"}}, {"Bar", nil}}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
}

func TestOfACredentialThereIsOnlyADigest(t *testing.T) {
	for _, name := range []string{"Authorization", "Cookie", "X-Gateway-Token", "X-Api-Key", "X-Anything"} {
		v, _ := VariedBy(get(name+": secret"), header("Vary: "+name))
		if text := fmt.Sprint(v); strings.Contains(text, "secret") {
			t.Errorf("%s is kept", text)
		}
		for text, want := range map[string]bool{"secret": true, "other": false} {
			if Selects(v, get(name+": "+text)) != want {
				t.Errorf("%s: %s is selected: %t", name, text, !want)
			}
		}
		if digest := v[0].Values[0]; Selects(v, get(name+": "+digest)) {
			t.Errorf("%s: who knows the digest passes for the bearer", name)
		}
	}
}

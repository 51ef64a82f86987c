package cache

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGroupsAreAListOfStrings(t *testing.T) {
	for text, want := range map[string][]string{
		`"a"`:                      {"a"},
		`"a", "b"`:                 {"a", "b"},
		"\"a\"\t,\t \"b\"":         {"a", "b"},
		`"a","b";x;y=1;z="q,;",""`: {"a", "b", ""},
		`"a\"b", "c\\d"`:           {`a"b`, `c\d`},
		`"a" ;x`:                   nil,
		`a`:                        nil,
		`"a", b`:                   nil,
		`"a",`:                     nil,
		`"a" "b"`:                  nil,
		`"a`:                       nil,
		`"a\x"`:                    nil,
		`"a";=1`:                   nil,
		`"a";x=`:                   nil,
		`"ä"`:                      nil,
		``:                         nil,
		`,`:                        nil,
	} {
		got, ok := groupsOf([]string{text})
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %t, %s", text, ok, diff)
		}
	}
	if got, ok := groupsOf([]string{`"a"`, `"b"`}); !ok || len(got) != 2 {
		t.Errorf("of two lines: %q, %t", got, ok)
	}
}

func TestAsManyGroupsAreKnownAsTheStandardAsksFor(t *testing.T) {
	for n, want := range map[int]bool{32: true, mostGroups: true, mostGroups + 1: false} {
		groups := make([]string, n)
		for i := range groups {
			groups[i] = `"` + strings.Repeat("x", 32) + strconv.Itoa(i) + `"`
		}
		if got, ok := groupsOf([]string{strings.Join(groups, ", ")}); ok != want || ok && len(got) != n {
			t.Errorf("of %d groups, %d are known, and it is said that it is all: %t", n, len(got), ok)
		}
	}
	if _, ok := groupsOf([]string{`"` + strings.Repeat("x", mostGroup+1) + `"`}); ok {
		t.Error("a name that is too long is taken for known")
	}
}

func FuzzGroups(f *testing.F) {
	for _, each := range []string{`"a", "b"`, `"a";x=1;y`, `"\"", "\\"`, `"a",`, `;`, `"a";x="`} {
		f.Add(each)
	}
	f.Fuzz(func(t *testing.T, text string) {
		groups, ok := groupsOf([]string{text})
		if !ok || len(groups) == 0 {
			return
		}
		quoted := make([]string, len(groups))
		for i, each := range groups {
			quoted[i] = `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(each) + `"`
		}
		again, _ := groupsOf([]string{strings.Join(quoted, ",")})
		if diff := cmp.Diff(groups, again); diff != "" {
			t.Error(diff)
		}
	})
}

package changes_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// FuzzBodies are what strangers send and services answer. Whatever cannot be understood takes everything, and never nothing.
func FuzzBodies(f *testing.F) {
	for _, text := range []string{
		`{"id":7,"user_id":3,"items":[{"product_id":4}]}`, `[{"id":1,"user_id":null,"items":[]}]`, `{"id":1e3}`, `{"id":"7"}`, `{"id":7,"id":8}`,
		`{"id":[7]}`, `{"id":7,"user_id":[[3]],"items":{"product_id":4}}`, `{"id":7,"user_id":3,"items":[[{"product_id":4}]]}`, `null`, ``, `[`, "\xff", `{"\u0069d":7}`,
		`{"id":9007199254740993,"user_id":-1,"items":0}`, strings.Repeat(`[`, 20000), strings.Repeat(`{"a":`, 9000),
	} {
		f.Add("POST /orders", 201, text, text)
		f.Add("PATCH /orders/7", 200, text, text)
		f.Add("DELETE /orders/7/items", 502, text, text)
	}
	f.Fuzz(func(t *testing.T, call string, status int, sent, answer string) {
		w := write(call, status)
		w.Sent, w.Answer = []byte(sent), []byte(answer)
		got := orders().Of(w)
		if changes.Unsafe(w.Method) && (status < 400 || status >= 500) != (len(got.Tags) > 0) {
			t.Fatalf("%q, answered by %d, changed %v", call, status, got)
		}
		if !slices.IsSorted(got.Tags) || len(slices.Compact(slices.Clone(got.Tags))) != len(got.Tags) || len(got.Tags) > 1<<17 {
			t.Fatalf("%d tags are not each there once", len(got.Tags))
		}
		for _, service := range got.Whole {
			if !slices.Contains(got.Tags, purge.Service(service)) {
				t.Fatalf("the whole of %s is not purged", service)
			}
		}
		creates := w.Method == "POST" && w.URL.Path == "/orders"
		if creates && len(got.Tags) > 0 && !json.Valid(w.Answer) && !slices.Contains(got.Whole, "order") {
			t.Fatalf("%q was understood", answer)
		}
	})
}

// FuzzGroups are what services write into Cache-Groups.
func FuzzGroups(f *testing.F) {
	for _, text := range []string{
		`"a"`, `"a", "b"`, `"a";b="c";d=1.5;e=?1;f=:aGk=:;g=tok/en;h=@-1;i=%"a%c3%a4", "b"`, `"a" ,	"b"`, `"a",`, `a`, `("a" "b")`, `"\\\""`, `"\a"`, `"ä"`, ` "a"`, `"a`, ``, `"a";`, `"a";A`, `"a";a=`,
	} {
		f.Add(text)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, text string) {
		groups, ok := changes.Groups([]string{text})
		if !ok && len(text) < 256 {
			t.Fatalf("%q is too long", text)
		}
		var plain []string
		for _, each := range groups {
			if len(each) > 256 || strings.ContainsFunc(each, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q has the group %q", text, each)
			}
			plain = append(plain, `"`+quote.Replace(each)+`"`)
		}
		again, ok := changes.Groups(plain)
		if len(groups) > 64 || !ok || !slices.Equal(again, groups) {
			t.Fatalf("%q has the groups %q, and these %q", text, groups, again)
		}
	})
}

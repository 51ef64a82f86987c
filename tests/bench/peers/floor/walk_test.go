package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWalkShowsTheMembersOfEachObject(t *testing.T) {
	const list = `[{"id":1,"name":"a \"b\", c\\","items":[{"x":"]}"},{}],"none":null},{},{"id":2.5}]`
	var got [][]string
	for at := elements([]byte(list)); at.next(); {
		members := []string{}
		at.members(func(name, value []byte) { members = append(members, string(name), string(value)) })
		got = append(got, members)
	}
	want := [][]string{{"id", "1", "name", `"a \"b\", c\\"`, "items", `[{"x":"]}"},{}]`, "none", "null"}, {}, {"id", "2.5"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none := elements([]byte(`[]`)); none.next() {
		t.Error("an empty list has an object")
	}
}

func TestVariableFindsItsDigits(t *testing.T) {
	for request, want := range map[string]string{
		`{"query":"query($cursor: String) {…}","variables":{"cursor":"40"}}`: "40",
		`{"query":"query($cursor: String) {…}","variables":{}}`:              "0",
	} {
		if got := string(variable([]byte(request), "cursor")); got != want {
			t.Errorf("variable(%s) = %s, want %s", request, got, want)
		}
	}
}

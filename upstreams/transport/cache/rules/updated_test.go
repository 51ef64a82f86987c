package rules

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAConditionIsAboutTheStoredAnswerAndNothingElse(t *testing.T) {
	mine := []string{
		"Abc: 123", "If-Match: x", `If-None-Match: "client"`, "If-Modified-Since: @-1", "If-Unmodified-Since: @0", `If-Range: "client"`, "Range: bytes=0-1",
	}
	cases := []struct{ answer, want []string }{
		{nil, []string{"Abc: 123"}},
		{[]string{`ETag: "a"`}, []string{"Abc: 123", `If-None-Match: "a"`}},
		{[]string{`ETag: W/"a"`}, []string{"Abc: 123", `If-None-Match: W/"a"`}},
		{[]string{"ETag: AIQYGOWEMUCKSAI"}, []string{"Abc: 123", "If-None-Match: AIQYGOWEMUCKSAI"}},
		{[]string{"Last-Modified: @-9"}, []string{"Abc: 123", "If-Modified-Since: @-9"}},
		{[]string{`ETag: "a"`, "Last-Modified: @-9"}, []string{"Abc: 123", `If-None-Match: "a"`, "If-Modified-Since: @-9"}},
		{[]string{`ETag: "a"`, `ETag: "b"`, "Last-Modified: today"}, []string{"Abc: 123"}},
	}
	for _, c := range cases {
		req := get(mine...)
		asks := Condition(req, ok(Settings{}, c.answer...))
		if diff := cmp.Diff(header(c.want...), asks.Header); diff != "" {
			t.Errorf("%q: %s", c.answer, diff)
		}
		if diff := cmp.Diff(header(mine...), req.Header); diff != "" {
			t.Errorf("the client's request is changed: %s", diff)
		}
	}
}

func TestA304FreshensWhatIsStored(t *testing.T) {
	later := noon.Add(3 * time.Second)
	var s Settings
	cases := []struct {
		name, stored, fresh, want string
	}{
		{"Test-Header", "AAA", "BBB", "BBB"},
		{"X-Test-Header", "AAA", "BBB", "BBB"},
		{"Test-Header", "AAA", "", "AAA"},
		{"Test-Header", "", "BBB", "BBB"},
		{"Content-Foo", "AAA", "BBB", "BBB"},
		{"Content-Location", "/foo", "/bar", "/bar"},
		{"Content-Security-Policy", "default-src 'self'", "default-src 'none'", "default-src 'none'"},
		{"Content-Type", "text/plain", "text/plain;charset=utf-8", "text/plain;charset=utf-8"},
		{"Cache-Control", "max-age=1", "max-age=3600", "max-age=3600"},
		{"Expires", "Fri, 01 Jan 2038 01:01:01 GMT", "Mon, 11 Jan 2038 11:11:11 GMT", "Mon, 11 Jan 2038 11:11:11 GMT"},
		{"Set-Cookie2", "a=b", "a=c", "a=c"},
		{"Content-Encoding", "AAA", "BBB", "AAA"},
		{"Content-Length", "5", "10", "5"},
		{"Content-MD5", "rL0Y20zC+Fzt72VPzMSk2A==", "N7UdGUp1E+RbVvZSTy1R8g==", "rL0Y20zC+Fzt72VPzMSk2A=="},
		{"Content-Range", "AAA", "BBB", "AAA"},
		{"Connection", "", "close", ""},
		{"Transfer-Encoding", "", "chunked", ""},
		{"Age", "9", "", ""},
		{"Age", "9", "7", "7"},
	}
	for _, c := range cases {
		stored, fresh := header(`ETag: "a"`, "Date: @0"), header(`ETag: "a"`, "Date: @3")
		if c.stored != "" {
			stored.Set(c.name, c.stored)
		}
		if c.fresh != "" {
			fresh.Set(c.name, c.fresh)
		}
		a := NewAnswer(200, stored, noon, noon, nil, s)
		before := a.Header.Clone()
		updated, ok := Updated(get(), a, NewAnswer(304, fresh, later, later, nil, s), s)
		if !ok || updated.Status != 200 || !updated.Came.Equal(later) || updated.Header.Get("Date") != fresh.Get("Date") {
			t.Errorf("%s: %v %+v", c.name, ok, updated)
		}
		if got := updated.Header.Get(c.name); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if diff := cmp.Diff(before, a.Header); diff != "" {
			t.Errorf("%s: what was stored is changed: %s", c.name, diff)
		}
	}
}

func TestA304MakesAnAnswerFreshAgain(t *testing.T) {
	var s Settings
	later := noon.Add(time.Minute)
	a := ok(s, `ETag: "a"`, "Cache-Control: max-age=2", "Age: 1", "Date: @0")
	updated, _ := Updated(get(), a, NewAnswer(304, header(`ETag: "a"`, "Date: @60"), later, later, nil, s), s)
	if Judge(get(), a, later, s) != Validate || Judge(get(), updated, later.Add(time.Second), s) != Fresh {
		t.Errorf("it is not: %+v", TermsOf(updated, s))
	}
	forbidden, ok := Updated(get(), a, NewAnswer(304, header(`ETag: "a"`, "Cache-Control: no-store"), later, later, nil, s), s)
	if !ok || Storable(get(), forbidden, s) {
		t.Error("it is kept though it is not to be any more")
	}
}

func TestA304IsTakenOnlyForTheVersionThatItIsAbout(t *testing.T) {
	cases := []struct {
		name          string
		stored, fresh []string
		want          bool
	}{
		{"the tag", []string{`ETag: "a"`}, []string{`ETag: "a"`}, true},
		{"the tag, weak", []string{`ETag: "a"`}, []string{`ETag: W/"a"`}, true},
		{"the tag, at another time", []string{`ETag: "a"`, "Last-Modified: @-9"}, []string{`ETag: "a"`, "Last-Modified: @-8"}, true},
		{"304-etag-update-response-ETag", []string{`ETag: "a"`}, []string{`ETag: "b"`}, true},
		{"another tag of the same time", []string{`ETag: "a"`, "Last-Modified: @-9"}, []string{`ETag: "b"`, "Last-Modified: @-9"}, false},
		{"another tag of no time", []string{`ETag: "a"`, "Last-Modified: @-9"}, []string{`ETag: "b"`}, false},
		{"the time", []string{"Last-Modified: @-9"}, []string{"Last-Modified: @-9"}, true},
		{"another time", []string{"Last-Modified: @-9"}, []string{"Last-Modified: @-8"}, false},
		{"a tag that is new", []string{"Last-Modified: @-9"}, []string{"Last-Modified: @-9", `ETag: "a"`}, true},
		{"a time that is new", []string{`ETag: "a"`}, []string{"Last-Modified: @-9"}, true},
		{"nothing", []string{`ETag: "a"`, "Last-Modified: @-9"}, nil, true},
	}
	var s Settings
	for _, c := range cases {
		updated, got := Updated(get(), ok(s, c.stored...), answer(304, s, c.fresh...), s)
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if tag := header(c.stored...).Get("ETag"); updated.Header.Get("ETag") != tag {
			t.Errorf("%s: the tag has become %q", c.name, updated.Header.Get("ETag"))
		}
	}
	if _, is := Updated(get(), ok(s, `ETag: "a"`), ok(s, `ETag: "a"`), s); is {
		t.Error("an answer of 200 is taken for a 304")
	}
}

func TestAnUpdatedAnswerVariesByWhatItSaysNow(t *testing.T) {
	var s Settings
	a := NewAnswer(200, header(`ETag: "a"`, "Vary: Foo"), noon, noon, []Varied{{"Foo", []string{"1"}}}, s)
	req := get("Foo: 1", "Accept: 2")
	updated, _ := Updated(req, a, answer(304, s, "Vary: Accept"), s)
	if diff := cmp.Diff([]Varied{{"Accept", []string{"2"}}}, updated.Varied); diff != "" {
		t.Error(diff)
	}
	updated, _ = Updated(req, a, answer(304, s, "Vary: *"), s)
	if Storable(req, updated, s) {
		t.Error("nobody can tell what it varies by, and it is kept")
	}
}

func TestAnAnswerToHeadFreshensOrForgetsWhatIsStored(t *testing.T) {
	cases := []struct {
		name   string
		status int
		head   []string
		ok     bool
		age    string
	}{
		{"the same", 200, []string{`ETag: "a"`, "Last-Modified: @-9", "Content-Length: 5", "Cache-Control: max-age=1000"}, true, "max-age=1000"},
		{"head-200-freshness-update", 200, []string{"Cache-Control: max-age=1000"}, true, "max-age=1000"},
		{"head-200-retain", 200, nil, true, "max-age=2"},
		{"another tag", 200, []string{`ETag: "b"`}, false, "max-age=2"},
		{"a weak tag", 200, []string{`ETag: W/"a"`}, false, "max-age=2"},
		{"another time", 200, []string{"Last-Modified: @-8"}, false, "max-age=2"},
		{"another length", 200, []string{"Content-Length: 6"}, false, "max-age=2"},
		{"not to be kept", 200, []string{"Cache-Control: no-store"}, false, "no-store"},
		{"nobody knows for whom", 200, []string{"Vary: *"}, false, "max-age=2"},
		{"gone", 410, nil, false, "max-age=2"},
		{"not there", 404, nil, false, "max-age=2"},
		{"no HEAD", 405, []string{"Cache-Control: max-age=1000"}, true, "max-age=2"},
		{"broken", 500, []string{"Cache-Control: max-age=1000"}, true, "max-age=2"},
		{"not modified", 304, []string{"Cache-Control: max-age=1000"}, true, "max-age=2"},
	}
	var s Settings
	for _, c := range cases {
		a := ok(s, `ETag: "a"`, "Last-Modified: @-9", "Content-Length: 5", "Cache-Control: max-age=2")
		updated, got := UpdatedByHead(with("HEAD"), a, answer(c.status, s, c.head...), s)
		if got != c.ok || updated.Header.Get("Cache-Control") != c.age {
			t.Errorf("%s: %v with %q, want %v with %q", c.name, got, updated.Header.Get("Cache-Control"), c.ok, c.age)
		}
	}
	if _, is := UpdatedByHead(with("HEAD"), answer(404, s, "Cache-Control: max-age=9"), ok(s), s); is {
		t.Error("what is there now is still taken for missing")
	}
	if _, is := UpdatedByHead(with("HEAD"), ok(s, "Cache-Control: max-age=9"), ok(s, "Content-Length: 6"), s); !is {
		t.Error("a length that was not known is another")
	}
}

func TestAFieldThatIsNeededIsKeptThoughConnectionNamesIt(t *testing.T) {
	got := Stored(header("Connection: cache-control, my-cache-control, a", "Cache-Control: no-store", "My-Cache-Control: no-store", "A: 1"),
		Settings{Targets: []string{"My-Cache-Control"}})
	want := http.Header{"Cache-Control": {"no-store"}, "My-Cache-Control": {"no-store"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	own := Stored(header(`Cache-Control: private="a"`, "A: 1"), Settings{Private: true})
	if own.Get("A") != "1" {
		t.Error("a caller's own store does not keep what is for the caller")
	}
}

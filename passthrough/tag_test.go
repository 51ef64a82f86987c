package passthrough

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAServiceGetsItsOwnTagsBack(t *testing.T) {
	m := markOf(users(nil))
	for name, c := range map[string]struct{ field, sent, got string }{
		"the route's":          {"If-None-Match", `W/"a` + string(m) + `"`, `W/"a"`},
		"several":              {"If-None-Match", `W/"a` + string(m) + `", "b", W/"c` + string(m) + `"`, `W/"a", "b", W/"c"`},
		"another route's":      {"If-None-Match", `W/"a~00000000"`, `W/"a~00000000"`},
		"any":                  {"If-None-Match", "*", "*"},
		"to change that one":   {"If-Match", `W/"a` + string(m) + `"`, `"a"`},
		"to change another's":  {"If-Match", `W/"a~00000000"`, `"a~00000000"`},
		"what is no condition": {"If-Range", `W/"a` + string(m) + `"`, `W/"a` + string(m) + `"`},
	} {
		sent := []string{c.sent}
		header := http.Header{c.field: sent}
		m.take(header)
		if got := header.Get(c.field); got != c.got || sent[0] != c.sent {
			t.Errorf("%s: the service gets %s, want %s; the client's field is %s", name, got, c.got, sent[0])
		}
	}
}

func TestTagsTellVersionsOfAnAnswerApart(t *testing.T) {
	s := &service{body: "{}", header: http.Header{"Etag": {`"a"`}}}
	versioned := func(version string, rename map[string]string) Route {
		return users(func(r *Route) {
			r.Version, r.VersionBy, r.Default, r.Rename = version, []string{byHeader}, version == "v2", rename
		})
	}
	d := opened(t, s, versioned("v1", map[string]string{"username": "user_name"}), versioned("v2", nil))
	one, two := d.ask(t, "GET", "/users/7", "", "API-Version", "1").Header(), d.ask(t, "GET", "/users/7", "").Header()
	if one.Get("ETag") == two.Get("ETag") {
		t.Fatalf("both are %s", one.Get("ETag"))
	}
	d.ask(t, "GET", "/users/7", "", "If-None-Match", one.Get("ETag"))
	d.ask(t, "GET", "/users/7", "", "If-None-Match", two.Get("ETag"))
	got := []string{s.asked[2].Header.Get("If-None-Match"), s.asked[3].Header.Get("If-None-Match")}
	if diff := cmp.Diff([]string{one.Get("ETag"), `W/"a"`}, got); diff != "" {
		t.Errorf("the service is asked about other tags:\n%s", diff)
	}
}

func TestWhatIsNoTagIsNotMarked(t *testing.T) {
	for sent, want := range map[string]string{`"a"`: `W/"a~1"`, `W/"a"`: `W/"a~1"`, `""`: `W/"~1"`, `a`: `a`, `"`: `"`, ``: ``} {
		header := http.Header{"Etag": {sent}}
		mark("~1").give(header)
		if got := header.Get("ETag"); got != want {
			t.Errorf("%s becomes %s, want %s", sent, got, want)
		}
	}
}

package keeping

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsSaidOfAnAnswer(t *testing.T) {
	open := &Door{Open: true, Vary: []string{"Accept"}, Credentials: []string{"Authorization", "X-Api-Key"}}
	closed := &Door{Vary: []string{"Accept"}, Credentials: []string{"Authorization"}}
	none := http.Header{"Cache-Control": {"no-store"}}
	const tag = `W/"tag"`
	for name, c := range map[string]struct {
		terms  Terms
		method string
		want   http.Header
	}{
		"for everybody": {
			Terms{Fresh: time.Minute, Tag: tag, Everybody: true, Door: open},
			"GET",
			http.Header{"Cache-Control": {"public, max-age=60"}, "Etag": {tag}, "Vary": {"Accept"}},
		},
		"used beyond its time": {
			Terms{Fresh: time.Minute, StaleWhile: 30 * time.Second, Tag: tag, Everybody: true, Door: open},
			"HEAD",
			http.Header{"Cache-Control": {"public, max-age=60, stale-while-revalidate=30"}, "Etag": {tag}, "Vary": {"Accept"}},
		},
		"kept here": {
			Terms{Fresh: time.Minute, Age: 2500 * time.Millisecond, Found: true, Tag: tag, Everybody: true, Door: open, Status: "concierge; hit"},
			"GET",
			http.Header{
				"Cache-Control": {"public, max-age=60"}, "Etag": {tag}, "Vary": {"Accept"}, "Age": {"2"}, "Cache-Status": {"concierge; hit"},
			},
		},
		"behind a closed door": {
			Terms{Fresh: time.Minute, StaleWhile: time.Minute, Tag: tag, Everybody: true, Door: closed},
			"GET",
			http.Header{"Cache-Control": {"private, max-age=60"}, "Etag": {tag}, "Vary": {"Accept", "Authorization"}},
		},
		"one caller's": {
			Terms{Fresh: time.Minute, Data: []byte(`{"a":1}`), Door: open},
			"GET",
			http.Header{"Cache-Control": {"private, max-age=60"}, "Etag": {TagOf([]byte(`{"a":1}`))}, "Vary": {"Accept", "Authorization", "X-Api-Key"}},
		},
		"a POST":             {Terms{Fresh: time.Minute, Tag: tag, Everybody: true, Door: open}, "POST", none},
		"no age":             {Terms{Tag: tag, Everybody: true, Door: open}, "GET", none},
		"less than a second": {Terms{Fresh: 999 * time.Millisecond, Tag: tag, Everybody: true, Door: open}, "GET", none},
		"no door":            {Terms{Fresh: time.Minute, Tag: tag, Everybody: true}, "GET", none},
		"nothing": {
			Terms{Status: "concierge; fwd=uri-miss"},
			"GET",
			http.Header{"Cache-Control": {"no-store"}, "Cache-Status": {"concierge; fwd=uri-miss"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			header := make(http.Header)
			if c.terms.Tell(header, httptest.NewRequest(c.method, "/", nil)) {
				t.Error("the client is said to have it")
			}
			if diff := cmp.Diff(c.want, header); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatVariesIsNamedOnce(t *testing.T) {
	header := http.Header{"Vary": {"Origin, accept", "Accept-Encoding"}}
	terms := Terms{Fresh: time.Minute, Tag: `W/"a"`, Door: &Door{Vary: []string{"Accept"}, Credentials: []string{"Authorization"}}}
	terms.Tell(header, httptest.NewRequest("GET", "/", nil))
	if diff := cmp.Diff([]string{"Origin, accept", "Accept-Encoding", "Authorization"}, header["Vary"]); diff != "" {
		t.Error(diff)
	}
}

func TestWhetherTheClientHasTheAnswer(t *testing.T) {
	ours := TagOf([]byte(`{"a":1}`))
	for _, c := range []struct {
		fields []string
		has    bool
	}{
		{nil, false},
		{[]string{ours}, true},
		{[]string{ours[2:]}, true}, // compared weakly
		{[]string{`"x", ` + ours}, true},
		{[]string{`"x"`, ours}, true},
		{[]string{"*"}, true},
		{[]string{`W/"x"`}, false},
		{[]string{ours[:len(ours)-1]}, false},
		{[]string{`W/` + ours}, false},
		{[]string{TagOf([]byte(`{"a":2}`))}, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["If-None-Match"] = c.fields
		terms := Terms{Fresh: time.Minute, Data: []byte(`{"a":1}`), Door: &Door{}}
		if got := terms.Tell(make(http.Header), r); got != c.has {
			t.Errorf("%q: %t", c.fields, got)
		}
		terms.Fresh = 0
		if terms.Tell(make(http.Header), r) {
			t.Errorf("%q: of an answer that nobody may keep", c.fields)
		}
	}
}

func TestATagIsOneThatHTTPKnows(t *testing.T) {
	if got := TagOf(nil); len(got) != 4+24 || got[:3] != `W/"` || got[len(got)-1] != '"' {
		t.Errorf("got %s", got)
	}
}

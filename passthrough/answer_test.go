package passthrough

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/units"
)

const person = `{"id": 7, "name": "Ada", "username": "ada", "email": null, "password_hash": "x", "address": {"city": "Bern", "geo": [1.50, 2e3]},
	"note": "n", "internal": {"api_token": "t", "level": 3}}`

func TestAnAnswerShowsWhatItsRouteSays(t *testing.T) {
	for name, c := range map[string]struct {
		route  func(r *Route)
		body   string
		header []string // of the request
		want   string
	}{
		"a record":     {nil, person, nil, `{"id":7,"name":"Ada","username":"ada","email":null,"address":{"city":"Bern"}}`},
		"a list":       {nil, `[` + person + `,null,{"secret":1}]`, nil, `[{"id":7,"name":"Ada","username":"ada","email":null,"address":{"city":"Bern"}},null,{}]`},
		"nothing":      {nil, `null`, nil, `null`},
		"another kind": {nil, `"a secret"`, nil, `null`},
		"further members": {
			func(r *Route) { r.Expose = []string{"note", "address/geo", "internal"} }, person, nil,
			`{"id":7,"name":"Ada","username":"ada","email":null,"address":{"city":"Bern","geo":[1.50,2e3]},"note":"n","internal":{"level":3}}`,
		},
		"members one by one": {func(r *Route) { r.Returns, r.Expose = "", []string{"/id", "internal/level"} }, person, nil, `{"id":7,"internal":{"level":3}}`},
		"other names": {
			func(r *Route) {
				r.Rename = map[string]string{"username": "user_name", "address/city": "city", "name": "names/display"}
			}, person, nil,
			`{"id":7,"user_name":"ada","email":null,"address":{},"city":"Bern","names":{"display":"Ada"}}`,
		},
		"less and more": {
			func(r *Route) {
				r.Response.Drop = []string{"email", "address/city"}
				r.Response.Add = map[string]string{"kind": "user", "links/self": "/users/{path.id}", "by": "{identity.id}", "of": "{query.of}", "lang": "{header.Accept-Language}", "name": "null"}
			}, person,
			[]string{"Accept-Language", "de"},
			`{"id":7,"username":"ada","address":{},"by":"desk","kind":"user","lang":"de","links":{"self":"/users/7"},"name":null}`,
		},
		"records within": {
			func(r *Route) {
				r.Returns, r.Parts, r.Expose = "", map[string]string{"/items": "User", "/meta/owner": "User"}, []string{"note", "/total"}
			},
			`{"total": 1.0, "items": [` + person + `], "meta": {"owner": {"id": 1, "note": "o"}, "x": 1}, "note": "top"}`, nil,
			`{"total":1.0,"items":[{"id":7,"name":"Ada","username":"ada","email":null,"address":{"city":"Bern"},"note":"n"}],"meta":{"owner":{"id":1,"note":"o"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := opened(t, says(c.body), users(c.route)).ask(t, "GET", "/users/7", "", c.header...)
			if diff := cmp.Diff(c.want, w.Body.String()); diff != "" || w.Code != 200 {
				t.Errorf("%d %s", w.Code, diff)
			}
			if got, want := w.Header().Get("Content-Length"), strconv.Itoa(len(c.want)); got != want || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("the length is %q, want %s: %v", got, want, w.Header())
			}
		})
	}
}

func TestAValueThatCannotBeAddedIsTheCallersMistake(t *testing.T) {
	d := opened(t, says("{}"), users(func(r *Route) { r.Response.Add = map[string]string{"page": "{query.page:number}"} }))
	if got := toldBy(t, d.ask(t, "GET", "/users/7?page=x", "")); got.Code != "BAD_USER_INPUT" {
		t.Errorf("got %+v", got)
	}
	if w := d.ask(t, "GET", "/users/7?page=2", ""); w.Body.String() != `{"page":2}` {
		t.Errorf("got %s", w.Body)
	}
}

func TestAnAnswersHeaderIsEditedAndNamesTheVersion(t *testing.T) {
	s := &service{body: "{}", header: http.Header{"Etag": {`"a"`}, "X-Powered-By": {"x"}, "X-Old": {"1"}, "Vary": {"Accept"}, "Connection": {"X-Hop"}, "X-Hop": {"1"}}}
	d := opened(t, s, products(func(r *Route) {
		r.Version, r.VersionBy, r.Default = "v2", []string{byHeader}, true
		r.Response.Headers = Fields{Drop: []string{"x-powered-by"}, Rename: map[string]string{"X-Old": "X-New"}, Set: map[string]string{"X-User": "{path.id}"}}
	}))
	w := d.ask(t, "GET", "/products/7", "")
	want := http.Header{
		"Api-Version": {"v2"}, "Content-Length": {"2"}, "Content-Type": {"application/json"}, "Etag": {`W/"a~328098e6"`}, "Vary": {"Api-Version", "Accept"},
		"X-New": {"1"}, "X-User": {"7"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersWithoutABodyPassAsTheyAre(t *testing.T) {
	tag := http.Header{"Etag": {`"a"`}, "Cache-Control": {"private"}}
	with := func(name, value string) http.Header { return http.Header{name: {value}, "Content-Type": {"text/html"}} }
	for name, c := range map[string]struct {
		service *service
		method  string
		status  int
		header  http.Header
	}{
		"HEAD": {
			&service{header: tag, length: 100}, "HEAD", 200,
			http.Header{"Etag": {`W/"a~0cbefaca"`}, "Cache-Control": {"private"}, "Content-Type": {"application/json"}},
		},
		"204":        {&service{status: 204, header: tag}, "GET", 204, http.Header{"Etag": {`W/"a~0cbefaca"`}, "Cache-Control": {"private"}, "Content-Type": {"application/json"}}},
		"304":        {&service{status: 304, header: tag, length: 100}, "GET", 304, http.Header{"Etag": {`W/"a~0cbefaca"`}, "Cache-Control": {"private"}, "Content-Type": {"application/json"}}},
		"201":        {&service{status: 201, header: with("Location", "/users/8")}, "GET", 201, http.Header{"Location": {"/users/8"}, "Content-Type": {"text/html"}}},
		"a redirect": {&service{status: 307, header: with("Location", "/v2/users/7"), body: `<a href="/v2/users/7">`}, "GET", 307, http.Header{"Location": {"/v2/users/7"}}},
		"a redirect of no known length": {
			&service{status: 301, header: with("Location", "/v2"), body: "secret", length: -1}, "GET", 301, http.Header{"Location": {"/v2"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := opened(t, c.service, products(nil)).ask(t, c.method, "/products/7", "")
			for name, values := range w.Header() {
				if len(values) == 0 {
					delete(w.Header(), name) // which keeps net/http from guessing
				}
			}
			if diff := cmp.Diff(c.header, w.Header()); diff != "" || w.Code != c.status || w.Body.Len() > 0 {
				t.Errorf("%d %s %s", w.Code, w.Body, diff)
			}
		})
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var all bytes.Buffer
	z := gzip.NewWriter(&all)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestACompressedAnswerIsRead(t *testing.T) {
	for _, encoding := range []string{"gzip", "GZIP"} {
		s := &service{body: zipped(t, person), header: http.Header{"Content-Encoding": {encoding}}}
		w := opened(t, s, users(nil)).ask(t, "GET", "/users/7", "")
		if want := `{"id":7,"name":"Ada","username":"ada","email":null,"address":{"city":"Bern"}}`; w.Body.String() != want || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
	}
}

func TestAnAnswerThatCannotBeReadIsTheServicesMistake(t *testing.T) {
	media := func(header, value string) http.Header { return http.Header{header: {value}} }
	for name, c := range map[string]struct {
		service *service
		reason  string
	}{
		"a page":                     {&service{body: "<p>secret</p>", header: media("Content-Type", "text/html")}, "not_json"},
		"JSON that says it is not":   {&service{body: "{}", header: media("Content-Type", "text/json-ish")}, "not_json"},
		"no type":                    {&service{body: "{}", header: media("Content-Type", "")}, "not_json"},
		"a part":                     {&service{body: "{}", status: 206}, "not_json"},
		"compressed otherwise":       {&service{body: "{}", header: media("Content-Encoding", "br")}, "not_json"},
		"not compressed at all":      {&service{body: "{}", header: media("Content-Encoding", "gzip")}, "not_json"},
		"half compressed":            {&service{body: zipped(t, person)[:40], header: media("Content-Encoding", "gzip")}, "broke_off"},
		"half a value":               {&service{body: `{"name":"secret"`}, "invalid_json"},
		"two values":                 {&service{body: `{"name":"secret"} {}`}, "invalid_json"},
		"a member twice":             {&service{body: `{"name":"a","n\u0061me":"secret"}`}, "invalid_json"},
		"invalid where it is hidden": {&service{body: `{"secret":tru}`}, "invalid_json"},
		"no UTF-8":                   {&service{body: "{\"name\":\"\xff\"}"}, "invalid_json"},
		"nothing":                    {&service{length: -1, header: http.Header{}}, "invalid_json"},
		"a record that is too large": {&service{body: `{"name":"` + strings.Repeat("a", 2000) + `"}`}, "too_large"},
		"an end before its time":     {&service{body: `{"name":"secret"`, length: 100, cut: io.ErrUnexpectedEOF}, "broke_off"},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.MaxRecord, config.Routes = units.KiB, []Route{users(nil)}
			d := openedBy(t, config, func(string) http.RoundTripper { return c.service })
			w := d.ask(t, "GET", "/users/7", "")
			if diff := cmp.Diff(told{502, "UPSTREAM_ERROR", nil}, toldBy(t, w)); diff != "" || strings.Contains(w.Body.String(), "secret") {
				t.Error(w.Body, diff)
			}
			counted(t, d, "concierge_rest_unusable_answers_total",
				`concierge_rest_unusable_answers_total{reason="`+c.reason+`",route="GET /users/{id}"} 1`)
			log := d.log.String()
			if !strings.Contains(log, "upstream answer unusable") || !strings.Contains(log, "service=user") || strings.Contains(log, "secret") {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

// asking is ask where the answer may be given up.
func (d *door) asking(t *testing.T, r *http.Request) (w *httptest.ResponseRecorder, aborted bool) {
	t.Helper()
	w = httptest.NewRecorder()
	defer func() {
		if reason := recover(); reason != nil {
			if err, ok := reason.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			aborted = true
		}
	}()
	d.Handler.ServeHTTP(w, r)
	return w, false
}

func TestAnAnswerThatWasBegunIsGivenUp(t *testing.T) {
	many := `[` + strings.Repeat(`{"name":"`+strings.Repeat("a", 500)+`"},`, 100)
	for name, c := range map[string]struct {
		service *service
		route   Route
		reason  string
	}{
		"that is no JSON any more":  {&service{body: many + `x]`}, users(nil), "invalid_json"},
		"whose record is too large": {&service{body: many + `{"name":"` + strings.Repeat("a", 2000) + `"}]`}, users(nil), "too_large"},
		"that ends before its time": {&service{body: many, length: -1, cut: io.ErrUnexpectedEOF}, users(nil), "broke_off"},
		"raw":                       {&service{body: "secret", length: 100, cut: io.ErrUnexpectedEOF}, search(nil), "broke_off"},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.MaxRecord, config.Routes = units.KiB, []Route{c.route}
			d := openedBy(t, config, func(string) http.RoundTripper { return c.service })
			target := "/users/7"
			if c.route.Raw {
				target = "/search/a"
			}
			w, aborted := d.asking(t, httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada("search")), "GET", target, nil))
			if !aborted || w.Code != 200 || w.Body.Len() == 0 {
				t.Errorf("given up %t after %d and %d bytes", aborted, w.Code, w.Body.Len())
			}
			counted(t, d, "concierge_rest_unusable_answers_total",
				`concierge_rest_unusable_answers_total{reason="`+c.reason+`",route="`+d.Names()[0]+`"} 1`)
			if got := d.events[0]; got.Code != "UPSTREAM_ERROR" || !got.Aborted {
				t.Errorf("the record says %+v", got)
			}
		})
	}
}

func TestACallerWhoLeavesIsNobodysMistake(t *testing.T) {
	s := &service{body: "{", length: 100, cut: io.ErrUnexpectedEOF}
	d := opened(t, s, users(nil))
	ctx, leave := context.WithCancel(by(t.Context(), ada()))
	leave()
	w, aborted := d.asking(t, httptest.NewRequestWithContext(ctx, "GET", "/users/7", nil))
	if aborted || w.Code != 499 {
		t.Errorf("got %d, given up %t", w.Code, aborted)
	}
	counted(t, d, "concierge_rest_unusable_answers_total")
	if d.log.Len() > 0 {
		t.Errorf("the log says %s", &d.log)
	}
}

func TestARawAnswerPassesAsItIs(t *testing.T) {
	for name, s := range map[string]*service{
		"JSON":       {body: person, header: http.Header{"Etag": {`"a"`}}},
		"a page":     {body: "<p>", header: http.Header{"Content-Type": {"text/html"}, "Content-Security-Policy": {"script-src 'self'"}}},
		"no JSON":    {body: "{"},
		"a part":     {body: "ab", status: 206, header: http.Header{"Content-Range": {"bytes 0-1/4"}}},
		"an error":   {body: `{"secret":1}`, status: 422},
		"zipped":     {body: zipped(t, "a"), header: http.Header{"Content-Encoding": {"gzip"}}},
		"a redirect": {body: "<a>", status: 302, header: http.Header{"Location": {"/a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, s, search(nil))
			d.Handler = middleware.Secure("")(d.Handler)
			w := d.askAs(t, ada("search"), "POST", "/search/a", "any text", "Accept-Encoding", "br", "Range", "bytes=0-1", "Content-Type", "text/plain")
			want := http.Header{"Content-Type": {"application/json"}}
			maps.Copy(want, s.header)
			want.Set("Content-Length", strconv.Itoa(len(s.body)))
			if diff := cmp.Diff(want, w.Header()); diff != "" || w.Body.String() != s.body {
				t.Error(w.Code, w.Body, diff)
			}
			asked := s.asked[0].Header
			if s.bodies[0] != "any text" || asked.Get("Accept-Encoding") != "br" || asked.Get("Range") == "" || asked.Get("Content-Type") != "text/plain" {
				t.Errorf("the service got %q with %v", s.bodies[0], asked)
			}
		})
	}
}

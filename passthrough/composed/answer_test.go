package composed

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

const (
	oneRoot  = `query Q @endpoint(path: "/q") { order: box { id size } }`
	twoRoots = `query Q @endpoint(path: "/q") { a: box { id } b: box { id } }`
	packs    = `mutation M @endpoint(path: "/m") { pack(filter: {least: 1}) { box { id } wrong: userErrors { code } } }`
	empties  = `mutation M @endpoint(path: "/m") { empty(id: 1) { id } }`
)

// failed is an error as the executor presents it.
func failed(kind problem.Kind, path ...any) *gqlerror.Error {
	var at ast.Path
	for _, step := range path {
		switch step := step.(type) {
		case string:
			at = append(at, ast.PathName(step))
		case int:
			at = append(at, ast.PathIndex(step))
		}
	}
	return problem.Present(&gqlerror.Error{Err: problem.New(kind, ""), Path: at}, "id-1")
}

func TestTheRulesOfAnswers(t *testing.T) {
	down := failed(problem.UpstreamTimeout, "order", "user")
	for name, c := range map[string]struct {
		text    string
		data    string
		errs    gqlerror.List
		status  int
		want    string // the body, or the code of a problem
		partial bool
	}{
		"all is well": {text: oneRoot, data: `{"order":{"id":"7","size":1.50}}`, status: 200, want: `{"id":"7","size":1.50}`},
		"the data is not as compact as it is": {
			text: oneRoot, data: ` { "order" : {"id": "7"} } `, status: 200, want: `{"id": "7"}`,
		},
		"several roots":                {text: twoRoots, data: `{"a":{"id":"1"},"b":{"id":"2"}}`, status: 200, want: `{"a":{"id":"1"},"b":{"id":"2"}}`},
		"one of several roots is null": {text: twoRoots, data: `{"a":null,"b":{"id":"2"}}`, status: 200, want: `{"a":null,"b":{"id":"2"}}`},
		"the root is null":             {text: oneRoot, data: `{"order":null}`, status: 404, want: "NOT_FOUND"},
		"every root is null":           {text: twoRoots, data: `{"a":null,"b":null}`, status: 404, want: "NOT_FOUND"},
		"the data is null":             {text: oneRoot, data: `null`, status: 404, want: "NOT_FOUND"},
		"the root failed":              {text: oneRoot, data: `{"order":null}`, errs: gqlerror.List{down}, status: 504, want: "UPSTREAM_TIMEOUT"},
		"every root failed, the first in its way": {
			text: twoRoots, data: `{"a":null,"b":null}`, errs: gqlerror.List{failed(problem.Forbidden, "a"), down}, status: 403, want: "FORBIDDEN",
		},
		"nothing could be shown": {text: oneRoot, data: `null`, errs: gqlerror.List{down}, status: 504, want: "UPSTREAM_TIMEOUT"},
		"it was refused":         {text: oneRoot, errs: gqlerror.List{failed(problem.LimitExceeded)}, status: 400, want: "OPERATION_LIMIT_EXCEEDED"},
		"nobody is signed in":    {text: empties, data: `{"empty":null}`, errs: gqlerror.List{failed(problem.Unauthenticated, "empty")}, status: 401, want: "UNAUTHENTICATED"},
		"a field refused its arguments": {
			text: oneRoot, data: `{"order":{"id":"7","user":null}}`, errs: gqlerror.List{down, failed(problem.BadInput, "order", "user")}, status: 400, want: "BAD_USER_INPUT",
		},
		"a field refused its arguments, when something had been done": {
			text: empties, data: `{"empty":{"id":null}}`, errs: gqlerror.List{failed(problem.BadInput, "empty", "id")}, status: 200, partial: true,
			want: `{"id":null,"errors":[{"path":"/id","code":"BAD_USER_INPUT","message":"the input is not valid"}]}`,
		},
		"a part failed": {
			text: oneRoot, data: `{"order":{"id":"7","user":null}}`, errs: gqlerror.List{down}, status: 200, partial: true,
			want: `{"id":"7","user":null,"errors":[{"path":"/user","code":"UPSTREAM_TIMEOUT","message":"a service behind the gateway took too long"}]}`,
		},
		"a part of one of several roots failed": {
			text: twoRoots, data: `{"a":null,"b":{"id":"2"}}`, errs: gqlerror.List{failed(problem.Internal, "a", "id")}, status: 200, partial: true,
			want: `{"a":null,"b":{"id":"2"},"errors":[{"path":"/a","code":"INTERNAL","message":"something went wrong inside the gateway"}]}`,
		},
		"what cannot be null took along what is around it": {
			text: oneRoot, data: `{"order":{"items":[{"a":1},null,{"b":null}],"more":null}}`, status: 200, partial: true,
			errs: gqlerror.List{
				failed(problem.Timeout, "order", "more", 3, "x"), failed(problem.Timeout, "order", "items", 2, "b"), failed(problem.Timeout, "order", "items", 1, "a", "c"),
			},
			want: `{"items":[{"a":1},null,{"b":null}],"more":null,"errors":[` +
				`{"path":"/items/1","code":"TIMEOUT","message":"the request took too long"},` +
				`{"path":"/items/2/b","code":"TIMEOUT","message":"the request took too long"},` +
				`{"path":"/more","code":"TIMEOUT","message":"the request took too long"}]}`,
		},
		"an error of no place, and one of a place that there is not": {
			text: oneRoot, data: `{"order":{"a":{"b":1}}}`, errs: gqlerror.List{failed(problem.Timeout), failed(problem.Timeout, "order", "a", "z")}, status: 200, partial: true,
			want: `{"a":{"b":1},"errors":[{"path":"","code":"TIMEOUT","message":"the request took too long"},{"path":"/a","code":"TIMEOUT","message":"the request took too long"}]}`,
		},
		"an object without members": {
			text: oneRoot, data: `{"order":{}}`, errs: gqlerror.List{failed(problem.Timeout)}, status: 200, partial: true,
			want: `{"errors":[{"path":"","code":"TIMEOUT","message":"the request took too long"}]}`,
		},
		"nothing was wrong": {text: packs, data: `{"pack":{"box":{"id":"1"},"wrong":[]}}`, status: 200, want: `{"box":{"id":"1"},"wrong":[]}`},
		"the input was wrong": {
			text: packs, data: `{"pack":{"box":null,"wrong":[{"code":"INVALID"}]}}`, status: 422, want: `{"box":null,"wrong":[{"code":"INVALID"}]}`,
		},
		"the input was wrong, and a part failed": {
			text: packs, data: `{"pack":{"box":null,"wrong":[{"code":"INVALID"}]}}`, errs: gqlerror.List{failed(problem.Timeout, "pack", "box")}, status: 422, partial: true,
			want: `{"box":null,"wrong":[{"code":"INVALID"}],"errors":[{"path":"/box","code":"TIMEOUT","message":"the request took too long"}]}`,
		},
		"it was done and a part failed": {
			text: packs, data: `{"pack":{"box":null,"wrong":[]}}`, errs: gqlerror.List{failed(problem.Timeout, "pack", "box")}, status: 200, partial: true,
			want: `{"box":null,"wrong":[],"errors":[{"path":"/box","code":"TIMEOUT","message":"the request took too long"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := load(t, shop(t), c.text)
			answer := answerOf(t, o, &graphql.Response{Data: json.RawMessage(c.data), Errors: c.errs})
			if answer.Code != c.status || (answer.Header().Get(PartialHeader) == "true") != c.partial {
				t.Errorf("got %d, partial %q, want %d, %v", answer.Code, answer.Header().Get(PartialHeader), c.status, c.partial)
			}
			if answer.Header().Get("Cache-Control") != "no-store" {
				t.Error("the answer may be stored")
			}
			if c.status == 200 || c.status == 422 {
				checkBody(t, answer, c.want)
			} else {
				checkProblem(t, answer, c.want)
			}
		})
	}
}

func answerOf(t *testing.T, o *Operation, response *graphql.Response) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	answer.Header().Set(problem.RequestIDHeader, "id-1")
	o.Answer(answer, httptest.NewRequest("GET", "/", nil), response, keeping.Terms{})
	return answer
}

func checkBody(t *testing.T, answer *httptest.ResponseRecorder, want string) {
	t.Helper()
	got := answer.Body.String()
	if got != want || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got  %s\nwant %s\nas %s", got, want, answer.Header().Get("Content-Type"))
	}
	if !jsontext.Value(got).IsValid() {
		t.Error("it is not JSON")
	}
}

func checkProblem(t *testing.T, answer *httptest.ResponseRecorder, code string) {
	t.Helper()
	var got struct{ Code, Detail string }
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Code != code || got.Detail == "" || answer.Header().Get("Content-Type") != problem.ContentType {
		t.Errorf("got %s, want the problem %s", answer.Body, code)
	}
	if challenged := answer.Header().Get("WWW-Authenticate") != ""; challenged != (answer.Code == 401) {
		t.Errorf("WWW-Authenticate is %q", answer.Header().Get("WWW-Authenticate"))
	}
}

func TestEveryPointerLeadsToANull(t *testing.T) {
	body := jsontext.Value(`{"a/b":null,"c~d":[null,{"e":null}]}`)
	o := load(t, shop(t), oneRoot)
	errs := gqlerror.List{
		failed(problem.Timeout, "order", "a/b"), failed(problem.Timeout, "order", "c~d", 0), failed(problem.Timeout, "order", "c~d", 1, "e", "f"),
	}
	var got []string
	for _, each := range o.failures(body, errs) {
		got = append(got, string(each.at))
	}
	if want := "/a~1b /c~0d/0 /c~0d/1/e"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAResponseThatNeverCame(t *testing.T) {
	o := load(t, shop(t), oneRoot)
	checkProblem(t, answerOf(t, o, nil), "TIMEOUT")

	ctx, leave := context.WithCancel(t.Context())
	leave()
	answer := httptest.NewRecorder()
	o.Answer(answer, httptest.NewRequest("GET", "/", nil).WithContext(ctx), nil, keeping.Terms{})
	checkProblem(t, answer, "CANCELLED")
}

func TestAnAnswerSaysWhatCameFromElsewhere(t *testing.T) {
	o := load(t, shop(t), oneRoot)
	answer := answerOf(t, o, &graphql.Response{
		Data: json.RawMessage(`{"order":{"id":"7"}}`),
		Extensions: map[string]any{"fallback": []fallback.Note{
			{Service: "order", Source: fallback.FromUpstream}, {Service: "user", Source: fallback.FromStatic},
		}},
	})
	if got, want := answer.Header().Get(FallbackHeader), "order;source=upstream, user;source=static"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHowLongAnAnswerIsKept(t *testing.T) {
	const scoped = `query Q @endpoint(path: "/q", scopes: ["boxes:read"]) { order: box { id size } }`
	terms := keeping.Terms{Fresh: time.Minute, Tag: `W/"a"`, Everybody: true, Door: &keeping.Door{Open: true}}
	for name, c := range map[string]struct {
		text    string
		data    string
		errs    gqlerror.List
		has     string
		status  int
		control string
	}{
		"for everybody":         {oneRoot, `{"order":{"id":"7"}}`, nil, "", 200, "public, max-age=60"},
		"the client has it":     {oneRoot, `{"order":{"id":"7"}}`, nil, `W/"a"`, 304, "public, max-age=60"},
		"for those with scopes": {scoped, `{"order":{"id":"7"}}`, nil, "", 200, "private, max-age=60"},
		"nothing":               {oneRoot, `{"order":null}`, nil, `W/"a"`, 404, "no-store"},
		"a part":                {oneRoot, `{"order":{"id":null}}`, gqlerror.List{failed(problem.UpstreamTimeout, "order", "id")}, `W/"a"`, 200, "no-store"},
	} {
		t.Run(name, func(t *testing.T) {
			o := load(t, shop(t), c.text)
			r := httptest.NewRequest("GET", "/q", nil)
			r.Header.Set("If-None-Match", c.has)
			w := httptest.NewRecorder()
			o.Answer(w, r, &graphql.Response{Data: json.RawMessage(c.data), Errors: c.errs}, terms)
			if got := w.Header().Get("Cache-Control"); w.Code != c.status || got != c.control || (w.Body.Len() == 0) != (c.status == 304) {
				t.Errorf("it is answered with %d, %s and %s", w.Code, got, w.Body)
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	node := `{"id":"7","status":"PAID","total":{"amount":"19.90","currency":"USD"},"user":null}`
	data := json.RawMessage(`{"order":{"nodes":[` + strings.Repeat(node+",", 99) + node + `]}}`)
	o := load(b, shop(b), oneRoot)
	r := httptest.NewRequest("GET", "/", nil)
	partial := gqlerror.List{failed(problem.UpstreamTimeout, "order", "nodes", 50, "user")}
	for name, errs := range map[string]gqlerror.List{"whole": nil, "partial": partial} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				o.Answer(discard{make(http.Header, 4)}, r, &graphql.Response{Data: data, Errors: errs}, keeping.Terms{})
			}
		})
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

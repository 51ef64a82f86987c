package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

const shop = `
directive @tool(name: String, title: String, description: String, scopes: [String!], mutation: Boolean, destructive: Boolean, idempotent: Boolean) on QUERY | MUTATION
type Query { "One box." box(id: ID!): Box }
type Box { id: ID! size: Int }
type Mutation { "Packs a box." pack(id: ID!): Box }`

// tools are Box, which everybody sees, Pack, which changes something, and Secret, which needs a scope.
func tools(t testing.TB) *tool.Set {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shop})
	var sources []tool.Source
	for _, text := range []string{
		`query Box($id: ID!) @tool { box(id: $id) { id size } }`,
		`mutation Pack($id: ID!) @tool(mutation: true, idempotent: true) { pack(id: $id) { id } }`,
		`query Secret @tool(scopes: ["secret"], description: "Nobody's.") { box(id: "7") { id } }`,
	} {
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			t.Fatal(err)
		}
		if refused := validator.ValidateWithRules(schema, doc, nil); len(refused) > 0 {
			t.Fatal(refused)
		}
		sources = append(sources, tool.Source{Document: manifest.Document{Text: text, File: "a.graphql", Line: 1}, Parsed: doc})
	}
	set, mistakes := tool.Compile(schema, page.Limits{Default: 20, Max: 100}, sources)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return set
}

// served is a door before an executor, as its clients reach it.
type served struct {
	url      string
	registry *prometheus.Registry
	hidden   int
	ran      []mcp.Call
}

// parts are what a door asks, whose callers have not the scope secret.
func parts(t *testing.T, run func(http.Header, *http.Request, mcp.Call) mcp.Answer) mcp.Parts {
	t.Helper()
	set := tools(t)
	granted := func(_ context.Context, scopes []string) bool { return !slices.Contains(scopes, "secret") }
	return mcp.Parts{
		Tools:    func() *tool.Set { return set },
		Sees:     func(ctx context.Context, each *tool.Tool) bool { return granted(ctx, each.Scopes) },
		Hidden:   func(context.Context) {},
		Granted:  granted,
		Run:      run,
		Client:   func(*http.Request, string, string) string { return "tests" },
		Registry: prometheus.NewRegistry(),
		Log:      slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func serve(t *testing.T, change func(*mcp.Config), run func(call mcp.Call) mcp.Answer) *served {
	t.Helper()
	c := mcp.DefaultConfig()
	c.Enabled = true
	if change != nil {
		change(&c)
	}
	s := new(served)
	behind := parts(t, func(_ http.Header, _ *http.Request, call mcp.Call) mcp.Answer {
		s.ran = append(s.ran, call)
		return run(call)
	})
	behind.Hidden = func(context.Context) { s.hidden++ }
	s.registry, _ = behind.Registry.(*prometheus.Registry)
	door := mcp.New(c, behind)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door.ServeHTTP(w, facts.Begin(r))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// session is a client that has begun to talk to the door.
func (s *served) session(t *testing.T) *sdk.ClientSession {
	t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: s.url, DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func (s *served) call(t *testing.T, name string, arguments any) (*sdk.CallToolResult, error) {
	t.Helper()
	return s.session(t).CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: arguments})
}

// content is what a result has for programs, as a text.
func content(t *testing.T, result *sdk.CallToolResult) string {
	t.Helper()
	text, err := json.Marshal(result.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func answers(data string) func(mcp.Call) mcp.Answer {
	return func(mcp.Call) mcp.Answer { return mcp.Answer{Data: json.RawMessage(data)} }
}

func failed(kind problem.Kind, path ...ast.PathElement) *gqlerror.Error {
	return problem.Present(&gqlerror.Error{Err: problem.New(kind, ""), Path: path}, "id-1")
}

func TestACallerIsShownTheToolsThatItMayCall(t *testing.T) {
	s := serve(t, nil, answers(`{}`))
	list, err := s.session(t).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, each := range list.Tools {
		a := each.Annotations
		hints, err := json.Marshal([]any{a.ReadOnlyHint, a.DestructiveHint, a.IdempotentHint, a.OpenWorldHint})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, each.Name+" "+each.Description+" "+string(hints))
	}
	want := []string{`Box One box. [true,null,true,false]`, `Pack Packs a box. [false,true,true,false]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if list.TTLMs == 0 || list.CacheScope != "private" {
		t.Errorf("the list is good for %d ms, for %s: it is one caller's, and changes", list.TTLMs, list.CacheScope)
	}
}

func TestAToolThatACallerMayNotUseIsAsUnknownAsOneThatThereIsNot(t *testing.T) {
	s := serve(t, nil, answers(`{}`))
	_, none := s.call(t, "Nothing", nil)
	_, hidden := s.call(t, "Secret", nil)
	if none == nil || hidden == nil || strings.ReplaceAll(hidden.Error(), "Secret", "Nothing") != none.Error() {
		t.Errorf("they are told apart: %v, %v", none, hidden)
	}
	if s.hidden != 1 || len(s.ran) > 0 {
		t.Errorf("the operator is told of %d, and %v ran", s.hidden, s.ran)
	}
}

func TestWhatACallAnswers(t *testing.T) {
	limited := problem.Present(&problem.Error{Kind: problem.RateLimited, RetryAfter: 3_000_000_000}, "")
	for name, tt := range map[string]struct {
		arguments any
		answer    mcp.Answer
		want      string
		failed    bool
		result    string
	}{
		"all of it": {
			map[string]any{"id": "7"},
			mcp.Answer{Data: json.RawMessage(`{"box":{"id":"7","size":1}}`)},
			`{"data":{"box":{"id":"7","size":1}}}`, false, "ok",
		},
		"nothing that there is": {
			map[string]any{"id": "7"}, mcp.Answer{Data: json.RawMessage(`{"box":null}`)}, `{"data":{"box":null}}`, false, "ok",
		},
		"a part": {
			map[string]any{"id": "7"},
			mcp.Answer{
				Data: json.RawMessage(`{"box":{"id":"7","size":null}}`), Errors: gqlerror.List{failed(problem.Forbidden, ast.PathName("box"), ast.PathName("size"))},
			},
			`{"data":{"box":{"id":"7","size":null}},"errors":[{"code":"FORBIDDEN","message":"this is not allowed","path":["box","size"]}]}`, false, "partial",
		},
		"no part": {
			map[string]any{"id": "7"},
			mcp.Answer{Data: json.RawMessage(`{"box":null}`), Errors: gqlerror.List{failed(problem.UpstreamTimeout, ast.PathName("box"))}},
			`{"data":{"box":null},"errors":[{"code":"UPSTREAM_TIMEOUT","message":"a service behind the gateway took too long","path":["box"]}]}`, true, "UPSTREAM_TIMEOUT",
		},
		"too often": {
			map[string]any{"id": "7"},
			mcp.Answer{Errors: gqlerror.List{limited}},
			`{"data":null,"errors":[{"code":"RATE_LIMITED","message":"there were more requests than are allowed","retryAfter":3}]}`, true, "RATE_LIMITED",
		},
		"its client has gone": {
			map[string]any{"id": "7"}, mcp.Answer{}, `{"data":null,"errors":[{"code":"CANCELLED","message":"the request was cancelled"}]}`, true, "CANCELLED",
		},
		"too much": {
			map[string]any{"id": "7"},
			mcp.Answer{Data: json.RawMessage(`{"box":"` + strings.Repeat("x", 2<<10) + `"}`)},
			`{"data":null,"errors":[{"code":"RESULT_TOO_LARGE","message":"the call was made, but its result is larger than 1KiB: ask for less"}]}`, true, "RESULT_TOO_LARGE",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(c *mcp.Config) { c.MaxResult = units.KiB }, func(mcp.Call) mcp.Answer { return tt.answer })
			result, err := s.call(t, "Box", tt.arguments)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(t, result); got != tt.want || result.IsError != tt.failed {
				t.Errorf("got %s, failed %v, want %s", got, result.IsError, tt.want)
			}
			text, _ := result.Content[0].(*sdk.TextContent)
			if !json.Valid([]byte(text.Text)) || text.Meta["concierge/content"] != "untrusted" || result.Meta["concierge/content"] != "untrusted" {
				t.Errorf("the text is %+v, and the result says of itself %v", text, result.Meta)
			}
			s.counted(t, "concierge_mcp_calls_total["+tt.result+" Box] 1", "concierge_mcp_client_calls_total[tests Box] 1")
		})
	}
}

// counted looks that the metrics of calls have these lines, and no others.
func (s *served) counted(t *testing.T, lines ...string) {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, family := range families {
		for _, each := range family.GetMetric() {
			if family.GetType() == dto.MetricType_COUNTER {
				var labels []string
				for _, label := range each.GetLabel() {
					labels = append(labels, label.GetValue())
				}
				got = append(got, fmt.Sprint(family.GetName(), labels, each.GetCounter().GetValue()))
			}
		}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Error(diff)
	}
}

func TestArgumentsThatDoNotFitAreAResultThatSaysWhich(t *testing.T) {
	s := serve(t, nil, answers(`{}`))
	for name, tt := range map[string]struct {
		arguments any
		says      string
	}{
		"missing":  {map[string]any{}, "/id"},
		"none":     {nil, "/id"},
		"unknown":  {map[string]any{"id": "7", "size": 1}, "size"},
		"mistyped": {map[string]any{"id": true}, "/id"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := s.call(t, "Box", tt.arguments)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(t, result); !result.IsError || !strings.Contains(got, "BAD_USER_INPUT") || !strings.Contains(got, tt.says) {
				t.Errorf("got %s, want %s named", got, tt.says)
			}
		})
	}
	if len(s.ran) > 0 {
		t.Errorf("%v ran", s.ran)
	}
}

func TestWhatDidNotComeFromItsServiceIsNamed(t *testing.T) {
	s := serve(t, nil, func(mcp.Call) mcp.Answer {
		return mcp.Answer{Data: json.RawMessage(`{}`), Notes: []fallback.Note{{Service: "user", Source: fallback.FromStatic}}}
	})
	result, err := s.call(t, "Box", map[string]any{"id": "7"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(result.Meta["concierge/fallback"])
	if err != nil || !bytes.Contains(got, []byte("user")) {
		t.Errorf("it says %s, %v", got, err)
	}
}

func TestAPanicEndsOneCallAndSaysNothing(t *testing.T) {
	s := serve(t, nil, func(mcp.Call) mcp.Answer { panic("sesame") })
	if _, err := s.call(t, "Box", map[string]any{"id": "7"}); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("the caller is told %v", err)
	}
}

func TestAFreeQueryIsOfferedWhereItIsConfigured(t *testing.T) {
	free := func(scopes ...string) func(*mcp.Config) {
		return func(c *mcp.Config) { c.FreeQuery = mcp.FreeQuery{Enabled: true, Scopes: scopes} }
	}
	for name, tt := range map[string]struct {
		change  func(*mcp.Config)
		offered bool
	}{"not": {nil, false}, "to all": {free("any"), true}, "to others": {free("secret"), false}} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.change, answers(`{"box":null}`))
			_, err := s.call(t, tool.AnyQuery, map[string]any{"query": "{ box(id: 7) { id } }", "variables": map[string]any{"a": 1}})
			if (err == nil) != tt.offered || len(s.ran) == 1 != tt.offered {
				t.Errorf("it is answered with %v, and %v ran", err, s.ran)
			}
			if tt.offered && (s.ran[0].Trusted || s.ran[0].Variables["a"] != json.Number("1")) {
				t.Errorf("%+v ran", s.ran[0])
			}
			for _, wrong := range []map[string]any{{}, {"query": 7}, {"query": "{a}", "mutation": true}, {"Query": "{a}"}, {"query": "{a}", "variables": []any{}}} {
				if result, err := s.call(t, tool.AnyQuery, wrong); tt.offered && (err != nil || !result.IsError) {
					t.Errorf("%v is answered with %v, %v", wrong, result, err)
				}
			}
		})
	}
}

func TestMessagesThatAreNoneAreRefusedBeforeTheyAreLookedAt(t *testing.T) {
	s := serve(t, func(c *mcp.Config) { c.MaxArguments = units.KiB }, answers(`{}`))
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for name, tt := range map[string]struct {
		method, media, body string
		status              int
		says                string
	}{
		"GET":           {http.MethodGet, "", "", 405, "METHOD_NOT_ALLOWED"},
		"DELETE":        {http.MethodDelete, "", "", 405, "METHOD_NOT_ALLOWED"},
		"a form":        {http.MethodPost, "text/plain", ping, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"a list":        {http.MethodPost, "application/json", " \n[" + ping + "]", 400, "BAD_USER_INPUT"},
		"no JSON":       {http.MethodPost, "application/json", "{", 400, "BAD_USER_INPUT"},
		"nothing":       {http.MethodPost, "application/json", "", 400, "BAD_USER_INPUT"},
		"two":           {http.MethodPost, "application/json", ping + ping, 400, "BAD_USER_INPUT"},
		"a byte order":  {http.MethodPost, "application/json", "\xef\xbb\xbf" + ping, 400, "BAD_USER_INPUT"},
		"one of two":    {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`, 400, "BAD_USER_INPUT"},
		"twice within":  {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Box","arguments":{"id":"7","id":"8"}}}`, 400, "BAD_USER_INPUT"},
		"no UTF-8":      {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Box","arguments":{"id":"` + "\xff" + `"}}}`, 400, "BAD_USER_INPUT"},
		"very deep":     {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat("[", 400) + strings.Repeat("]", 400) + `}`, 200, "error"},
		"what is good":  {http.MethodPost, "application/json; charset=utf-8", ping, 200, `"result"`},
		"no method":     {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"sesame"}`, 400, "BAD_USER_INPUT"},
		"a call told":   {http.MethodPost, "application/json", `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"Box","arguments":{"id":"7"}}}`, 400, "BAD_USER_INPUT"},
		"too long":      {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":"` + strings.Repeat("x", 2<<10) + `"}}}`, 413, ""},
		"a future page": {http.MethodPost, "application/json", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}`, 200, "-32602"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, s.url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", tt.media)
			r.Header.Set("Accept", "application/json, text/event-stream")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != tt.status || !strings.Contains(string(text), tt.says) || strings.Contains(string(text), "sesame") {
				t.Errorf("it is answered with %d and %s", answer.StatusCode, text)
			}
		})
	}
	if len(s.ran) > 0 {
		t.Errorf("%v ran", s.ran)
	}
}

// By older versions of the protocol, the SDK lets a call go on when its client has left. Nothing of a request may be touched then.
func TestACallHasEndedWhenItsRequestHas(t *testing.T) {
	const modern = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},`
	for version, meta := range map[string]string{"2025-03-26": "", "2025-11-25": "", "2026-07-28": modern} {
		t.Run(version, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			ended := false
			door := mcp.New(mcp.DefaultConfig(), parts(t, func(header http.Header, r *http.Request, _ mcp.Call) mcp.Answer {
				leave()
				<-r.Context().Done()
				for range 100 {
					runtime.Gosched()
				}
				header.Set("Ratelimit", "1")
				ended = true
				return mcp.Answer{}
			}))
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, mcp.Path, strings.NewReader(
				`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{`+meta+`"name":"Box","arguments":{"id":"7"}}}`))
			for name, value := range map[string]string{
				"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
				"Mcp-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "Box",
			} {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			door.ServeHTTP(w, facts.Begin(r))
			if !ended || w.Header().Get("Ratelimit") == "" {
				t.Errorf("the request ends before its call does, by %d %s", w.Code, w.Body)
			}
		})
	}
}

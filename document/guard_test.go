package document

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/problem"
)

// door is a GraphQL endpoint behind a guard. Every operation answers null.
type door struct {
	handler   *handler.Server
	guard     *Guard
	cache     *Cache
	registry  *prometheus.Registry
	validated int
	presented []error
}

func newDoor(t testing.TB, limits Limits) *door {
	t.Helper()
	return newDoorBy(t, limits.ForEveryone)
}

func newDoorBy(t testing.TB, limits func(context.Context) Limits) *door {
	t.Helper()
	d := &door{cache: NewCache(DefaultCacheConfig(), nothing), registry: prometheus.NewRegistry()}
	schema := publicSchema(t)
	d.handler = handler.New(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.OneShot(&graphql.Response{Data: []byte("null")})
		},
	})
	d.handler.AddTransport(transport.POST{})
	d.handler.SetQueryCache(d.cache)
	d.handler.SetValidationRulesFn(func() *rules.Rules {
		d.validated++
		return Rules()
	})
	d.handler.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		d.presented = append(d.presented, err)
		return graphql.DefaultErrorPresenter(ctx, err)
	})
	d.guard = NewGuard(limits, d.cache, d.registry)
	d.handler.Use(d.guard)
	return d
}

func (d *door) ask(t testing.TB, query string) string {
	t.Helper()
	body, err := json.Marshal(graphql.RawParams{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return d.post(body)
}

func (d *door) post(body []byte) string {
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	d.handler.ServeHTTP(response, request)
	return strings.TrimSpace(response.Body.String())
}

func TestARefusalReachesTheClientAsItIs(t *testing.T) {
	for _, test := range []struct {
		name   string
		query  string
		limits func(*Limits)
		kind   problem.Kind
		want   string
	}{
		{
			name:  "no query",
			query: "",
			kind:  problem.BadInput,
			want: `{"errors":[{"message":"the request has no query",` +
				`"extensions":{"code":"BAD_USER_INPUT"}}],"data":null}`,
		},
		{
			name:   "too many bytes",
			query:  "{me{id}}",
			limits: func(l *Limits) { l.Bytes = 7 },
			kind:   problem.LimitExceeded,
			want: `{"errors":[{"message":"the document has 8 bytes where 7 are allowed",` +
				`"extensions":{"code":"OPERATION_LIMIT_EXCEEDED"}}],"data":null}`,
		},
		{
			name:   "too many tokens",
			query:  "{me{id}}",
			limits: func(l *Limits) { l.Tokens = 5 },
			kind:   problem.LimitExceeded,
			want: `{"errors":[{"message":"the document has more than the 5 tokens that are allowed",` +
				`"extensions":{"code":"OPERATION_LIMIT_EXCEEDED"}}],"data":null}`,
		},
		{
			name:   "comments are tokens",
			query:  "#\n#\n{me{id}}",
			limits: func(l *Limits) { l.Tokens = 7 },
			kind:   problem.LimitExceeded,
			want: `{"errors":[{"message":"the document has more than the 7 tokens that are allowed",` +
				`"extensions":{"code":"OPERATION_LIMIT_EXCEEDED"}}],"data":null}`,
		},
		{
			name:   "too many fields",
			query:  "{me{id}}\nquery b{me{id name}}",
			limits: func(l *Limits) { l.Fields = 2 },
			kind:   problem.LimitExceeded,
			want: `{"errors":[{"message":"the operation selects 3 fields where 2 are allowed",` +
				`"locations":[{"line":2,"column":1}],"extensions":{"code":"OPERATION_LIMIT_EXCEEDED"}}],"data":null}`,
		},
		{
			name:  "not GraphQL",
			query: "{\n  me(}",
			kind:  problem.ParseFailed,
			want: `{"errors":[{"message":"Expected Name, found }",` +
				`"locations":[{"line":2,"column":6}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}],"data":null}`,
		},
		{
			name:  "a string without an end",
			query: "{user(id:\"7)}",
			kind:  problem.ParseFailed,
			want: `{"errors":[{"message":"Unterminated string.",` +
				`"locations":[{"line":1,"column":14}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}],"data":null}`,
		},
		{
			name:  "a mistake before a string without an end",
			query: "{user(id)}\n\"",
			kind:  problem.ParseFailed,
			want: `{"errors":[{"message":"Expected :, found )",` +
				`"locations":[{"line":1,"column":9}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}],"data":null}`,
		},
		{
			name:  "a long mistake",
			query: times(60_000, "a"),
			kind:  problem.ParseFailed,
			want: `{"errors":[{"message":"Unexpected Name \"` + times(483, "a") + `…",` +
				`"locations":[{"line":1,"column":1}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}],"data":null}`,
		},
		{
			name:  "nested too deep for the parser",
			query: nested(1001, "{a", "", "}"),
			kind:  problem.ParseFailed,
			want: `{"errors":[{"message":"exceeded maximum nesting depth of 1000",` +
				`"locations":[{"line":1,"column":2001}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}],"data":null}`,
		},
		{
			name:  "a fragment within itself",
			query: "{...a} fragment a on Query{...a}",
			kind:  problem.ValidationFailed,
			want: `{"errors":[{"message":"fragment \"a\" is spread within itself",` +
				`"locations":[{"line":1,"column":31}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}],"data":null}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := DefaultLimits()
			if test.limits != nil {
				test.limits(&limits)
			}
			d := newDoor(t, limits)
			if diff := cmp.Diff(test.want, d.ask(t, test.query)); diff != "" {
				t.Error(diff)
			}
			if len(d.presented) != 1 || problem.KindOf(d.presented[0]) != test.kind {
				t.Errorf("the presenter got %v, want a %s", d.presented, test.kind)
			}
			if d.validated != 0 {
				t.Error("it was validated")
			}
		})
	}
}

func TestAnInvalidDocumentKeepsItsListOfErrors(t *testing.T) {
	d := newDoor(t, DefaultLimits())
	var got struct{ Errors gqlerror.List }
	if err := json.Unmarshal([]byte(d.ask(t, "{me{nam mail}}")), &got); err != nil {
		t.Fatal(err)
	}
	want := gqlerror.List{
		{
			Message:    `Cannot query field "nam" on type "User".`,
			Locations:  []gqlerror.Location{{Line: 1, Column: 5}},
			Extensions: map[string]any{"code": problem.ValidationFailed.Code()},
		},
		{
			Message:    `Cannot query field "mail" on type "User".`,
			Locations:  []gqlerror.Location{{Line: 1, Column: 9}},
			Extensions: map[string]any{"code": problem.ValidationFailed.Code()},
		},
	}
	if diff := cmp.Diff(want, got.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestADocumentIsValidatedOnce(t *testing.T) {
	d := newDoor(t, DefaultLimits())
	for range 3 {
		if got := d.ask(t, headline); got != `{"data":null}` {
			t.Fatal(got)
		}
	}
	if d.validated != 1 {
		t.Errorf("it was validated %d times", d.validated)
	}
	d.counts(t, map[string]float64{"hit": 2, "miss": 1, "refused": 0})
}

func TestARefusedDocumentIsNotRemembered(t *testing.T) {
	limits := DefaultLimits()
	limits.Fields = 1
	d := newDoor(t, limits)
	for range 3 {
		d.ask(t, "{me{id}}")
	}
	d.ask(t, "{me{")
	if got := d.cache.entries(); got != 0 {
		t.Errorf("the cache holds %d documents", got)
	}
	d.counts(t, map[string]float64{"hit": 0, "miss": 0, "refused": 4})
	want := `
		# HELP concierge_documents_refused_total GraphQL documents refused before validation, by the limit that they pass, or empty, syntax or cycle.
		# TYPE concierge_documents_refused_total counter
		concierge_documents_refused_total{reason="aliases"} 0
		concierge_documents_refused_total{reason="bytes"} 0
		concierge_documents_refused_total{reason="comparisons"} 0
		concierge_documents_refused_total{reason="cycle"} 0
		concierge_documents_refused_total{reason="deferred"} 0
		concierge_documents_refused_total{reason="depth"} 0
		concierge_documents_refused_total{reason="directives"} 0
		concierge_documents_refused_total{reason="empty"} 0
		concierge_documents_refused_total{reason="fields"} 3
		concierge_documents_refused_total{reason="fragments"} 0
		concierge_documents_refused_total{reason="nodes"} 0
		concierge_documents_refused_total{reason="root_fields"} 0
		concierge_documents_refused_total{reason="syntax"} 1
		concierge_documents_refused_total{reason="tokens"} 0
	`
	err := testutil.GatherAndCompare(d.registry, strings.NewReader(want), "concierge_documents_refused_total")
	if err != nil {
		t.Error(err)
	}
}

func (d *door) counts(t *testing.T, want map[string]float64) {
	t.Helper()
	families, err := d.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != "concierge_documents_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			got[metric.GetLabel()[0].GetValue()] = metric.GetCounter().GetValue()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

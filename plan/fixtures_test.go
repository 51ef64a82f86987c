package plan_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

func caller(id string, scopes ...string) auth.Principal {
	return auth.Principal{ID: id, Scopes: scopes}
}

var supportScopes = []string{"users:read", "users:pii", "orders:read", "payments:read"}

// The callers of the tests. Numbers are users.
var (
	anonymous = auth.Principal{}
	customer  = caller("7")
	other     = caller("8")
	support   = caller("100", supportScopes...)
	machine   = caller("billing", supportScopes...)
)

// change is a text of the schema's files, and what stands there instead. Each must be found.
type change struct{ from, to string }

// load reads the files of the schema with some of their text changed.
func load(t testing.TB, changes ...change) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphql")
	if err != nil || len(names) == 0 {
		t.Fatalf("the schema's files: %v, %v", names, err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	text := all.String()
	for _, each := range changes {
		if !strings.Contains(text, each.from) {
			t.Fatalf("the schema does not say %q", each.from)
		}
		text = strings.Replace(text, each.from, each.to, 1)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// settings are what sites differ in.
type settings struct {
	changes []change
	source  fs.FS // of the resolvers
	config  upstreams.Config
	way     http.RoundTripper    // to all services; nil leads to the fakes
	reads   func(*loaders.Reads) // what is other about them
	caller  func(context.Context) (record.ID, error)
	limits  map[string][]ratelimit.Limit // of fields
}

func usual(changes ...change) settings {
	return settings{changes: changes, source: resolvers.Source(), config: upstreams.DefaultConfig(), caller: resolvers.Caller}
}

// site is a planner over fake services, beside gqlgen's execution of the same.
type site struct {
	*services

	schema  *ast.Schema
	policy  *policy.Policy
	reads   *loaders.Reads
	parts   plan.Parts
	planner *plan.Planner
	gqlgen  *executor.Executor
	limits  *ratelimit.Fields
	ledger  *ledger // the charges of the last request
}

func open(t testing.TB, changes ...change) *site {
	t.Helper()
	return build(t, usual(changes...))
}

func build(t testing.TB, with settings) *site {
	t.Helper()
	s := &site{services: new(services), schema: load(t, with.changes...)}
	fields, err := wire.Read(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	if s.policy, err = policy.Read(s.schema, fields); err != nil {
		t.Fatal(err)
	}
	pseudonyms, err := policy.NewPseudonyms(s.policy, policy.Config{PseudonymKey: "0123456789abcdef0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	written, err := edges.Read(with.source)
	if err != nil {
		t.Fatal(err)
	}
	if with.way == nil {
		with.way = s.services
	}
	clients := upstreams.Over(
		with.config, func(string) http.RoundTripper { return with.way }, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	s.reads = loaders.NewReads(clients)
	if with.reads != nil {
		with.reads(s.reads)
	}
	s.parts = plan.Parts{
		Schema: s.schema, Fields: fields, Edges: written, Resolved: resolvers.Has, Reads: s.reads, Policy: s.policy,
		Pseudonyms: pseudonyms, Pages: limits, Caller: with.caller, Metrics: plan.NewMetrics(prometheus.NewRegistry()),
	}
	if s.planner, err = plan.New(s.parts); err != nil {
		t.Fatal(err)
	}
	if s.limits, err = ratelimit.ReadFields(s.schema, with.limits, s.planner.Chargeable); err != nil {
		t.Fatal(err)
	}
	s.planner = s.planner.Limited(s.limits)
	s.gqlgen = gqlgenOf(t, s, clients, pseudonyms)
	return s
}

var limits = page.Limits{Default: 20, Max: 100}

// operation is a query as it is executed, found valid.
func (s *site) operation(t testing.TB, query string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	operation, refused := s.gqlgen.CreateOperationContext(
		graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query, Variables: variables})
	if refused != nil {
		t.Fatalf("%s: %v", query, refused)
	}
	return operation
}

// compiled is the plan of a query.
func (s *site) compiled(t testing.TB, query string, variables map[string]any) (*plan.Plan, *graphql.OperationContext) {
	t.Helper()
	operation := s.operation(t, query, variables)
	compiled, err := s.planner.Compile(operation)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return compiled, operation
}

package answers

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/wire"
)

const directive = `
	directive @cacheControl(maxAge: Int, scope: CacheControlScope, staleWhileRevalidate: Int, inheritMaxAge: Boolean)
		on OBJECT | INTERFACE | UNION | FIELD_DEFINITION
	enum CacheControlScope { PUBLIC PRIVATE }
`

// tester is what helpers need of a test, also of one by chance.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func parse(t tester, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// served is the gateway's own schema, with its policy.
func served(t tester) (*ast.Schema, *policy.Policy) {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphql")
	if err != nil || len(names) == 0 {
		t.Fatalf("the schema's files: %v, %v", names, err)
	}
	var text strings.Builder
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(file)
	}
	schema := parse(t, text.String())
	fields, err := wire.Read(schema)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Read(schema, fields)
	if err != nil {
		t.Fatal(err)
	}
	return schema, p
}

func unlimited(string, string) bool { return false }

// nothing says of every service that it answers everybody the same.
func nothing(string) sharing.Inputs { return sharing.Nothing }

func rulesOf(t tester, text string) *Rules {
	t.Helper()
	rules, err := Read(parse(t, directive+text), Parts{Policy: new(policy.Policy), Limited: unlimited, Inputs: nothing})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func operationOf(t tester, schema *ast.Schema, query string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, nil)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", query, errs)
	}
	return &graphql.OperationContext{RawQuery: query, Doc: doc, Operation: doc.Operations[0], Variables: variables}
}

func reading(services ...string) Reads { return func() ([]string, bool) { return services, true } }

func tag() purge.Tag { return purge.Record("product", "id", 7) }

// public is the policy of an answer that everybody may have for a minute.
func public() *Policy {
	return &Policy{MaxAge: time.Minute, Everybody: true, Shared: true, services: []string{"product"}, document: "document"}
}

// private is that of an answer for one caller.
func private() *Policy {
	return &Policy{MaxAge: time.Minute, Shared: true, services: []string{"user"}, document: "document"}
}

type site struct {
	*Cache

	purges *purge.Log
}

func open(t testing.TB, change func(c *Config, s *Stores)) *site {
	t.Helper()
	c, s := DefaultConfig(), Stores{
		Memory: stored.NewMemory(16 << 20).Part("operations"), Purges: purge.NewLog(1000, nil), Timeout: time.Second, Status: true,
		Metrics: stored.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c, &s)
	}
	site := &site{New(c, s), s.Purges}
	t.Cleanup(site.Close)
	return site
}

// responds is an execution that reads one record.
func responds(data string) execution {
	return func(ctx context.Context) Executed {
		provenance.From(ctx).Add(tag())
		return Executed{Response: &graphql.Response{Data: []byte(data)}, Cost: 3}
	}
}

func failing(kind problem.Kind) Executed {
	return Executed{Response: &graphql.Response{Data: []byte(`null`), Errors: gqlerror.List{problem.Present(problem.New(kind, ""), "leader")}}}
}

type execution func(ctx context.Context) Executed

// asks is somebody who asks, as a test says.
type asks struct {
	run, again execution
	caller     func() sharing.Caller
}

func (a *asks) Caller() sharing.Caller             { return a.caller() }
func (a *asks) Run(ctx context.Context) Executed   { return a.run(ctx) }
func (a *asks) Again(ctx context.Context) Executed { return a.again(ctx) }

func question(p *Policy, run execution) *Question {
	by := &asks{run: run, again: run, caller: func() sharing.Caller { return sharing.Caller{} }}
	return &Question{Asker: by, Policy: p, Name: "Q", Until: time.Now().Add(10 * time.Second)}
}

// asker is who asks a question that question has made.
func (q *Question) asker() *asks { return q.Asker.(*asks) }

func dataIn(g Given) string {
	if g.Response == nil {
		return ""
	}
	return string(g.Response.Data)
}

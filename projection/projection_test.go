package projection_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/projection"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams"
)

// counter is an extension that counts the fields that gqlgen runs.
type counter struct{ fields atomic.Int64 }

func (*counter) ExtensionName() string                   { return "counter" }
func (*counter) Validate(graphql.ExecutableSchema) error { return nil }
func (c *counter) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	if !strings.HasPrefix(graphql.GetFieldContext(ctx).Field.Name, "__") {
		c.fields.Add(1)
	}
	return next(ctx)
}

// extension joins a projector to an executor.
type extension struct{ *projection.Projector }

func (extension) ExtensionName() string                   { return "projection" }
func (extension) Validate(graphql.ExecutableSchema) error { return nil }
func (e extension) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(e.Begin(ctx))
}

func (e extension) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil {
		return nil, err
	}
	return e.Project(ctx, value), nil
}

type gateway struct {
	schema   *ast.Schema
	services *demo.Services
	gqlgen   *executor.Executor
	both     *executor.Executor
}

// open builds the executor twice: gqlgen alone, and with what this package takes off it.
func open(t *testing.T) *gateway {
	t.Helper()
	services, err := demo.Start(demo.Options{Endpoints: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	c := upstreams.DefaultConfig()
	c.User.Transport.URLs = services.URLs(demo.User)
	c.Order.Transport.URLs = services.URLs(demo.Order)
	c.Product.Transport.URLs = services.URLs(demo.Product)
	c.Payment.Transport.URLs = services.URLs(demo.Payment)
	clients, err := upstreams.Open(c, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(clients.Close)
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: resolvers.New(clients, page.Limits{Default: 3, Max: 10})})
	edges, err := loaders.NewEdges(schema.Schema(), resolvers.Has)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{schema: schema.Schema(), services: services, gqlgen: executor.New(schema), both: executor.New(schema)}
	g.gqlgen.Use(loaders.NewExtension(clients, edges))
	g.both.Use(loaders.NewExtension(clients, edges))
	g.both.Use(extension{projection.New(schema.Schema(), resolvers.Has)})
	return g
}

func answer(t *testing.T, exec *executor.Executor, query string) string {
	t.Helper()
	ctx := graphql.StartOperationTrace(t.Context())
	operation, refused := exec.CreateOperationContext(ctx, &graphql.RawParams{
		Query: query, Variables: map[string]any{"yes": true, "no": false},
	})
	if refused != nil {
		t.Fatalf("%s\n%v", query, refused)
	}
	operation.DisableIntrospection = false
	next, ctx := exec.DispatchOperation(ctx, operation)
	response := next(ctx)
	return string(response.Data) + " " + response.Errors.Error()
}

func TestWhatIsWrittenIsWhatGqlgenWrites(t *testing.T) {
	g := open(t)
	// Records that leave out, null and change what they can.
	g.services.SetFault(demo.Product, demo.Fault{Query: "ids=2", Body: `[{"id": 2, "name": "\u0007 \"<é>\" \u2028"}, {"id": 20, "sku": null, "price": 1.50}]`})
	g.services.SetFault(demo.User, demo.Fault{Query: "ids=3", Body: `[{"id": 3, "role": "wizard", "address": {}, "created_at": "2026-01-02T03:04:05.678+02:00"}]`})
	for seed := range uint64(400) {
		query := (&author{random: rand.New(rand.NewPCG(seed, 1)), schema: g.schema}).operation()
		want, got := answer(t, g.gqlgen, query), answer(t, g.both, query)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s\nanswers (-gqlgen +with projection):\n%s", seed, query, diff)
		}
	}
}

func TestObjectsOfScalarsAreWrittenInOneGo(t *testing.T) {
	g := open(t)
	fields := func(exec *executor.Executor, query string) int {
		count := new(counter)
		exec.Use(count)
		answer(t, exec, query)
		return int(count.fields.Load())
	}
	const query = `{ products(first: 3) { nodes { id name price { amount currency } } } }`
	if got, want := fields(g.gqlgen, query), 1+1+3*(3+2); got != want {
		t.Errorf("gqlgen runs %d fields, want %d", got, want)
	}
	if got, want := fields(g.both, query), 1+1; got != want {
		t.Errorf("with projection gqlgen runs %d fields, want %d: the list and its nodes", got, want)
	}
}

// author writes random queries that fit the schema.
type author struct {
	random    *rand.Rand
	schema    *ast.Schema
	fragments []string
}

func (a *author) operation() string {
	roots := []string{
		`user(id: 3)`, `user(id: 7)`, `users(first: 2)`, `order(id: 5)`, `orders(first: 2)`, `orders(first: 1, userId: 7)`,
		`product(id: 2)`, `product(id: 20)`, `products(first: 2)`, `payment(id: 4)`, `product(id: 999999)`,
	}
	var out strings.Builder
	out.WriteString("query ($yes: Boolean!, $no: Boolean!) { v: __typename @include(if: $yes) w: __typename @skip(if: $no)")
	for i := range 1 + a.random.IntN(3) {
		root := roots[a.random.IntN(len(roots))]
		name, _, _ := strings.Cut(root, "(")
		fmt.Fprintf(&out, " r%d: %s %s", i, root, a.selection(a.schema.Query.Fields.ForName(name).Type.Name(), 4))
	}
	out.WriteString(" }")
	return out.String() + strings.Join(a.fragments, "")
}

func (a *author) selection(object string, depth int) string {
	definition := a.schema.Types[object]
	var parts []string
	for range 1 + a.random.IntN(5) {
		field := definition.Fields[a.random.IntN(len(definition.Fields))]
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		below := a.schema.Types[field.Type.Name()]
		part := field.Name
		if a.random.IntN(4) == 0 {
			part = fmt.Sprintf("a%d_%s: %s", len(parts), field.Name, field.Name)
		}
		part += []string{"", "", "", " @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"}[a.random.IntN(6)]
		if below.Kind == ast.Object {
			if depth == 0 {
				continue
			}
			part += " " + a.selection(below.Name, depth-1)
		}
		parts = append(parts, part)
	}
	parts = append(parts, "__typename")
	text := strings.Join(parts, " ")
	switch a.random.IntN(6) {
	case 0:
		text = "... on " + object + " { " + text + " }"
	case 1:
		name := fmt.Sprintf("F%d", len(a.fragments))
		a.fragments = append(a.fragments, "") // keep the name
		a.fragments[len(a.fragments)-1] = " fragment " + name + " on " + object + " { " + text + " }"
		text = "..." + name
	}
	return "{ " + text + " }"
}

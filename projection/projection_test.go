package projection_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/projection"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
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

// extension joins loaders and an enforcer to an executor, and a projector where there is one.
type extension struct {
	reads     *loaders.Tracker
	enforcer  *policy.Enforcer
	projector *projection.Projector
}

func (extension) ExtensionName() string                   { return "projection" }
func (extension) Validate(graphql.ExecutableSchema) error { return nil }
func (e extension) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	ctx = e.enforcer.Begin(ctx)
	if e.projector != nil {
		ctx = e.projector.Begin(ctx)
	}
	return e.reads.Answer(ctx, next)
}

func (e extension) InterceptField(ctx context.Context, next graphql.Resolver) (value any, err error) {
	edge := e.reads.Enter(ctx)
	defer func() { edge.Leave(value, err) }()
	decision, err := e.enforcer.Before(ctx)
	if err != nil || decision.Final {
		return decision.Instead, err
	}
	resolved, err := next(ctx)
	if err != nil {
		return nil, err
	}
	if resolved, err = e.enforcer.After(ctx, decision, resolved); err != nil || e.projector == nil {
		return resolved, err
	}
	return e.projector.Project(ctx, resolved), nil
}

type gateway struct {
	schema   *ast.Schema
	services *demo.Services
	reads    *loaders.Tracker
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
	enforcer := enforcerOf(t, schema.Schema())
	reads := loaders.NewTracker(loaders.NewReads(clients), edges)
	g := &gateway{schema: schema.Schema(), services: services, reads: reads, gqlgen: executor.New(schema), both: executor.New(schema)}
	g.gqlgen.Use(extension{reads: reads, enforcer: enforcer})
	g.both.Use(extension{reads, enforcer, projection.New(schema.Schema(), resolvers.Has, enforcer.Permit, policy.Directives())})
	return g
}

func enforcerOf(t *testing.T, schema *ast.Schema) *policy.Enforcer {
	t.Helper()
	fields, err := wire.Read(schema)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := policy.Read(schema, fields)
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewEnforcer(
		stated, func(ctx context.Context) policy.Records { return loaders.For(ctx) }, resolvers.Missing, new(policy.Pseudonyms))
}

// The callers of the tests.
var (
	everybody = auth.Principal{ID: "1", Scopes: []string{"users:read", "users:pii", "orders:read", "payments:read"}}
	customer  = auth.Principal{ID: "7"}
	callers   = []auth.Principal{{}, everybody, customer, {ID: "3"}, {ID: "3", Scopes: []string{"users:read"}}, {ID: "machine"}}
)

// answer is an answer's data, and its errors in an order: fields run side by side.
func answer(t *testing.T, exec *executor.Executor, who auth.Principal, query string) string {
	t.Helper()
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(t.Context(), who))
	operation, refused := exec.CreateOperationContext(ctx, &graphql.RawParams{
		Query: query, Variables: map[string]any{"yes": true, "no": false},
	})
	if refused != nil {
		t.Fatalf("%s\n%v", query, refused)
	}
	operation.DisableIntrospection = false
	next, ctx := exec.DispatchOperation(ctx, operation)
	response := next(ctx)
	lines := make([]string, len(response.Errors))
	for i, each := range response.Errors {
		lines[i] = each.Error()
	}
	slices.Sort(lines)
	return string(response.Data) + " " + strings.Join(lines, "\n")
}

func TestWhatIsWrittenIsWhatGqlgenWrites(t *testing.T) {
	g := open(t)
	// Records that leave out, null and change what they can.
	g.services.SetFault(demo.Product, demo.Fault{Query: "ids=2", Body: `[{"id": 2, "name": "\u0007 \"<é>\" \u2028"}, {"id": 20, "sku": null, "price": 1.50}]`})
	g.services.SetFault(demo.User, demo.Fault{Query: "ids=3", Body: `[{"id": 3, "role": "wizard", "address": {}, "created_at": "2026-01-02T03:04:05.678+02:00"}]`})
	for seed := range uint64(400) {
		query := (&author{random: rand.New(rand.NewPCG(seed, 1)), schema: g.schema}).operation()
		who := callers[seed%uint64(len(callers))]
		want, got := answer(t, g.gqlgen, who, query), answer(t, g.both, who, query)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s for %q\nanswers (-gqlgen +with projection):\n%s", seed, query, who.ID, diff)
		}
	}
}

// fields is how many fields gqlgen runs for a query.
func fields(t *testing.T, exec *executor.Executor, who auth.Principal, query string) int {
	t.Helper()
	count := new(counter)
	exec.Use(count)
	answer(t, exec, who, query)
	return int(count.fields.Load())
}

func TestObjectsOfScalarsAreWrittenInOneGo(t *testing.T) {
	g := open(t)
	const query = `{ products(first: 3) { nodes { id name price { amount currency } } } }`
	if got, want := fields(t, g.gqlgen, auth.Principal{}, query), 1+1+3*(3+2); got != want {
		t.Errorf("gqlgen runs %d fields, want %d", got, want)
	}
	if got, want := fields(t, g.both, auth.Principal{}, query), 1+1; got != want {
		t.Errorf("with projection gqlgen runs %d fields, want %d: the list and its nodes", got, want)
	}
	if got := fields(t, g.both, everybody, `{ payment(id: 4) { id status cardLast4 amount { amount } } }`); got != 1 {
		t.Errorf("with projection gqlgen runs %d fields, want 1: the payment", got)
	}
}

func TestWhatDependsOnTheRecordIsWrittenWhereItMayBe(t *testing.T) {
	g := open(t)
	const query = `{ user(id: 7) { id name email phone role } }`
	for name, c := range map[string]struct {
		who  auth.Principal
		want int
	}{
		"the user": {customer, 1}, "whoever has the scopes": {everybody, 1}, "somebody else": {auth.Principal{ID: "3"}, 1 + 2}, // what is denied does not run
	} {
		if got := fields(t, g.both, c.who, query); got != c.want {
			t.Errorf("for %s gqlgen runs %d fields, want %d", name, got, c.want)
		}
	}
	if got := answer(t, g.both, auth.Principal{ID: "3"}, query); !strings.Contains(got, `"email":null,"phone":null,"role":null`) {
		t.Errorf("somebody else gets %s", got)
	}
}

func TestOneRecordOfAListDecidesAboutAllOfIt(t *testing.T) {
	g := open(t)
	const query = `{ users(first: 3) { nodes { id email } } }`
	who := auth.Principal{ID: "2", Scopes: []string{"users:read"}}
	got := answer(t, g.both, who, query)
	if want := answer(t, g.gqlgen, who, query); got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	if strings.Count(got, `"email":null`) != 2 {
		t.Errorf("the answer is %s, want one address of three", got)
	}
}

func TestADirectiveThatNobodyObeysIsLeftToGqlgen(t *testing.T) {
	g := open(t)
	enforcer := enforcerOf(t, g.schema)
	exec := *g.gqlgen
	exec.Use(extension{g.reads, enforcer, projection.New(g.schema, resolvers.Has, enforcer.Permit, []string{"owner"})})
	if got, want := fields(t, &exec, customer, `{ user(id: 7) { id email } }`), 1+2; got != want {
		t.Errorf("gqlgen runs %d fields, want %d: @sensitive is not among what is obeyed", got, want)
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

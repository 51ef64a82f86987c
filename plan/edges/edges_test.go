package edges_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/plan/edges"
)

// roots is what the methods of the tests stand beside.
const roots = `package resolvers

import "example.com/graph"

type Root struct{ pages page.Limits }

type (
	queryResolver             struct{ *Root }
	mutationResolver          struct{ *Root }
	userResolver              struct{ *Root }
	payload                   struct{}
	connectionResolver[T any] struct{}
	edgeResolver[T any]       struct{}
)

func (r *Root) Query() graph.QueryResolver                   { return &queryResolver{r} }
func (r *Root) Mutation() graph.MutationResolver             { return &mutationResolver{r} }
func (r *Root) User() graph.UserResolver                     { return &userResolver{r} }
func (r *Root) Payload() graph.PayloadResolver               { return payload{} }
func (r *Root) UserConnection() graph.UserConnectionResolver { return connectionResolver[user.User]{} }
func (r *Root) UserEdge() graph.UserEdgeResolver             { return edgeResolver[user.User]{} }
`

const helpers = `package resolvers

func connection[T any](ctx context.Context) {}
func mine[T any](ctx context.Context)       {}
func given[T any](value *T) T               { return *value }
`

const imports = `package resolvers

import (
	"context"

	"example.com/loaders"
	"example.com/page"
	"example.com/upstreams/record"
)

`

// source is a package with one file of methods.
func source(methods string) fstest.MapFS {
	if !strings.HasPrefix(methods, "package ") {
		methods = imports + methods
	}
	return fstest.MapFS{
		"resolvers.go": {Data: []byte(roots)},
		"helpers.go":   {Data: []byte(helpers)},
		"methods.go":   {Data: []byte(methods)},
	}
}

func read(t *testing.T, from fstest.MapFS) *edges.Edges {
	t.Helper()
	e, err := edges.Read(from)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// query and user are the heads of methods of the query and of a user, with the arguments of a connection.
const (
	query = `func (r *queryResolver) F(ctx context.Context, first *int32, after *string, id *record.ID) (x *T, err error) { `
	user  = `func (r *userResolver) F(ctx context.Context, u *user.User, first *int32, after *string) (*T, error) { `
	page  = `return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, `
)

func TestAPlainResolverIsAnEdge(t *testing.T) {
	ofUser, ofQuery := []string{"first", "after"}, []string{"first", "after", "id"}
	for _, c := range []struct {
		name, object, method string
		want                 edges.Edge
	}{
		{
			"by a member", "User", user + `return loaders.For(ctx).Team.Load(ctx, u.TeamID) }`,
			edges.Edge{Kind: edges.ByMember, Read: "Team", Key: edges.Value{Member: "TeamID"}, Arguments: ofUser},
		},
		{
			"by an argument", "Query", `func (r *queryResolver) F(c context.Context, id record.ID) (*T, error) { return loaders.For(c).User.Load(c, id) }`,
			edges.Edge{Kind: edges.ByArgument, Read: "User", Key: edges.Value{Argument: "id"}, Arguments: []string{"id"}},
		},
		{
			"by an argument, below an object", "User", `func (userResolver) F(ctx context.Context, _ *user.User, a, b record.ID) (*T, error) { return loaders.For(ctx).User.Load(ctx, b) }`,
			edges.Edge{Kind: edges.ByArgument, Read: "User", Key: edges.Value{Argument: "b"}, Arguments: []string{"a", "b"}},
		},
		{
			"the caller's own", "Query", `func (r *queryResolver) F(ctx context.Context) (*T, error) { return mine(ctx, loaders.For(ctx).User) }`,
			edges.Edge{Kind: edges.Own, Read: "User"},
		},
		{
			"at hand", "User", `func (r *userResolver) F(_ context.Context, u *user.User) ([]*T, error) { return u.Teams, nil }`,
			edges.Edge{Kind: edges.AtHand, Key: edges.Value{Member: "Teams"}},
		},
		{
			"at hand, in a payload", "Payload", `func (payload) F(_ context.Context, p *graph.Payload) (*T, error) { return p.User, nil }`,
			edges.Edge{Kind: edges.AtHand, Key: edges.Value{Member: "User"}},
		},
		{
			"a connection's nodes", "UserConnection", `func (connectionResolver[T]) Nodes(_ context.Context, c *page.Connection[T]) ([]*T, error) { return c.Nodes(), nil }`,
			edges.Edge{Kind: edges.AtHand, Key: edges.Value{Method: "Nodes"}},
		},
		{
			"a connection's edges", "UserConnection", `func (connectionResolver[T]) Edges(_ context.Context, c *page.Connection[T]) ([]*page.Edge[T], error) { return c.Edges(), nil }`,
			edges.Edge{Kind: edges.AtHand, Key: edges.Value{Method: "Edges"}},
		},
		{
			"an edge's node", "UserEdge", `func (edgeResolver[T]) Node(_ context.Context, e *page.Edge[T]) (*T, error) { return e.Node, nil }`,
			edges.Edge{Kind: edges.AtHand, Key: edges.Value{Member: "Node"}},
		},
		{
			"a page of all", "Query", query + page + `record.Part{}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Arguments: ofQuery},
		},
		{
			"a page of a member", "User", user + page + `record.Part{Of: u.ID}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Of: edges.Value{Member: "ID"}, Arguments: ofUser},
		},
		{
			"a page of an argument that may be null", "Query", query + page + `record.Part{Of: given(id)}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Of: edges.Value{Argument: "id"}, Arguments: ofQuery},
		},
		{
			"a page of an argument", "Query", query + page + `record.Part{Of: id}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Of: edges.Value{Argument: "id"}, Arguments: ofQuery},
		},
		{
			"a page by name", "Query", query + page + `record.Part{Named: given(id)}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Named: edges.Value{Argument: "id"}, Arguments: ofQuery},
		},
		{
			"a page of a member, by name", "User", user + page + `record.Part{Named: given(after), Of: u.ID}) }`,
			edges.Edge{Kind: edges.Page, Read: "Orders", Of: edges.Value{Member: "ID"}, Named: edges.Value{Argument: "after"}, Arguments: ofUser},
		},
		{
			"an explicit name of an import", "Query", strings.Replace(imports, `"example.com/loaders"`, `loaders "example.com/loaders"`, 1) +
				`func (r *queryResolver) F(ctx context.Context) (*T, error) { return mine(ctx, loaders.For(ctx).User) }`,
			edges.Edge{Kind: edges.Own, Read: "User"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := read(t, source(c.method))
			field := fieldOf(c.method)
			got, ok := e.Edge(c.object, field)
			if why := e.Why(c.object, field); !ok || why != "" {
				t.Fatalf("it is no edge: it %s", why)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// fieldOf is the name of the one method, which begins in lower case in the schema.
func fieldOf(method string) string {
	for _, name := range []string{"Nodes", "Edges", "Node"} {
		if strings.Contains(method, ") "+name+"(") {
			return strings.ToLower(name)
		}
	}
	return "f"
}

func TestAFieldGoesByItsNameApartFromCase(t *testing.T) {
	e := read(t, source(user+`return loaders.For(ctx).Team.Load(ctx, u.TeamID) }
		func (r *userResolver) TeamID(ctx context.Context, u *user.User) (*T, error) { return loaders.For(ctx).Team.Load(ctx, u.TeamID) }`))
	if _, ok := e.Edge("User", "teamId"); !ok {
		t.Error("teamId is no edge")
	}
}

func TestAnEdgeTakesTheArgumentsOfTheSchemaInTheirOrder(t *testing.T) {
	edge := edges.Edge{Arguments: []string{"first", "userID"}}
	for _, c := range []struct {
		arguments []string
		want      bool
	}{
		{[]string{"first", "userId"}, true},
		{[]string{"userId", "first"}, false}, // gqlgen would hand the one over as the other
		{[]string{"first"}, false},
		{[]string{"first", "userId", "after"}, false},
		{[]string{"first", "ofUser"}, false},
		{nil, false},
	} {
		if got := edge.Takes(c.arguments...); got != c.want {
			t.Errorf("Takes(%q) = %t", c.arguments, got)
		}
	}
}

func TestAKindHasAName(t *testing.T) {
	for kind, want := range map[edges.Kind]string{
		edges.ByMember: "by member", edges.ByArgument: "by argument", edges.Own: "own", edges.AtHand: "at hand", edges.Page: "page",
		0: "unknown",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is called %q, want %q", kind, got, want)
		}
	}
}

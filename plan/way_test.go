package plan_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/resolvers"
)

func TestEveryFieldOfTheProgramsSchemaIsPlanned(t *testing.T) {
	if got := open(t).planner.Unplanned(); got != nil {
		t.Errorf("gqlgen has to run %v", got)
	}
}

// What a schema's author may write, and what of it gqlgen runs.
func TestWhatPlansDoNotCoverIsNamed(t *testing.T) {
	only := func(field, why string) []plan.Unplanned { return []plan.Unplanned{{Field: field, Why: why}} }
	for name, c := range map[string]struct {
		changes []change
		want    []plan.Unplanned
	}{
		"an edge that must be there": {
			[]change{{`product: Product @from`, `product: Product! @from`}},
			only("OrderItem.product", "it must be nullable: the service may not answer"),
		},
		"money that must be there": {
			[]change{{`price: Money @from`, `price: Money! @from`}}, only("Product.price", "it must be nullable: the record may lack it"),
		},
		"a page that must be there": {
			[]change{{`): ProductConnection`, `): ProductConnection!`}},
			only("Query.products", "it must be a connection, and nullable: the list may be missing"),
		},
		"another argument": {
			[]change{{"\"The product's id.\"\n    id: ID!", "key: ID!"}},
			only("Query.product", "its resolver has other parameters than the field has arguments"),
		},
		"one argument more": {
			[]change{{"\"Only the products of this category.\"\n    category: String", "category: String, sort: String"}},
			only("Query.products", "its resolver has other parameters than the field has arguments"),
		},
		"an argument without a resolver": {
			[]change{{"sku: String", "sku(long: Boolean): String"}}, only("Product.sku", "it takes arguments and has no resolver"),
		},
		"a number as another": {
			[]change{{"stock: Int", "stock: Float"}}, only("Product.stock", "a *int32 is not shown as Float by plans"),
		},
		"more of a page": {
			[]change{{"type OrderConnection @cost(weight: \"0\") {", "type OrderConnection { count: Int"}},
			only("OrderConnection.count", "connections have no such field"),
		},
		"more of an end": {
			[]change{{"type OrderEdge @cost(weight: \"0\") {", "type OrderEdge { place: Int"}}, only("OrderEdge.place", "edges have no such field"),
		},
		"a directive of somebody's": {
			[]change{{"sku: String", "sku: String @upper"}, {"\"What can be read.\"", "directive @upper on FIELD_DEFINITION\n\"What can be read.\""}},
			only("Product.sku", "it has the directive @upper, which gqlgen runs"),
		},
		"what only mutations lead to": {
			[]change{{"type CancelOrderPayload {", "type CancelOrderPayload { note(long: Boolean): String"}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, open(t, c.changes...).planner.Unplanned()); diff != "" {
				t.Errorf("gqlgen runs (-want +got):\n%s", diff)
			}
		})
	}
}

// rewritten are the resolvers with some of their text changed.
func rewritten(t *testing.T, file string, c change) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(resolvers.Source(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(resolvers.Source(), path)
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(out[file].Data)
	if !strings.Contains(text, c.from) {
		t.Fatalf("%s does not say %q", file, c.from)
	}
	out[file].Data = []byte(strings.Replace(text, c.from, c.to, 1))
	return out
}

func TestWhatAResolverDoesDecidesWhoRunsIt(t *testing.T) {
	const load = "return loaders.For(ctx).User.Load(ctx, o.UserID)"
	for name, c := range map[string]struct{ to, why string }{
		"as it is":       {load, ""},
		"a condition":    {"if o.UserID == 1 {\n\t\treturn nil, nil\n\t}\n\t" + load, "its resolver has 2 statements"},
		"another reader": {"return loaders.For(ctx).Users.Load(ctx, o.UserID)", "its resolver loads by Users, which does not read by ids"},
		"no reader":      {"return loaders.For(ctx).Teams.Load(ctx, o.UserID)", "its resolver loads by Teams, which does not read by ids"},
	} {
		t.Run(name, func(t *testing.T) {
			with := usual()
			with.source = rewritten(t, "order.go", change{load, c.to})
			s := build(t, with)
			var want []plan.Unplanned
			refused := ""
			if c.why != "" {
				want = []plan.Unplanned{{Field: "Order.user", Why: c.why}}
				refused = "Query.order: Order.user: " + c.why
			}
			if diff := cmp.Diff(want, s.planner.Unplanned()); diff != "" {
				t.Errorf("gqlgen runs (-want +got):\n%s", diff)
			}
			if _, err := s.planner.Compile(s.operation(t, `{ order(id: 71) {user {id}} }`, nil)); message(err) != refused {
				t.Errorf("an operation with it says %q, want %q", message(err), refused)
			}
			if _, err := s.planner.Compile(s.operation(t, `{ order(id: 71) {id payment {id}} }`, nil)); err != nil {
				t.Errorf("an operation without it says %v", err)
			}
		})
	}
}

// An argument that a plan cannot read as gqlgen does leaves its field to gqlgen, also where the resolver makes nothing of it.
func TestArgumentsThatPlansDoNotReadLeaveTheFieldToGqlgen(t *testing.T) {
	const said, parameter = "\"Only the products of this category.\"\n    category: String", "category *string"
	for argument, c := range map[string]struct {
		parameter string
		planned   bool
	}{
		"word: String": {"word *string", true}, "of: ID": {"of *record.ID", true},
		"fresh: Boolean": {"fresh *bool", false}, "above: Int": {"above *int32", false}, "above: Float": {"above *float64", false},
		"of: [ID!]": {"of []record.ID", false}, "words: [String]": {"words []*string", false}, "status: OrderStatus": {"status *order.OrderStatus", false},
		"at: DateTime": {"at *time.Time", false},
	} {
		with := usual(change{said, said + ", " + argument})
		with.source = rewritten(t, "product.go", change{parameter, parameter + ", " + c.parameter})
		if got := build(t, with).planner.Unplanned(); (len(got) == 0) != c.planned {
			t.Errorf("with the argument %s, gqlgen runs %v, want its field: %t", argument, got, !c.planned)
		}
	}
}

// The policy goes by what a field says that it is made of, and calls go by the resolver.
func TestAResolverThatGoesByAnotherMemberIsAMistake(t *testing.T) {
	parts := open(t).parts
	written, err := edges.Read(rewritten(t, "order.go", change{"User.Load(ctx, o.UserID)", "User.Load(ctx, o.ID)"}))
	if err != nil {
		t.Fatal(err)
	}
	parts.Edges = written
	const want = "Order.user: @from names user_id, and its resolver goes by ID"
	if _, err := plan.New(parts); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("New says %v, want %s", err, want)
	}
}

func TestAConnectionsOwnResolverIsRun(t *testing.T) {
	with := usual()
	with.source = rewritten(t, "connection.go", change{"	return c.Nodes(), nil", "	return c.Nodes()[:0], nil"})
	var got []string
	for _, each := range build(t, with).planner.Unplanned() {
		got = append(got, each.Field+": "+each.Why)
	}
	const why = ".nodes: its resolver does not hand on what its page has"
	if diff := cmp.Diff([]string{"OrderConnection" + why, "UserConnection" + why}, got); diff != "" {
		t.Errorf("gqlgen runs (-want +got):\n%s", diff)
	}
}

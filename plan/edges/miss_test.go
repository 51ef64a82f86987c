package edges_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

const (
	noMember  = "returns something that is no member of its object"
	noLoad    = "returns something that is not a load"
	noLoaders = "does not load by the package loaders"
	noField   = "loads from something that is not a field of loaders.For(ctx)"
	noContext = "does not load by its own context and a key"
	noKey     = "loads by a key that is neither a member of its object nor an argument"
	noPages   = "does not bound its page by Root's pages"
	noBegin   = "does not begin its page where the arguments first and after say"
	noPart    = "does not say by a record.Part{…} which part of the list it loads"
	noValue   = "has a part of the list that is neither of a member of its object nor of an argument"
	noNodes   = "calls what is not a connection's Nodes or Edges"
	noType    = "is a method of a type that is not struct{ *Root } or struct{}"
)

func TestANearMissIsNoEdge(t *testing.T) {
	load := `return loaders.For(ctx).Team.Load(ctx, u.TeamID) }`
	head := func(rest string) string { return `func (r *userResolver) F(` + rest + ` { ` }
	for _, c := range []struct{ name, method, want string }{
		// The body.
		{"nothing", user + `}`, "has 0 statements"},
		{"two statements", user + `u = other(u); ` + load, "has 2 statements"},
		{"an error that is looked at", user + `t, err := loaders.For(ctx).Team.Load(ctx, u.TeamID); if err != nil { return nil, err }; return t, nil }`, "has 3 statements"},
		{"a condition", user + `if u.TeamID == 0 { return nil, nil } else { ` + load + ` }`, "does not return at once"},
		{"a block", user + `{ ` + load + ` }`, "does not return at once"},
		{"no body", strings.TrimSuffix(user, "{ "), "has no body"},
		{"a bare return", user + `return }`, "returns 0 values"},
		{"three values", user + `return u.Team, nil, nil }`, "returns 3 values"},

		// What is at hand.
		{"a constant", user + `return nil, nil }`, noMember},
		{"a member of a member", user + `return u.Team.Lead, nil }`, noMember},
		{"the object itself", user + `return u, nil }`, noMember},
		{"a part of a member", user + `return u.Teams[0], nil }`, noMember},
		{"the address of a member", user + `return &u.Team, nil }`, noMember},
		{"a member in brackets", user + `return (u.Team), nil }`, noMember},
		{"a member of Root", user + `return r.Team, nil }`, noMember},
		{"a member of what an argument has", user + `return after.Team, nil }`, noMember},
		{"an error of its own", user + `return u.Team, errTeam }`, "returns an error of its own"},
		{"another nil", head(`ctx context.Context, u *user.User, nil error) (*T, error)`) + `return u.Team, nil }`, "returns an error of its own"},
		{"another nil, of a result", head(`ctx context.Context, u *user.User) (t *T, nil error)`) + `return u.Team, nil }`, "returns an error of its own"},
		{"another nil, of the package", user + `return u.Team, nil }; var nil = errTeam`, "returns an error of its own"},
		{"a method", user + `return u.Team(), nil }`, noNodes},
		{"Nodes of something else", user + `return u.Nodes(), nil }`, noNodes},
		{"Nodes of something generic", head(`ctx context.Context, u *page.List[T]) (*T, error)`) + `return u.Nodes(), nil }`, noNodes},
		{"another method of a connection", head(`ctx context.Context, u *page.Connection[T]) (*T, error)`) + `return u.Records(), nil }`, noNodes},
		{"Nodes with an argument", head(`ctx context.Context, u *page.Connection[T]) (*T, error)`) + `return u.Nodes(1), nil }`, noNodes},
		{"a connection of another package", head(`ctx context.Context, u *user.Connection[T]) (*T, error)`) + `return u.Nodes(), nil }`, noNodes},
		{"a connection of this package", head(`ctx context.Context, u *Connection[T]) (*T, error)`) + `return u.Nodes(), nil }`, noNodes},
		{"Nodes of no pointer", head(`ctx context.Context, u page.Connection[T]) (*T, error)`) + `return u.Nodes(), nil }`, noNodes},

		// Loads.
		{"no call", user + `return u.Load }`, "returns something that is not a call"},
		{"another function", user + `return load(ctx, u.TeamID) }`, noLoad},
		{"another method", user + `return loaders.For(ctx).Team.LoadThunk(ctx, u.TeamID) }`, noLoad},
		{"a load that is wrapped", user + `return wrap(loaders.For(ctx).Team.Load(ctx, u.TeamID)) }`, noLoad},
		{"a load by types", user + `return loaders.For(ctx).Team.Load[T](ctx, u.TeamID) }`, noLoad},
		{"a function at once", user + `return func() (*T, error) { ` + load + `() }`, noLoad},
		{"a list of keys", user + `return loaders.For(ctx).Team.Load(ctx, after...) }`, "hands on a list of arguments"},
		{"a loader of Root", user + `return r.loaders.Load(ctx, u.TeamID) }`, noField},
		{"a variable of the package", user + `return team.Load(ctx, u.TeamID) }`, noField},
		{"what For returns", user + `return loaders.For(ctx).Load(ctx, u.TeamID) }`, noField},
		{"a loader within a loader", user + `return loaders.For(ctx).Team.Inner.Load(ctx, u.TeamID) }`, noField},
		{"a loader that a method gives", user + `return loaders.For(ctx).Team().Load(ctx, u.TeamID) }`, noField},
		{"a loader in brackets", user + `return (loaders.For(ctx)).Team.Load(ctx, u.TeamID) }`, noField},
		{"another function of loaders", user + `return loaders.Of(ctx).Team.Load(ctx, u.TeamID) }`, noLoaders},
		{"For of another package", user + `return record.For(ctx).Team.Load(ctx, u.TeamID) }`, noLoaders},
		{"a parameter called loaders", head(`ctx context.Context, u *user.User, loaders T) (*T, error)`) + load, noLoaders},
		{"a receiver called loaders", `func (loaders *userResolver) F(ctx context.Context, u *user.User) (*T, error) { ` + load, noLoaders},
		{"a result called loaders", head(`ctx context.Context, u *user.User) (loaders *T, err error)`) + load, noLoaders},
		{"a variable called loaders", user + load + `; var other, loaders = 1, 2`, noLoaders},
		{"another import called loaders", strings.Replace(imports, `"example.com/loaders"`, `loaders "example.com/fetch"`, 1) + user + load, noLoaders},
		{"an import by another name", strings.Replace(imports, `"example.com/loaders"`, `l "example.com/loaders"`, 1) + user + load, noLoaders},
		{"no import", strings.Replace(imports, `"example.com/loaders"`, "", 1) + user + load, noLoaders},
		{"another import that ends so", strings.Replace(imports, `example.com/loaders`, `example.com/preloaders`, 1) + user + load, noLoaders},
		{"loaders of another context", user + `return loaders.For(r.ctx).Team.Load(ctx, u.TeamID) }`, "loads by another context than its own"},
		{"loaders of no context", user + `return loaders.For().Team.Load(ctx, u.TeamID) }`, "loads by another context than its own"},
		{"another context", user + `return loaders.For(ctx).Team.Load(context.WithoutCancel(ctx), u.TeamID) }`, noContext},
		{"a key too many", user + `return loaders.For(ctx).Team.Load(ctx, u.TeamID, u.ID) }`, noContext},
		{"no key", user + `return loaders.For(ctx).Team.Load(ctx) }`, noContext},
		{"a key that is made", user + `return loaders.For(ctx).Team.Load(ctx, u.TeamID+1) }`, noKey},
		{"a key that is called", user + `return loaders.For(ctx).Team.Load(ctx, u.TeamID()) }`, noKey},
		{"a key that is converted", user + `return loaders.For(ctx).Team.Load(ctx, record.ID(u.TeamID)) }`, noKey},
		{"a key behind a pointer", user + `return loaders.For(ctx).Team.Load(ctx, *u.TeamID) }`, noKey},
		{"a key of a member", user + `return loaders.For(ctx).Team.Load(ctx, u.Team.ID) }`, noKey},
		{"a key of an argument", user + `return loaders.For(ctx).Team.Load(ctx, after.ID) }`, noKey},
		{"a key of the receiver", user + `return loaders.For(ctx).Team.Load(ctx, r.ID) }`, noKey},
		{"a constant key", user + `return loaders.For(ctx).Team.Load(ctx, 7) }`, noKey},
		{"a key of the package", user + `return loaders.For(ctx).Team.Load(ctx, everybody) }`, noKey},
		{"the object as a key", user + `return loaders.For(ctx).Team.Load(ctx, u) }`, noKey},
		{"an object without a name", head(`ctx context.Context, _ *user.User) (*T, error)`) + `return loaders.For(ctx).Team.Load(ctx, _.ID) }`, noKey},
		{"a context without a name", head(`context.Context, *user.User) (*T, error)`) + load, "loads by another context than its own"},

		// The caller's own.
		{"own of another context", user + `return mine(r.ctx, loaders.For(ctx).User) }`, "does not call mine with its own context and a load"},
		{"own with more", user + `return mine(ctx, loaders.For(ctx).User, u) }`, "does not call mine with its own context and a load"},
		{"own of something", user + `return mine(ctx, u.Loader) }`, noField},
		{"own of a method", user + `return mine(ctx, loaders.For(ctx).User.Load) }`, noField},
		{"own by types", user + `return mine[T](ctx, loaders.For(ctx).User) }`, noLoad},
		{"another mine", head(`ctx context.Context, u *user.User, mine T) (*T, error)`) + `return mine(ctx, loaders.For(ctx).User) }`, noLoad},
		{"an import called mine", strings.Replace(imports, "import (", "import (\nmine \"example.com/mine\"\n", 1) + user + `return mine(ctx, loaders.For(ctx).User) }`, noLoad},
		{"mine twice", user + `return mine(ctx, loaders.For(ctx).User) }; var mine = mine`, noLoad},
		{"mine of Root", user + `return r.mine(ctx, loaders.For(ctx).User) }`, noLoad},

		// Pages.
		{"other bounds", user + `return connection(ctx, bounds, first, after, loaders.For(ctx).Orders, record.Part{}) }`, noPages},
		{"bounds of the object", user + `return connection(ctx, u.pages, first, after, loaders.For(ctx).Orders, record.Part{}) }`, noPages},
		{"other bounds of Root", user + `return connection(ctx, r.wide, first, after, loaders.For(ctx).Orders, record.Part{}) }`, noPages},
		{"bounds that are spelt out", user + `return connection(ctx, r.Root.pages, first, after, loaders.For(ctx).Orders, record.Part{}) }`, noPages},
		{"bounds without a name", `func (*userResolver) F(ctx context.Context, u *user.User, first *int32, after *string) (*T, error) { ` + page + `record.Part{}) }`, noPages},
		{"first is fixed", user + `return connection(ctx, r.pages, nil, after, loaders.For(ctx).Orders, record.Part{}) }`, noBegin},
		{"first and after are swapped", user + `return connection(ctx, r.pages, after, first, loaders.For(ctx).Orders, record.Part{}) }`, noBegin},
		{"first is a member", user + `return connection(ctx, r.pages, u.First, after, loaders.For(ctx).Orders, record.Part{}) }`, noBegin},
		{"first is no argument", head(`ctx context.Context, first *user.User, after *string) (*T, error)`) + page + `record.Part{}) }`, noBegin},
		{"no part", user + `return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders) }`, "does not call connection with its own context and five values more"},
		{"a page of another context", user + `return connection(r.ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{}) }`, "does not call connection with its own context and five values more"},
		{"a page that a function loads", user + `return connection(ctx, r.pages, first, after, func() {}, record.Part{}) }`, noField},
		{"a part of the package", user + page + `everything) }`, noPart},
		{"a part behind a pointer", user + page + `&record.Part{}) }`, noPart},
		{"another type", user + page + `record.Whole{}) }`, noPart},
		{"another package's part", user + page + `page.Part{}) }`, noPart},
		{"a part of this package", user + page + `Part{}) }`, noPart},
		{"a parameter called record", head(`ctx context.Context, u *user.User, first *int32, after *string, record T) (*T, error)`) + page + `record.Part{}) }`, noPart},
		{"a part without names", user + page + `record.Part{0, 0, u.ID, ""}) }`, "has a part of the list whose values have no names"},
		{"a part with a limit", user + page + `record.Part{Of: u.ID, Limit: 5}) }`, "has a part of the list with other fields than Of and Named"},
		{"a constant part", user + page + `record.Part{Of: 7}) }`, noValue},
		{"a part of a member's member", user + page + `record.Part{Of: u.Team.ID}) }`, noValue},
		{"a part by a conversion", user + page + `record.Part{Named: string(u.Kind)}) }`, noValue},
		{"a part by what the object has not for sure", user + page + `record.Part{Of: given(u.TeamID)}) }`, noValue},
		{"a part by two values", user + page + `record.Part{Of: given(first, after)}) }`, noValue},
		{"a part by what a list gives", user + page + `record.Part{Of: given(after...)}) }`, noValue},
		{"another given", head(`ctx context.Context, u *user.User, first *int32, after *string, given T) (*T, error)`) + page + `record.Part{Of: given(after)}) }`, noValue},
		{"given of another package", user + page + `record.Part{Of: record.given(after)}) }`, noValue},
		{"another function than given", user + page + `record.Part{Of: taken(after)}) }`, noValue},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := read(t, source(c.method))
			if edge, ok := e.Edge("User", "f"); ok {
				t.Errorf("it is an edge: %+v", edge)
			}
			if got := e.Why("User", "f"); got != c.want {
				t.Errorf("it %s, want: it %s", got, c.want)
			}
		})
	}
}

func TestAQueryHasNoObject(t *testing.T) {
	e := read(t, source(`func (r *queryResolver) F(ctx context.Context, u *user.User) (*T, error) { return u.Team, nil }`))
	if got := e.Why("Query", "f"); got != noMember {
		t.Errorf("it %s", got)
	}
}

func TestAnObjectThatRootDoesNotGivePlainlyHasNoEdges(t *testing.T) {
	method := `func (r *teamResolver) F(ctx context.Context, t *user.Team) (*T, error) { return t.Lead, nil }; `
	plain := `type teamResolver struct{ *Root }; `
	more, other := "is given by Root.Team, which does more than return it", "is given by Root.Team, which makes it of something else than Root"
	for _, c := range []struct{ name, roots, want string }{
		{"plain", plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, ""},
		{"of a value", plain + `func (r *Root) Team() graph.TeamResolver { return teamResolver{r} }`, ""},
		{"of nothing", `type teamResolver struct{}; func (*Root) Team() graph.TeamResolver { return teamResolver{} }`, ""},
		{"no method", plain, "was not found in the source"},
		{"a method of something else", plain + `func (r *Other) Team() graph.TeamResolver { return &teamResolver{r} }`, "was not found in the source"},
		{"a private method", plain + `func (r *Root) team() graph.TeamResolver { return &teamResolver{r} }`, "was not found in the source"},
		{"another type", plain + `type other struct{}; func (r *Root) Team() graph.TeamResolver { return other{} }`, "was not found in the source"},
		{"two statements", plain + `func (r *Root) Team() graph.TeamResolver { wide(r); return &teamResolver{r} }`, more},
		{"a function", plain + `func (r *Root) Team() graph.TeamResolver { return newTeam(r) }`, more},
		{"a variable", plain + `func (r *Root) Team() graph.TeamResolver { return team }`, more},
		{"a parameter", plain + `func (r *Root) Team(x int) graph.TeamResolver { return &teamResolver{r} }`, more},
		{"two results", plain + `func (r *Root) Team() (graph.TeamResolver, error) { return &teamResolver{r}, nil }`, more},
		{"another interface", plain + `func (r *Root) Team() graph.OtherResolver { return &teamResolver{r} }`, more},
		{"an interface of this package", plain + `func (r *Root) Team() TeamResolver { return &teamResolver{r} }`, more},
		{"another Root", plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{wide} }`, other},
		{"a Root by name", plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{Root: r} }`, other},
		{"a Root without a name", plain + `func (*Root) Team() graph.TeamResolver { return &teamResolver{_} }`, other},
		{"a type with fields", `type teamResolver struct{ *Root; pages page.Limits }; func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"a type with another base", `type teamResolver struct{ *Base }; func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"a type with a name for Root", `type teamResolver struct{ root *Root }; func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"a type with a Root of its own", `type teamResolver struct{ Root }; func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"no struct", `type teamResolver []int; func (r *Root) Team() graph.TeamResolver { return teamResolver{} }`, noType},
		{"an alias", `type teamResolver = struct{}; func (r *Root) Team() graph.TeamResolver { return teamResolver{} }`, noType},
		{"a type of another package", plain + `func (r *Root) Team() graph.TeamResolver { return &user.TeamResolver{r} }`, noType},
		{"a type that nobody declares", `func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"two types", plain + plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }`, noType},
		{"two methods", plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }; func (r *Root) TEAM() graph.TEAMResolver { return &teamResolver{r} }`, "is given by two methods of Root that differ in case only"},
		{"the field twice", plain + `func (r *Root) Team() graph.TeamResolver { return &teamResolver{r} }; ` + method, "is one of two methods that differ in case only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, source(imports+method+c.roots)).Why("Team", "f"); got != c.want {
				t.Errorf("it %q, want %q", got, c.want)
			}
		})
	}
}

func TestAPageNeedsAResolverThatHasRoot(t *testing.T) {
	from := source(user + page + `record.Part{}) }`)
	from["resolvers.go"].Data = []byte(strings.Replace(roots, "&userResolver{r}", "&userResolver{}", 1))
	if got := read(t, from).Why("User", "f"); got != noPages {
		t.Errorf("it %s", got)
	}
}

func TestHelpersAreFunctionsOfThePackage(t *testing.T) {
	for _, c := range []struct{ name, helpers string }{
		{"none", ""},
		{"variables", `var connection, mine, given = 1, 2, 3`},
		{"types", `type ( connection int; mine int; given int )`},
		{"methods", `func (r *Root) connection() {}; func (r *Root) mine() {}; func (r *Root) given() {}`},
		{"in a file that may be left out", helpers},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := source(user + page + `record.Part{}) }; func (r *userResolver) G(ctx context.Context) (*T, error) { return mine(ctx, loaders.For(ctx).User) }`)
			from["helpers.go"].Data = []byte("//go:build linux\n\n" + helpers)
			if c.helpers != helpers {
				from["helpers.go"].Data = []byte("package resolvers\n" + c.helpers)
			}
			e := read(t, from)
			for _, field := range []string{"f", "g"} {
				if got := e.Why("User", field); got != noLoad {
					t.Errorf("%s %s", field, got)
				}
			}
		})
	}
}

func TestMutationsAndSubscriptionsAreNoEdges(t *testing.T) {
	e := read(t, source(`func (r *mutationResolver) F(ctx context.Context, id record.ID) (*T, error) { return loaders.For(ctx).User.Load(ctx, id) }`))
	for object, want := range map[string]string{"Mutation": "is a mutation", "Subscription": "is a subscription"} {
		if _, ok := e.Edge(object, "f"); ok {
			t.Errorf("%s.f is an edge", object)
		}
		if got := e.Why(object, "f"); got != want {
			t.Errorf("%s.f %s", object, got)
		}
	}
}

func TestWhatMayNotBeInTheProgramIsLeftOut(t *testing.T) {
	method := imports + user + `return u.Team, nil }`
	for _, c := range []struct{ name, file, text string }{
		{"a test", "user_test.go", method},
		{"a test that is no Go", "user_test.go", "no Go"},
		{"a constraint", "user.go", "//go:build linux\n\n" + method},
		{"an old constraint", "user.go", "// +build linux\n\n" + method},
		{"a folder", "below/user.go", method},
		{"another kind of file", "user.txt", method},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := source("")
			from[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			if got := read(t, from).Why("User", "f"); got != "was not found in the source" {
				t.Errorf("it %s", got)
			}
		})
	}
}

package answers

import (
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/policy"
)

// The schemas and operations are those of Apollo Server's documentation of server-side caching, and of its tests.
func TestHintsComposeAsApolloHasIt(t *testing.T) {
	const (
		post = `
			type Query { latestPost: Post }
			type Post {
				id: ID!
				title: String
				author: Author
				votes: Int @cacheControl(maxAge: 30)
				comments: [Comment]
				readByCurrentUser: Boolean! @cacheControl(maxAge: 10, scope: PRIVATE)
			}
			type Comment @cacheControl(maxAge: 1000) { post: Post! text: String }
			type Author { name: String }`
		cachedPost = `
			type Query { post: Post @cacheControl(maxAge: 500) posts: [Post] ours: [Post] @cacheControl(maxAge: 100, scope: PRIVATE) name: String }
			type Post @cacheControl(maxAge: 240) { id: ID! comment: Comment part: Part @cacheControl(inheritMaxAge: true) old: Part @cacheControl(maxAge: 9) }
			type Part { size: Int deeper: Part @cacheControl(inheritMaxAge: true) }
			type Comment { post: Post @cacheControl(inheritMaxAge: true) own: Own }
			type Own @cacheControl(scope: PRIVATE, maxAge: 70) { id: ID }`
		book = `
			type Query { book: Book cachedBook: Book @cacheControl(maxAge: 60) reader: Reader @cacheControl(maxAge: 40) name: String old: String @cacheControl(maxAge: 5) }
			type Book { title: String cachedTitle: String @cacheControl(maxAge: 30) }
			type Reader { book: Book @cacheControl(inheritMaxAge: true) other: Book }`
		inherited = `
			type Query { root: Thing @cacheControl(inheritMaxAge: true) one: Holder @cacheControl(maxAge: 20) }
			type Holder { thing: Thing }
			type Thing @cacheControl(inheritMaxAge: true) { id: ID }`
		either = `
			type Query { node: Node list: [Any] @cacheControl(maxAge: 90) }
			interface Node @cacheControl(maxAge: 80) { id: ID }
			union Any = A | B
			type A implements Node @cacheControl(maxAge: 100) { id: ID }
			type B implements Node @cacheControl(maxAge: 50, scope: PRIVATE) { id: ID @cacheControl(maxAge: 30) b: Int }`
		stale = `
			type Query {
				a: A b: B c: C f: C @cacheControl(maxAge: 60) s: B @cacheControl(scope: PRIVATE)
			}
			type A @cacheControl(maxAge: 60, staleWhileRevalidate: 600) { id: ID part: Part }
			type B @cacheControl(maxAge: 60, staleWhileRevalidate: 30) { id: ID none: Int @cacheControl(maxAge: 60) }
			type C @cacheControl(maxAge: 90, staleWhileRevalidate: 30) { id: ID }
			type Part @cacheControl(inheritMaxAge: true) { id: ID }`
	)
	for _, c := range []struct {
		schema, query string
		want          part
	}{
		{post, `{ latestPost { id } }`, part{aged: true}},
		{post, `{ latestPost { votes } }`, part{aged: true}},
		{post, `{ latestPost { readByCurrentUser } }`, part{aged: true, private: true}},
		{cachedPost, `{ post { id } }`, part{aged: true, age: 500}},
		{cachedPost, `{ posts { id } }`, part{aged: true, age: 240}},
		{cachedPost, `{ post { id } posts { id } }`, part{aged: true, age: 240}},
		{cachedPost, `{ ours { id } }`, part{aged: true, age: 100, private: true}},
		{cachedPost, `{ post { comment { post { id } } } }`, part{aged: true}},
		{cachedPost, `{ post { part { size deeper { size } } } }`, part{aged: true, age: 500}},
		{cachedPost, `{ post { part { size } old { size } } }`, part{aged: true, age: 9}},
		{cachedPost, `{ post { comment { own { id } } } }`, part{aged: true, private: true}},
		{cachedPost, `{ name }`, part{aged: true}},
		{cachedPost, `{ posts { id } __typename }`, part{aged: true, age: 240}},
		{cachedPost, `{ __typename }`, part{}},
		{book, `{ book { cachedTitle } }`, part{aged: true}},
		{book, `{ cachedBook { title } }`, part{aged: true, age: 60}},
		{book, `{ cachedBook { cachedTitle } }`, part{aged: true, age: 30}},
		{book, `{ reader { book { title } } }`, part{aged: true, age: 40}},
		{book, `{ reader { book { cachedTitle } } }`, part{aged: true, age: 30}},
		{book, `{ reader { other { title } } }`, part{aged: true}},
		{book, `{ name }`, part{aged: true}},
		{book, `{ old }`, part{aged: true, age: 5}},
		{inherited, `{ root { id } }`, part{aged: true}},
		{inherited, `{ one { thing { id } } }`, part{aged: true, age: 20}},
		{either, `{ node { __typename } }`, part{aged: true, age: 50, private: true}},
		{either, `{ node { id } }`, part{aged: true, age: 30, private: true}},
		{either, `{ list { ... on A { id } } }`, part{aged: true, age: 50, private: true}},
		{either, `{ list { ... on Node { id } } }`, part{aged: true, age: 30, private: true}},
		{stale, `{ a { id part { id } } }`, part{aged: true, age: 60, stale: 600}},
		{stale, `{ a { id } b { id } }`, part{aged: true, age: 60, stale: 30}},
		{stale, `{ a { id } b { id none } }`, part{aged: true, age: 60}},
		{stale, `{ f { id } }`, part{aged: true, age: 60}},
		{stale, `{ s { id } }`, part{aged: true, age: 60, stale: 30, private: true}},
	} {
		rules := rulesOf(t, c.schema)
		got, known := rules.compile(operationOf(t, rules.schema, c.query, nil))
		c.want.age, c.want.stale = time.Second*c.want.age, time.Second*c.want.stale //nolint:durationcheck // the table has seconds
		if got != c.want || !known {
			t.Errorf("%s is %+v, known %t, want %+v", c.query, got, known, c.want)
		}
	}
}

func TestWhatIsNotSelectedIsNoPart(t *testing.T) {
	rules := rulesOf(t, `
		type Query { a: A @cacheControl(maxAge: 60) }
		type A { id: ID own: Int @cacheControl(maxAge: 5, scope: PRIVATE) }`)
	const query = `query($own: Boolean!, $no: Boolean = true) { a { id own @include(if: $own) ...F @skip(if: $no) } } fragment F on A { own }`
	for own, want := range map[bool]part{
		false: {aged: true, age: time.Minute}, true: {aged: true, age: 5 * time.Second, private: true},
	} {
		policies := rules.NewPolicies()
		operation := operationOf(t, rules.schema, query, map[string]any{"own": own, "no": true})
		got := policies.Of(operation, reading("a"))
		if got.MaxAge != want.age || got.Everybody == want.private {
			t.Errorf("with own %t it is %+v", own, got)
		}
		if again := policies.Of(operation, nil); again != got {
			t.Error("it was decided twice")
		}
	}
}

func TestHintsThatCannotBeObeyedAreRefused(t *testing.T) {
	for hint, want := range map[string]string{
		`maxAge: -1`:                            "maxAge must be 0 to 2147483647 seconds",
		`maxAge: 2147483648`:                    "maxAge must be 0 to 2147483647 seconds",
		`maxAge: 1, staleWhileRevalidate: -2`:   "staleWhileRevalidate must be 0 to 2147483647 seconds",
		`maxAge: 1, inheritMaxAge: true`:        "exclude each other",
		`staleWhileRevalidate: 5`:               "staleWhileRevalidate needs maxAge",
		`maxAge: null, inheritMaxAge: true`:     "",
		`maxAge: 1, inheritMaxAge: false`:       "",
		`scope: PRIVATE`:                        "",
		`maxAge: 0, staleWhileRevalidate: null`: "",
	} {
		for _, schema := range []string{
			`type Query { a: A @cacheControl(` + hint + `) } type A { id: ID }`,
			`type Query { a: A } type A @cacheControl(` + hint + `) { id: ID }`,
		} {
			_, err := Read(parse(t, directive+schema), Parts{Policy: new(policy.Policy), Limited: unlimited, Inputs: nothing})
			if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", schema, err)
			}
		}
	}
}

package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/problem"
)

// roomy limits stop nothing. A test narrows one.
func roomy() Limits {
	return Limits{
		Bytes: 1 << 30, Tokens: 1 << 30, Fields: 1 << 30, Depth: 1 << 30, Aliases: 1 << 30, RootFields: 1 << 30,
		Fragments: 1 << 30, Directives: 1 << 30, Deferred: 1 << 30, Nodes: 1 << 30, Comparisons: 1 << 30,
	}
}

func TestADocumentMayReachALimitAndNotPassIt(t *testing.T) {
	for _, test := range []struct {
		name  string
		text  string
		found int
		limit func(*Limits) *int
		want  string
	}{
		{
			name:  "fields",
			text:  `{me{id name}}`,
			found: 3,
			limit: func(l *Limits) *int { return &l.Fields },
			want:  "the operation selects 3 fields where 2 are allowed",
		},
		{
			name:  "fields of a fragment count at each spread",
			text:  `{me{...f ...f ...{...f}}} fragment f on User{id name}`,
			found: 7,
			limit: func(l *Limits) *int { return &l.Fields },
			want:  "the operation selects 7 fields where 6 are allowed",
		},
		{
			name:  "fields of the larger of two operations",
			text:  `query a{me{id}} query b{me{id name}}`,
			found: 3,
			limit: func(l *Limits) *int { return &l.Fields },
			want:  "the operation selects 3 fields where 2 are allowed",
		},
		{
			name:  "fields of a fragment that nothing spreads",
			text:  `{me} fragment f on User{id name}`,
			found: 2,
			limit: func(l *Limits) *int { return &l.Fields },
			want:  "the fragment selects 2 fields where 1 are allowed",
		},
		{
			name:  "depth",
			text:  `{me{orders{nodes{id}}}}`,
			found: 4,
			limit: func(l *Limits) *int { return &l.Depth },
			want:  "the operation nests fields 4 deep where 3 are allowed",
		},
		{
			name:  "depth through fragments",
			text:  `{...q} fragment q on Query{...{me{...u}}} fragment u on User{orders{nodes{id}}}`,
			found: 4,
			limit: func(l *Limits) *int { return &l.Depth },
			want:  "the operation nests fields 4 deep where 3 are allowed",
		},
		{
			name:  "depth of a value",
			text:  `{user(id:[{a:[1,[]]},{}])}`,
			found: 4,
			limit: func(l *Limits) *int { return &l.Depth },
			want:  "a value nests lists and objects 4 deep where 3 are allowed",
		},
		{
			name:  "depth of a default value",
			text:  `query($a:I=[[[]]]){me}`,
			found: 3,
			limit: func(l *Limits) *int { return &l.Depth },
			want:  "a value nests lists and objects 3 deep where 2 are allowed",
		},
		{
			name:  "depth of a type",
			text:  `query($a:[[[Int!]!]!]){me}`,
			found: 3,
			limit: func(l *Limits) *int { return &l.Depth },
			want:  "a type nests lists 3 deep where 2 are allowed",
		},
		{
			name:  "aliases",
			text:  `{me{id:id a:id b:id}}`,
			found: 2,
			limit: func(l *Limits) *int { return &l.Aliases },
			want:  "the operation has 2 aliases where 1 are allowed",
		},
		{
			name:  "aliases in a fragment count at each spread",
			text:  `{me{...f ...f}} fragment f on User{a:id}`,
			found: 2,
			limit: func(l *Limits) *int { return &l.Aliases },
			want:  "the operation has 2 aliases where 1 are allowed",
		},
		{
			name:  "root fields through fragments",
			text:  `{me ...{me} ...f} fragment f on Query{me{id name} ...{user}}`,
			found: 4,
			limit: func(l *Limits) *int { return &l.RootFields },
			want:  "the operation selects 4 root fields where 3 are allowed",
		},
		{
			name:  "fragments",
			text:  `{me} fragment a on User{id} fragment b on User{id}`,
			found: 2,
			limit: func(l *Limits) *int { return &l.Fragments },
			want:  "the document defines 2 fragments where 1 are allowed",
		},
		{
			name: "directives wherever they stand",
			text: `query($v:Int @a) @a {me @a @a {...f @a ...@a{id}}} fragment f on User @a {id @a}
				query other{...f}`,
			found: 8,
			limit: func(l *Limits) *int { return &l.Directives },
			want:  "the document has 8 directives where 7 are allowed",
		},
		{
			name:  "deferred fragments, whether they are in the end or not",
			text:  `{me{...@defer{id} ...f @defer(if: false)} ...f} fragment f on User{...@defer(label: "a"){id}}`,
			found: 3,
			limit: func(l *Limits) *int { return &l.Deferred },
			want:  "the document defers 3 fragments where 2 are allowed",
		},
		{
			name:  "nodes of everything written",
			text:  `query($v:[Int]=[1,{a:1}] @d(x:1)) @d {user(id:1,x:[1,{a:1}]) @d{...@d{id}}}`,
			found: 20,
			limit: func(l *Limits) *int { return &l.Nodes },
			want:  "with its fragments spread, the document has 20 nodes where 19 are allowed",
		},
		{
			name:  "nodes of a fragment count for each operation and fragment that spreads it",
			text:  `query a{...g} query b{...f} fragment g on Query{...f} fragment f on Query{me me me}`,
			found: 4 + 2 + 1 + 1 + 4*3,
			limit: func(l *Limits) *int { return &l.Nodes },
			want:  "with its fragments spread, the document has 20 nodes where 19 are allowed",
		},
		{
			name:  "nodes count once more for each inline fragment around them",
			text:  `{...{...{me{id}}}}`,
			found: 1 + 1 + 2 + 3 + 1,
			limit: func(l *Limits) *int { return &l.Nodes },
			want:  "with its fragments spread, the document has 8 nodes where 7 are allowed",
		},
		{
			name:  "comparisons of fields of one name",
			text:  `{me{id name id mail id phone id}}`,
			found: 6,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 6 comparisons where 5 are allowed",
		},
		{
			name:  "comparisons go by the name in the answer",
			text:  `{me{id:name id a:name a:id}}`,
			found: 2,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 2 comparisons where 1 are allowed",
		},
		{
			name:  "comparisons at one place of the answer, from different selections",
			text:  `{me{id} me{id} user{id}}`,
			found: 1 + 1,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 2 comparisons where 1 are allowed",
		},
		{
			name:  "comparisons of spreads and what they hold",
			text:  `{me{...f ...g ...unknown id}} fragment f on User{id} fragment g on User{id}`,
			found: 3 + 3,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 6 comparisons where 5 are allowed",
		},
		{
			name:  "comparisons of each argument with each",
			text:  `{user(a:1,b:2) user(a:[1])}`,
			found: 3 * 3,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 9 comparisons where 8 are allowed",
		},
		{
			name:  "comparisons by each inline fragment, down to the fields below",
			text:  `{...{me{id}} ...{me{id}}}`,
			found: 2*2 + 2*2,
			limit: func(l *Limits) *int { return &l.Comparisons },
			want:  "the document repeats fields so often that validation takes 8 comparisons where 7 are allowed",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := parse(t, test.text)
			limits := roomy()
			*test.limit(&limits) = test.found
			if err := limits.Check(doc); err != nil {
				t.Errorf("with the limit at %d: %v", test.found, err)
			}
			*test.limit(&limits) = test.found - 1
			err := limits.Check(doc)
			if err == nil {
				t.Fatalf("with the limit at %d it is accepted", test.found-1)
			}
			if got := problem.From(err); got.Public() != test.want || got.Kind != problem.LimitExceeded {
				t.Errorf("got %s %q\nwant %s %q", got.Kind, got.Public(), problem.LimitExceeded, test.want)
			}
		})
	}
}

func TestTheDefaultsAdmitWhatPagesAndGraphiQLAsk(t *testing.T) {
	for name, text := range map[string]string{
		"headline":      headline,
		"introspection": read(t, "testdata/introspection.graphql"),
	} {
		t.Run(name, func(t *testing.T) {
			if r := DefaultLimits().checkText(text); r != nil {
				t.Error(r.message)
			}
		})
	}
}

func TestBombsCostNoMoreThanTheirText(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		want string
	}{
		{
			name: "fragments that each spread the next twice",
			text: "{me{...f0}}" + chain(40, 2, "id"),
			want: "the operation selects 549755813889 fields where 500 are allowed",
		},
		{
			name: "more fields than there are numbers",
			text: "{me{...f0}}" + chain(50, 9, "id"),
			want: "the operation selects countless fields where 500 are allowed",
		},
		{
			name: "spreads of nothing",
			text: "{me{...f0}}" + chain(50, 9, "...unknown"),
			want: "with its fragments spread, the document has countless nodes where 5000 are allowed",
		},
		{
			name: "inline fragments within each other",
			text: nested(900, "{...", "{id}", "}"),
			want: "with its fragments spread, the document has 406352 nodes where 5000 are allowed",
		},
		{
			name: "fields below inline fragments within each other",
			text: "{me" + nested(50, "{...", "{"+times(50, "id ")+"}", "}") + "}",
			want: "the document repeats fields so often that validation takes 3186225 comparisons where 10000 are allowed",
		},
		{
			name: "spreads of unknown fragments",
			text: "{" + numbered(2400, "...f%d ") + "}",
			want: "the document repeats fields so often that validation takes 2878800 comparisons where 10000 are allowed",
		},
		{
			name: "arguments",
			text: "{" + times(2, "user("+times(400, "a:1 ")+")") + "}",
			want: "the document repeats fields so often that validation takes 160801 comparisons where 10000 are allowed",
		},
		{
			name: "operations that spread one fragment",
			text: times(600, "{...f}") + "fragment f on Query{" + times(20, "me ") + "}",
			want: "with its fragments spread, the document has 13221 nodes where 5000 are allowed",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := parse(t, test.text)
			if visits := count(doc).visits; visits > len(test.text) {
				t.Errorf("counting visited %d nodes of %d bytes", visits, len(test.text))
			}
			err := DefaultLimits().Check(doc)
			if err == nil {
				t.Fatal("it is accepted")
			}
			if got := problem.From(err).Public(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// The text grows by ten, and so does the work.
func TestCountingVisitsEachWrittenNodeOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		text func(n int) string
	}{
		{"fields", func(n int) string { return "{" + times(n, "me{id}") + "}" }},
		{"fragments that each spread the next twice", func(n int) string { return "{...f0}" + chain(n, 2, "id") }},
		{"fragments that spread all that follow", func(n int) string {
			return "{...f0}" + repeat(10, func(i int) string {
				return fmt.Sprintf("fragment f%d on Query{%s}", i, times(n, fmt.Sprintf("...f%d ", i+1)))
			})
		}},
		{"fragments in a circle", func(n int) string { return "{...f0}" + chain(n, 2, "...f0") }},
		{"fragments of one name", func(n int) string { return "{...f}" + times(n, "fragment f on Query{me ...f}") }},
		{"inline fragments", func(n int) string { return nested(n, "{...", "{id}", "}") }},
		{"operations", func(n int) string { return times(n, "{...f}") + "fragment f on Query{me me}" }},
		{"values", func(n int) string { return "{user(id:" + nested(n, "[", "1 2", "]") + ")}" }},
		{"types", func(n int) string { return "query($a:" + nested(n, "[", "I", "]") + "){me}" }},
		{"directives", func(n int) string { return "{me " + times(n, "@a(b:1)") + "}" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			few, many := count(parse(t, test.text(50))).visits, count(parse(t, test.text(500))).visits
			if many > 10*few {
				t.Errorf("%d visits became %d", few, many)
			}
		})
	}
}

func TestAFragmentWithinItselfIsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		want *refusal
	}{
		{
			name: "at once",
			text: "{...a}\nfragment a on Query{\n  me ...a}",
			want: &refusal{message: `fragment "a" is spread within itself`, at: []gqlerror.Location{{Line: 3, Column: 9}}},
		},
		{
			name: "through others, below fields and inline fragments",
			text: `{...a} fragment a on Query{me{...{...b}}} fragment b on User{...c} fragment c on User{orders{...a}}`,
			want: &refusal{message: `fragment "a" is spread within itself`, at: []gqlerror.Location{{Line: 1, Column: 97}}},
		},
		{
			name: "where nothing spreads it",
			text: `{me} fragment a on Query{...b} fragment b on Query{...a}`,
			want: &refusal{message: `fragment "a" is spread within itself`, at: []gqlerror.Location{{Line: 1, Column: 55}}},
		},
		{
			name: "by a name that is too long to repeat",
			text: `{me} fragment ` + times(1000, "a") + ` on Query{...` + times(1000, "a") + `}`,
			want: &refusal{message: `fragment "` + times(490, "a") + "…", at: []gqlerror.Location{{Line: 1, Column: 1028}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.kind, test.want.reason = problem.ValidationFailed, "cycle"
			got := roomy().check(parse(t, test.text))
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(refusal{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatOnlyValidationCanJudgeIsLeftToIt(t *testing.T) {
	for name, text := range map[string]string{
		"unknown fragments":         `{me{...nobody ...nobody}}`,
		"two fragments of one name": `{me{...f}} fragment f on User{id} fragment f on User{...f}`,
		"no operation":              `fragment f on User{id}`,
		"nothing":                   ` `,
		"unknown fields and types":  `query($a:[Nothing!]){nothing(a:$b){nothing}}`,
		"conflicts":                 `{a:me a:user}`,
	} {
		t.Run(name, func(t *testing.T) {
			if err := DefaultLimits().Check(parse(t, text)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOfFragmentsOfOneNameTheFirstIsMeant(t *testing.T) {
	doc := parse(t, `{me{...f}} fragment f on User{id} fragment f on User{id name email}`)
	got := count(doc).definitions[0].size.fields
	if got != 2 {
		t.Errorf("got %d fields, want 2", got)
	}
}

func TestCheckSaysTheSameEachTime(t *testing.T) {
	text := "{" + numbered(30, "a%d:me{...f b:id b:name} ") + "} fragment f on User{" + numbered(20, "c%d:id ") + "}"
	want := DefaultLimits().Check(parse(t, text))
	for range 20 {
		if got := DefaultLimits().Check(parse(t, text)); got == nil || got.Error() != want.Error() {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestEveryRefusalHasAReasonThatIsCounted(t *testing.T) {
	limits := Limits{}
	for _, text := range []string{"", "{", "{me}", "fragment a on A{...a}", strings.Repeat(" ", 10)} {
		if r := limits.checkText(text); r == nil || !slices.Contains(reasons(), r.reason) {
			t.Errorf("%q: got %+v", text, r)
		}
	}
}

func TestCheckReturnsAProblem(t *testing.T) {
	var got *problem.Error
	if err := (Limits{}).Check(parse(t, "{me}")); !errors.As(err, &got) || got.Kind != problem.LimitExceeded {
		t.Errorf("got %v", err)
	}
}

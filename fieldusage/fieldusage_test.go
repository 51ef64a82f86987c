package fieldusage

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"
)

const shop = `
enum Size { S M }
type Shirt { id: ID! size: Size old: Int @deprecated(reason: "use id") }
input Near { size: Size days: Int @deprecated }
type Query { shirt(id: ID, near: Near): Shirt shirts: [Shirt] }
`

// site is a tracker, and what comes to it.
type site struct {
	*Tracker

	t      testing.TB
	schema *ast.Schema
	known  map[string]*sent
}

type sent struct {
	Shapes

	doc *ast.QueryDocument
}

func open(t testing.TB, c Config) *site {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shop})
	return &site{Tracker: New(c, schema), t: t, schema: schema, known: make(map[string]*sent)}
}

func (s *site) parse(query string) *sent {
	doc, errs := gqlparser.LoadQueryWithRules(s.schema, query, rules.NewDefaultRules())
	if errs != nil {
		s.t.Fatal(errs)
	}
	return &sent{doc: doc}
}

// sends lets a client, such as "web 1", send the first operation of a document.
func (s *site) sends(by, query string) {
	s.t.Helper()
	known, ok := s.known[query]
	if !ok {
		known = s.parse(query)
		s.known[query] = known
	}
	s.Count(named(by), &known.Shapes, known.doc.Operations[0])
}

func named(by string) http.Header {
	name, version, _ := strings.Cut(by, " ")
	header := make(http.Header)
	if name != "" {
		header.Set("Apollographql-Client-Name", name)
	}
	if version != "" {
		header.Set("X-Client-Version", version)
	}
	return header
}

// told is a report in lines.
func told(r Report) string {
	var lines []string
	for _, part := range r.Parts {
		words := []string{fmt.Sprintf("%s %d+%d", part.Coordinate, part.Uses, part.Possible)}
		for _, c := range part.Clients {
			words = append(words, fmt.Sprintf("%s/%s=%d+%d", c.Name, c.Version, c.Uses, c.Possible))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

func (s *site) tells(f Filter, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), told(s.Report(f))); diff != "" {
		s.t.Errorf("%+v (-want +got):\n%s", f, diff)
	}
}

func TestUsesAreCountedByClientAndVersion(t *testing.T) {
	s := open(t, DefaultConfig())
	s.sends("web 1", `{ shirt(id: 1) { id } }`)
	s.sends("web 2", `{ shirt(id: 2) { id old } }`)
	s.sends("web 2", `{ shirt(id: 2) { id old } }`)
	s.sends("", `query($n: Near) { shirt(near: $n) { id } }`)
	s.tells(Filter{Coordinate: "Shirt"},
		"Shirt 4+0 none/=1+0 web/1=1+0 web/2=2+0", "Shirt.id 4+0 none/=1+0 web/1=1+0 web/2=2+0", "Shirt.old 2+0 web/2=2+0", "Shirt.size 0+0")
	s.tells(Filter{Coordinate: "Query.shirt"},
		"Query.shirt 4+0 none/=1+0 web/1=1+0 web/2=2+0", "Query.shirt(id:) 3+0 web/1=1+0 web/2=2+0", "Query.shirt(near:) 1+0 none/=1+0")
	s.tells(Filter{Deprecated: true}, "Near.days 0+1 none/=0+1", "Shirt.old 2+0 web/2=2+0")
	s.tells(Filter{Deprecated: true, Client: "web"}, "Near.days 0+0", "Shirt.old 2+0 web/2=2+0")
	s.tells(Filter{Coordinate: "Shirt", Unused: true}, "Shirt.size 0+0")
	s.tells(Filter{Coordinate: "Shirt.old", Used: true}, "Shirt.old 2+0 web/2=2+0")
	s.tells(Filter{Coordinate: "Shir"})
}

func TestClientsAreToldApartWithinBounds(t *testing.T) {
	c := DefaultConfig()
	c.MaxClients, c.MaxVersions, c.Clients = 2, 2, []string{"ios"}
	s := open(t, c)
	for _, by := range []string{
		"a 1", "b 1", "c 1", "d", "a 2", "a 3", "a 4", "ios 1", "ios 2", "ios 3", "other 1", "none 1", "a é", "é 1", strings.Repeat("x", 65),
		"b " + strings.Repeat("x", 65),
	} {
		s.sends(by, `{ shirts { size } }`)
	}
	s.tells(Filter{Coordinate: "Shirt.size"}, "Shirt.size 16+0 a/1=1+0 a/2=1+0 a/other=3+0 b/1=1+0 b/other=1+0 ios/1=1+0 ios/2=1+0 "+
		"ios/other=1+0 none/=1+0 other/=5+0")
}

// Whatever comes, nothing is counted twice, and nothing is lost when there are more shapes than are counted apart.
func TestNothingIsLostWhenThereIsNoRoom(t *testing.T) {
	s := open(t, DefaultConfig())
	first := s.parse(`{ shirts { id } }`)
	for i := range 3 {
		for j := range maxShapes { // shapes that this schema has not so many of
			s.list(&shape{key: string(rune(i*maxShapes + j))})
		}
		s.sends("web", `{ shirts { old } }`)
		s.Count(named("web"), &first.Shapes, first.doc.Operations[0])
		s.Count(named("web"), &new(sent).Shapes, first.doc.Operations[0])
	}
	s.tells(Filter{Coordinate: "Shirt.id"}, "Shirt.id 6+0 web/=6+0")
	s.tells(Filter{Coordinate: "Shirt.old"}, "Shirt.old 3+0 web/=3+0")
	if len(s.shapes) > maxShapes {
		t.Errorf("%d shapes are kept", len(s.shapes))
	}
}

func TestCountsAreRightWhileTheyAreRead(t *testing.T) {
	s := open(t, DefaultConfig())
	known := s.parse(`{ shirts { id } }`)
	const workers, times = 4, 500
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for range times {
				s.Count(named(fmt.Sprintf("c%d", i)), &known.Shapes, known.doc.Operations[0])
			}
		})
	}
	for range 50 {
		s.Report(Filter{})
		s.mu.Lock()
		s.unlistAll()
		s.mu.Unlock()
	}
	all.Wait()
	if got := s.Report(Filter{Coordinate: "Shirt.id"}).Parts[0].Uses; got != workers*times {
		t.Errorf("%d uses are counted of %d", got, workers*times)
	}
}

func TestWhatIsCountedIsWhatWasSent(t *testing.T) {
	queries := []string{`{ shirts { id } }`, `{ shirts { old } }`, `{ shirts { id old } }`, `query($n: Near) { shirt(near: $n) { id } }`}
	rapid.Check(t, func(r *rapid.T) {
		s := open(t, DefaultConfig())
		want := make(map[string]int)
		for range rapid.IntRange(0, 30).Draw(r, "requests") {
			by := rapid.SampledFrom([]string{"web", "ios", ""}).Draw(r, "client")
			query := rapid.SampledFrom(queries).Draw(r, "query")
			s.sends(by, query)
			if strings.Contains(query, "old") {
				want[by]++
			}
			if rapid.IntRange(0, 5).Draw(r, "read") == 0 {
				s.Report(Filter{})
			}
		}
		for by, n := range want {
			if by == "" {
				by = None
			}
			part := s.Report(Filter{Coordinate: "Shirt.old", Client: by}).Parts[0]
			if part.Uses != uint64(n) {
				r.Errorf("%d uses are counted for %s, of %d", part.Uses, by, n)
			}
		}
	})
}

func TestMetricsNameFieldsAndWhoUsesWhatIsDeprecated(t *testing.T) {
	s := open(t, DefaultConfig())
	registry := prometheus.NewPedanticRegistry()
	if err := s.Register(registry); err != nil {
		t.Fatal(err)
	}
	s.sends("web 1", `{ shirts { old } }`)
	s.sends("web 2", `{ shirts { old } }`)
	want := `
# HELP concierge_graphql_deprecated_uses_total Operations run that use a deprecated part of the schema, or may, by its coordinate and the client's name.
# TYPE concierge_graphql_deprecated_uses_total counter
concierge_graphql_deprecated_uses_total{client="web",coordinate="Shirt.old"} 2
# HELP concierge_graphql_field_uses_total Operations run that select a field, by its coordinate.
# TYPE concierge_graphql_field_uses_total counter
concierge_graphql_field_uses_total{field="Query.shirt"} 0
concierge_graphql_field_uses_total{field="Query.shirts"} 2
concierge_graphql_field_uses_total{field="Shirt.id"} 0
concierge_graphql_field_uses_total{field="Shirt.old"} 2
concierge_graphql_field_uses_total{field="Shirt.size"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestMistakesOfTheConfigurationAreTold(t *testing.T) {
	c := Config{
		NameHeaders: []string{"X-Client-Name", "no field"}, VersionHeaders: []string{""}, Clients: []string{"web", "none", "é", ""},
		MaxClients: -1, MaxVersions: 21,
	}
	var got []string
	c.Validate(func(path, _ string) { got = append(got, path) })
	want := []string{"name_headers[1]", "version_headers[0]", "clients[1]", "clients[2]", "clients[3]", "max_clients", "max_versions"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	DefaultConfig().Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
}

func BenchmarkCount(b *testing.B) {
	s := open(b, DefaultConfig())
	known := s.parse(`{ shirts { id size old } }`)
	header := named("web 1")
	b.ReportAllocs()
	for b.Loop() {
		s.Count(header, &known.Shapes, known.doc.Operations[0])
	}
}

func TestAClientsNameIsSaidOnlyWhereItIsConfigured(t *testing.T) {
	c := DefaultConfig()
	c.Clients = []string{"ios"}
	tracker := New(c, gqlparser.MustLoadSchema(&ast.Source{Input: shop}))
	for name, want := range map[string]string{"ios": "ios", "made up": Other, "": None} {
		header := http.Header{"X-Client-Name": {name}}
		if got := tracker.Client(header); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
	if got := (*Tracker)(nil).Client(http.Header{"X-Client-Name": {"ios"}}); got != None {
		t.Errorf("where nothing is counted, it is called %q", got)
	}
}

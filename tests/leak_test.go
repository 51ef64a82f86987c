package tests

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// doors are the ways to ask the gateway for something. What is new joins here.
func doors(t *testing.T, s *leakSite) []question {
	t.Helper()
	return slices.Concat(byGraphQL(t), byTools(s), byRoutes(t, s), endpoints(t, s.config.GraphQL.Limits), byChanges(t), []question{
		{method: "GET", path: "/openapi.json"},
		{method: "GET", path: "/.well-known/jwks.json"},
		{method: "GET", path: "/"},
		{method: "GET", path: "/users/8"},
		{method: "GET", path: "/v9/users/8"},
		{method: "OPTIONS", path: "/v2/users/8"},
		{method: "GET", path: "/graphql?query=%7Buser(id:8)%7Bname%20email%20phone%7D%7D"},
		{method: "DELETE", path: "/v2/users/8"},
	})
}

// outputs are what leaves the process beside the answers to requests. What is new joins here. None of it may tell anything of any
// record.
func outputs() map[string]func(*testing.T, *program) string {
	page := func(path string) func(*testing.T, *program) string {
		return func(t *testing.T, p *program) string {
			t.Helper()
			r := get(t, p.admin+path)
			return fmt.Sprintln(r.status, r.header, string(r.body))
		}
	}
	return map[string]func(*testing.T, *program) string{
		"the log": func(_ *testing.T, p *program) string { return p.log.String() },
		"the metrics": func(t *testing.T, p *program) string {
			t.Helper()
			return fraction.ReplaceAllString(page("/metrics")(t, p), "$1")
		},
		"who was refused":  page("/limits"),
		"the status page":  page("/"),
		"the routes":       page("/routes"),
		"readiness":        page("/readyz"),
		"liveness":         page("/livez"),
		"the goroutines":   page("/debug/pprof/goroutine?debug=2"),
		"the command line": page("/debug/pprof/cmdline"),
	}
}

// fraction is what follows the point of a number in the metrics: so many digits that some of them are a card number's by chance.
var fraction = regexp.MustCompile(`(?m)^([^#].* \d+)\.\S+$`)

func byGraphQL(t *testing.T) []question {
	t.Helper()
	g := &generator{schema: schema()}
	var all []question
	for i, along := range g.trails(4) {
		all = append(all, inGraphQL(g.document(along, style(i)%styles)))
		if len(along) <= 4 || i%3 == 0 { // there are many that are long
			all = append(all, inGraphQL(g.document(along, style(i/int(styles)+3)%styles)))
		}
	}
	for _, body := range mistaken() {
		all = append(all, inGraphQL(body))
	}
	return all
}

func inGraphQL(body string) question {
	return question{method: "POST", path: "/graphql", body: body, header: http.Header{"Content-Type": {plainJSON}}}
}

func byRoutes(t *testing.T, s *leakSite) []question {
	t.Helper()
	var all []question
	for _, route := range s.config.REST.Routes {
		all = append(all, asked(t, route)...)
	}
	return all
}

// byChanges are the mutations. They come last, as they change what others find.
func byChanges(t *testing.T) []question {
	t.Helper()
	bodies, unknown := (&generator{schema: schema()}).mutations()
	if len(unknown) > 0 {
		t.Fatalf("nobody knows how to ask for the mutations %v", unknown)
	}
	var all []question
	for _, body := range bodies {
		all = append(all, inGraphQL(body))
	}
	return all
}

// secretsTold are the facts that a asker may not know.
func (s *leakSite) secretsTold(as asker, facts map[fact]question) []string {
	var wrong []string
	for each, q := range facts {
		if !as.may(each, s.owner(each)) {
			wrong = append(wrong, fmt.Sprintf("%s learns %v by %.300s", as.name, each, q))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// missing are the members of the records in focus that a asker may see, and did not get.
func (s *leakSite) missing(as asker, facts map[fact]question) []string {
	var missing []string
	for name := range audiences() {
		service, member, _ := strings.Cut(name, " ")
		for _, id := range focus()[typesOf()[service]] {
			each := fact{service, member, id}
			if _, got := facts[each]; id < 10_000 && !got && as.may(each, s.owner(each)) {
				missing = append(missing, fmt.Sprintf("%s does not get %v", as.name, each))
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func TestNobodyLearnsWhatIsNotForThem(t *testing.T) {
	t.Parallel()
	s := startLeakSite(t, func(yaml string) string { return withTools(t, yaml, trailTools(t)) }, unchanged)
	questions, askers := doors(t, s), s.askers(t)
	var facts map[fact]question
	for _, as := range askers {
		facts = s.told(t, as, questions)
		for _, each := range slices.Concat(s.secretsTold(as, facts), s.missing(as, facts)) {
			t.Error(each)
		}
	}
	if known := s.told(t, askers[len(askers)-1], byTools(s)); len(known) < 100 {
		t.Errorf("tools tell the admin %d facts: too few to find a leak among them", len(known))
	}
	s.outputsTellNothing(t)
	s.wouldNotice(t, facts, askers) // the admin's
	s.coversTheSchema(t)
}

func (s *leakSite) outputsTellNothing(t *testing.T) {
	t.Helper()
	all := outputs()
	all["the traces"] = func(t *testing.T, p *program) string {
		t.Helper()
		s.traces.traced(t, p.request(t, operation{query: "{ me { id } }"})) // what was recorded before has come then
		return s.traces.text()
	}
	for name, output := range all {
		for each := range s.found(output(t, s.program)) {
			t.Errorf("%s tells %v", name, each)
		}
	}
}

// coversTheSchema checks that each member that somebody may not see has values of its own, by what the schema and the contracts say,
// so that one that is new is looked for as well.
func (s *leakSite) coversTheSchema(t *testing.T) {
	t.Helper()
	fields := fieldsOf(t)
	stated, err := policy.Read(schema(), fields)
	if err != nil {
		t.Fatal(err)
	}
	for field := range fields.All() {
		for _, member := range field.Members {
			s.covers(t, stated, field, strings.TrimPrefix(member, "/"))
		}
	}
	for _, service := range demo.Names() {
		for _, member := range hiddenIn(t, service) {
			if !s.has(service, member) {
				t.Errorf("nobody may see %s of the %s service, and its records have no value that would give it away", member, service)
			}
		}
	}
}

func (s *leakSite) covers(t *testing.T, stated *policy.Policy, field *wire.Field, member string) {
	t.Helper()
	guarded := stated.Field(field.Definition) != nil || slices.ContainsFunc(stated.Type(field.Object), func(r *policy.Rule) bool { return !r.Public() })
	part := schema().Types[field.Object].Fields.ForName("id") == nil
	leaf := schema().Types[field.Definition.Type.Name()].Kind
	if !guarded && !part || slices.Contains(keptAsTheyAre(), member) || leaf == ast.Object && s.holds(member) {
		return
	}
	for service, name := range typesOf() {
		if (field.Object == name || part) && s.has(service, member) {
			return
		}
	}
	t.Errorf("%s is made of %s, of which the sample services have no value that would give it away", field, member)
}

// holds reports whether a member holds others that have values of their own.
func (s *leakSite) holds(member string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(s.made)), func(name string) bool {
		return strings.Contains(name, " "+member+"/") || strings.Contains(name, "/"+member+"/")
	})
}

// fieldsOf are what the fields of the schema are made of.
func fieldsOf(t *testing.T) *wire.Map {
	t.Helper()
	fields, err := wire.Read(schema())
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// hiddenIn are the members that a service's contract says nobody may see.
func hiddenIn(t *testing.T, service string) []string {
	t.Helper()
	text, err := upstreams.Contract(service)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := openapi.Parse(service, text)
	if err != nil {
		t.Fatal(err)
	}
	record := contract.Root().Get("components", "schemas", typesOf()[service], "properties")
	var hidden []string
	for _, name := range record.Names() {
		if record.Get(name, "x-visibility").Text() == "never" {
			hidden = append(hidden, name)
		}
	}
	if len(hidden) == 0 {
		t.Errorf("the %s service hides nothing", service)
	}
	return hidden
}

package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/plan"
)

// explaining is a request that asks for the plan of its operation.
func (p *program) explaining(t *testing.T, op operation) *http.Request {
	t.Helper()
	req := p.request(t, op)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	body = append(bytes.TrimSuffix(body, []byte("}")), `,"extensions":{"plan":true}}`...)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return req
}

// shownPlan is what an answer says of its plan, nil where it says nothing.
func shownPlan(t *testing.T, answer []byte) *plan.Explanation {
	t.Helper()
	var shown struct {
		Extensions struct{ Plan *plan.Explanation }
	}
	if err := json.Unmarshal(answer, &shown); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return shown.Extensions.Plan
}

// planOf is how an operation is executed, in lines, as an admin is told.
func (p *program) planOf(t *testing.T, op operation) string {
	t.Helper()
	op.as = "admin"
	answer := send(t, p.explaining(t, op)).body
	shown := shownPlan(t, answer)
	if shown == nil {
		t.Fatalf("no plan is shown in %s", answer)
	}
	return shown.Text()
}

// plannedHere is where operations are run by plans, however the suite runs.
func plannedHere(t *testing.T) {
	t.Helper()
	if environment(withoutPlans) == "off" {
		t.Skip("the suite runs without plans")
	}
}

func TestAPlanIsShownToThoseWhoAskAndMay(t *testing.T) {
	plannedHere(t)
	p := start(t, standard)
	op := operation{query: `{ me { name orders(first: 2) { nodes { id } } } }`}
	for as, shown := range map[string]bool{"admin": true, "support": false, "customer": false} {
		op.as = as
		usual, asked := p.run(t, op).body, send(t, p.explaining(t, op)).body
		if !shown {
			if !bytes.Equal(usual, asked) {
				t.Errorf("the %s gets %s, want %s", as, asked, usual)
			}
			continue
		}
		got := shownPlan(t, asked)
		if got == nil || got.Execution != plan.ByPlan || len(got.Levels) != 2 || len(got.Services) != 2 {
			t.Errorf("the %s gets %s", as, asked)
		}
		if without, _, _ := bytes.Cut(asked, []byte(`,"extensions":`)); !bytes.Equal(append(without, '}'), usual) {
			t.Errorf("the answer is %s, and otherwise %s", asked, usual)
		}
		if shownPlan(t, usual) != nil {
			t.Errorf("who does not ask for the plan gets %s", usual)
		}
	}
}

func TestNothingButTrueAsksForAPlan(t *testing.T) {
	p := start(t, standard)
	for extension, want := range map[string]bool{"true": true, "false": false, "1": false, `"true"`: false, "null": false} {
		query := url.Values{"query": {`{ me { id } }`}, "extensions": {`{"plan":` + extension + `}`}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+"/graphql?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.token(t, "admin"))
		if answer := send(t, req).body; (shownPlan(t, answer) != nil) != want {
			t.Errorf("%s is answered with %s", extension, answer)
		}
	}
}

func TestTheConfigurationSaysWhoSeesPlans(t *testing.T) {
	for scope, want := range map[string][]string{`"orders:read"`: {"admin", "support"}, `""`: nil} {
		p := start(t, strings.Replace(standard, "introspection: true", "introspection: true\n  plans: {scope: "+scope+"}", 1))
		var got []string
		for _, as := range []string{"admin", "support", "customer"} {
			if shownPlan(t, send(t, p.explaining(t, operation{as: as, query: `{ me { id } }`})).body) != nil {
				got = append(got, as)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("scope %s: plans are shown to (-want +got):\n%s", scope, diff)
		}
	}
}

func TestAnOperationWithoutAPlanSaysWhy(t *testing.T) {
	plannedHere(t)
	p, off := start(t, standard), start(t, strings.Replace(standard, "introspection: true", "introspection: true\n  plans: {enabled: false}", 1))
	for _, c := range []struct {
		of    *program
		query string
		want  string
	}{
		{p, `{ me { id } __schema { queryType { name } } }`, "not planned: Query.__schema: it is introspection\n"},
		{p, `mutation { cancelOrder(id: 999999) { userErrors { code } } }`, "not planned: it is no query\n"},
		{off, `{ me { id } }`, "not planned: plans are off (graphql.plans.enabled)\n"},
	} {
		if got := c.of.planOf(t, operation{query: c.query}); got != c.want {
			t.Errorf("%s: %q, want %q", c.query, got, c.want)
		}
	}
}

// TestNoOperationAsksForMoreThanItsPlanSays runs operations made by chance, by all kinds of callers, before services that work.
func TestNoOperationAsksForMoreThanItsPlanSays(t *testing.T) {
	t.Parallel()
	plannedHere(t)
	p := start(t, standard)
	found := known{cursors: []string{"bzo0", "bzox"}, texts: []string{"Garden", "Toys"}}
	planned := 0
	for number := range numberIn(t, "PLANS_OPERATIONS", 300) {
		c := newTrial(schema(), found, 3, number)
		if c.changes() {
			continue
		}
		op := operation{query: c.query, name: c.name, variables: json.RawMessage(c.variables)}
		op.as = "admin"
		shown := shownPlan(t, send(t, p.explaining(t, op)).body)
		if shown == nil || shown.Execution != plan.ByPlan {
			continue // it was refused, or is gqlgen's
		}
		planned++
		req := p.request(t, op)
		req.Header.Del("Authorization")
		if c.as != "nobody" {
			token, err := auth.Sign(p.config.Auth, c.as, strings.Fields(c.scopes), time.Hour, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token)
		}
		p.services.ResetCalls()
		send(t, req)
		if over := beyond(shown, p.services.Calls()); len(over) > 0 {
			t.Errorf("%s %s, %s asks %v, by\n%s\n%s", c.as, c.scopes, c.query, over, shown.Text(), p.calls())
		}
	}
	if planned < 50 {
		t.Errorf("only %d operations were planned", planned)
	}
}

// beyond are calls and keys of services that a plan did not foresee.
func beyond(shown *plan.Explanation, calls []demo.Call) []string {
	left := make(map[string]plan.Demand)
	for _, each := range shown.Services {
		left[each.Service] = each
	}
	var over []string
	for _, call := range calls {
		d := left[call.Service]
		d.Calls--
		d.Keys -= keysOf(call)
		if left[call.Service] = d; d.Calls < 0 || d.Keys < 0 {
			over = append(over, call.String())
		}
	}
	return over
}

// keysOf is how many keys a call has.
func keysOf(call demo.Call) int {
	query, err := url.ParseQuery(call.Query)
	if err != nil {
		return 1
	}
	for _, name := range []string{"ids", "user_ids", "order_ids"} {
		if query.Has(name) {
			return len(strings.Split(query.Get(name), ","))
		}
	}
	return 1
}

// documents are files in a folder.
func documents(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestCheckTellsHowOperationsAreExecuted(t *testing.T) {
	file := settings(t, minimal)
	folder := documents(t, map[string]string{
		"home.graphql":       "# ours\nquery Home($all: Boolean!) { me { ...Name orders @include(if: $all) { nodes { id } } } }\nfragment Name on User { name }",
		"more/write.graphql": "mutation { cancelOrder(id: 5) { order { id } } }\n",
		"notes.txt":          "nothing to be read",
	})
	alone := filepath.Join(documents(t, map[string]string{"ask.gql": "{ __schema { description } }"}), "ask.gql")
	p := run(t, []string{secret}, "check", "--operations", folder, "--config", file, "--operations", alone)
	if code := p.end(t); code != 0 {
		t.Fatalf("it exits with %d and says %s", code, p.stderr)
	}
	want := folder + `/home.graphql:2: query Home

with all that @skip and @include may leave out by $all

level  read    service  by     calls  keys  records  for        keeps
1      User    user     ids    1      1     1        me         id, name
2      Orders  order    lists  1      1     20       me.orders  id, user_id

field      rules
me         User @authenticated
me.orders  User.orders @owner, Order @owner

at most  calls  keys  records
order    1      1     20
user     1      1     1

costs 24 at most, and asks services for 2 keys in 2 calls

` + folder + `/more/write.graphql:1: mutation

not planned: it is no query

costs 14 at most, and asks services for 2 keys in 2 calls

` + alone + `:1: query

not planned: Query.__schema: it is introspection

costs 1 at most, and asks services for 0 keys in 0 calls

` + file + " has no mistakes\n"
	if diff := cmp.Diff(want, p.stdout.String()); diff != "" {
		t.Errorf("it says (-want +got):\n%s", diff)
	}
}

func TestCheckReportsMistakesInOperations(t *testing.T) {
	tight := strings.Replace(minimal, "\nauth:", "\ngraphql: {limits: {depth: 4, tokens: 60}}\nauth:", 1)
	for name, c := range map[string]struct{ text, want string }{
		"what the schema lacks": {"{ me {\n  nam\n  orders(first: \"x\") { nodes { id } }\n} }", `2:3: Cannot query field "nam" .*\n.*3:1\d: Int cannot .*`},
		"a limit":               {"{ me { orders {\n nodes { user { id } } } } }", `1:1: the operation nests fields 5 deep where 4 are allowed`},
		"too many tokens":       {"{ " + strings.Repeat("me { id } ", 20) + "}", `.*token.*`},
		"no GraphQL":            {"{ me {", `1:\d+: .*`},
		"nothing":               {"", `1:1: the document is empty`},
		"no operation":          {"fragment F on User { id }", `1:1: there is no operation in it`},
		"a variable":            {"{ user(id: $id) { id } }", `1:\d+: Variable .* is not defined.*`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := documents(t, map[string]string{"a.graphql": "{ me { id } }", "b.graphql": c.text})
			p := run(t, []string{secret}, "check", "--config", settings(t, tight), "--operations", folder)
			code, said := p.end(t), p.stderr.String()
			pattern := `^` + regexp.QuoteMeta(folder+"/b.graphql:") + `(` + c.want + `)\n$`
			if code != 1 || !regexp.MustCompile(pattern).MatchString(said) || p.stdout.String() != "" {
				t.Errorf("it exits with %d and says %q, want %q; and\n%s", code, said, pattern, p.stdout)
			}
		})
	}
}

func TestCheckOfOperationsThatAreNotThereSaysSo(t *testing.T) {
	file, empty := settings(t, minimal), t.TempDir()
	for name, want := range map[string]string{
		filepath.Join(empty, "none.graphql"): "no such file or directory",
		empty:                                `there is no file \*.graphql in it`,
	} {
		p := run(t, []string{secret}, "check", "--config", file, "--operations", name)
		if code, said := p.end(t), p.stderr.String(); code != 1 || !regexp.MustCompile("^concierge: read operations: .*"+want+"\n$").MatchString(said) {
			t.Errorf("it exits with %d and says %q", code, said)
		}
	}
}

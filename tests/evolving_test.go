package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/fieldusage"
)

// by is a request that names its client.
func by(req *http.Request, client, version string) *http.Request {
	req.Header.Set("Apollographql-Client-Name", client)
	req.Header.Set("X-Client-Version", version)
	return req
}

// usesOf are the uses of each part within a coordinate that was used, and of its clients.
func (p *program) usesOf(t *testing.T, query string) map[string]map[string]uint64 {
	t.Helper()
	answer := get(t, p.admin+"/usage/fields?used=true&"+query)
	var report fieldusage.Report
	if err := json.Unmarshal(answer.body, &report); err != nil || answer.status != http.StatusOK {
		t.Fatalf("%v in %d %s", err, answer.status, answer.body)
	}
	all := make(map[string]map[string]uint64)
	for _, part := range report.Parts {
		all[part.Coordinate] = make(map[string]uint64)
		for _, client := range part.Clients {
			all[part.Coordinate][strings.TrimSpace(client.Name+" "+client.Version)] = client.Uses + client.Possible
		}
	}
	return all
}

func TestOperatorsSeeWhichClientsUseWhichFields(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "usage: {clients: [known], max_clients: 1, max_versions: 1}"))
	order := operation{query: `query($id: ID!) { order(id: $id) { id ...more } } fragment more on Order { status total { amount } }`}
	order.variables = json.RawMessage(`{"id": 7}`)
	send(t, by(p.request(t, order), "web", "1"))
	send(t, by(p.request(t, order), "web", "2"))
	send(t, by(p.request(t, order), "known", "9"))
	send(t, by(p.request(t, order), "stranger", "1"))
	p.run(t, order)                                                                                // names nobody
	p.run(t, operation{query: `{ order(id: 7) { none } }`})                                        // is not valid
	p.run(t, operation{as: "nobody", query: order.query})                                          // may not come in
	send(t, by(p.request(t, operation{query: `{ __schema { queryType { name } } }`}), "web", "1")) // uses nothing of the schema's own
	place := operation{query: `mutation($in: PlaceOrderInput!) { placeOrder(input: $in) { userErrors { code } } }`}
	place.variables = json.RawMessage(`{"in": {"items": [], "shippingAddress": {"street": "", "city": "", "zip": ""}}}`)
	send(t, by(p.request(t, place), "web", "1"))

	all := map[string]uint64{"web 1": 1, "web other": 1, "known 9": 1, "other": 1, "none": 1}
	want := map[string]map[string]uint64{"Order": all, "Order.id": all, "Order.status": all, "Order.total": all}
	if diff := cmp.Diff(want, p.usesOf(t, "coordinate=Order")); diff != "" {
		t.Errorf("uses of orders (-want +got):\n%s", diff)
	}
	want = map[string]map[string]uint64{"Query.order": {"known 9": 1}, "Query.order(id:)": {"known 9": 1}}
	if diff := cmp.Diff(want, p.usesOf(t, "coordinate=Query.order&client=known")); diff != "" {
		t.Errorf("uses of one client (-want +got):\n%s", diff)
	}
	if got := p.usesOf(t, "coordinate=PlaceOrderInput.notes"); got["PlaceOrderInput.notes"]["web 1"] != 1 {
		t.Errorf("an input that came by a variable could have had a note, and %v is told", got)
	}
	if got := counted(t, p, `concierge_graphql_field_uses_total{field="Order.status"}`); got != 5 {
		t.Errorf("the metric says %v", got)
	}
	if unused := get(t, p.admin+"/usage/fields?used=false&coordinate=Order").body; !strings.Contains(string(unused), `"Order.createdAt"`) ||
		strings.Contains(string(unused), `"Order.status"`) {
		t.Errorf("unused is said to be %s", unused)
	}
	if r := get(t, p.admin+"/usage/fields?deprecated=maybe"); r.status != http.StatusBadRequest {
		t.Errorf("a question that makes no sense is answered with %d %s", r.status, r.body)
	}
}

func TestWhoCallsAnEndpointUsesItsFields(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "rest", "operations: builtin"))
	req := p.request(t, operation{})
	req.Method, req.Body, req.ContentLength = http.MethodGet, nil, 0
	req.URL.Path = "/v2/orders/7/summary"
	if r := send(t, by(req, "till", "3")); r.status != http.StatusOK {
		t.Fatalf("it is answered with %d %s", r.status, r.body)
	}
	if got := p.usesOf(t, "coordinate=Order.status"); got["Order.status"]["till 3"] != 1 {
		t.Errorf("uses are %v", got)
	}
}

func TestUsesAreNotCountedWhereNobodyWantsIt(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "usage: {enabled: false}"))
	p.run(t, operation{query: `{ me { id } }`})
	if r := get(t, p.admin+"/usage/fields"); r.status != http.StatusNotFound {
		t.Errorf("it is answered with %d %s", r.status, r.body)
	}
}

// oldSchema is a folder with the schema as it was before one file was changed.
func oldSchema(t *testing.T, file, is, was string) string {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob("../schema/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range files {
		text, err := os.ReadFile(each)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(each) == file {
			if !strings.Contains(string(text), is) {
				t.Fatalf("%s has no %q", file, is)
			}
			text = []byte(strings.Replace(string(text), is, was, 1))
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(each)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestCheckTellsWhomAChangeOfTheSchemaBreaks(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	send(t, by(p.request(t, operation{query: `{ order(id: 7) { status } }`}), "web", "1"))
	folder := t.TempDir()
	file := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	usage := file("usage.json", get(t, p.admin+"/usage/fields").body)
	operations := file("web.json", []byte(`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
		{"id": "1", "name": "Cart", "type": "query", "body": "query Cart { order(id: 1) { state } }"}]}`))
	removed := oldSchema(t, "order.graphql", "  status: OrderStatus!", "  state: String\n  status: OrderStatus!")
	changed := oldSchema(t, "order.graphql", "  status: OrderStatus!", "  status: String!")
	tightened := oldSchema(t, "order.graphql", ` @owner(field: "user", orScopes: [["payments:read"]])`, "")
	for name, c := range map[string]struct {
		args []string
		code int
		want []string
	}{
		"the same":      {[]string{"--against", "../schema"}, 0, []string{"0 breaking, 0 dangerous and 0 safe changes\n", "has no mistakes"}},
		"a field less":  {[]string{"--against", removed}, 1, []string{"(old): breaking: Order.state was removed (FIELD_REMOVED)\n"}},
		"known clients": {[]string{"--against", removed, "--operations", operations}, 1, []string{"    touches Cart (", "not valid any more: Cart ("}},
		"nobody's field": {
			[]string{"--against", removed, "--usage", usage, "--unused-ok"}, 0, []string{"    no known operation or client uses it\n", "no mistakes"},
		},
		"somebody's field": {
			[]string{"--against", changed, "--usage", usage, "--unused-ok"},
			1,
			[]string{"breaking: Order.status was String! and is OrderStatus!", "    touches web 1, 1×, last at "},
		},
		"a rule more":             {[]string{"--against", tightened}, 0, []string{"dangerous: Order.payment ", "(ACCESS_TIGHTENED)"}},
		"a rule more, strictly":   {[]string{"--against", tightened, "--strict"}, 1, []string{"1 dangerous"}},
		"nothing to compare with": {[]string{"--strict"}, 2, nil},
		"nothing known":           {[]string{"--against", removed, "--unused-ok"}, 2, nil},
		"no schema":               {[]string{"--against", operations}, 1, nil},
		"no report":               {[]string{"--against", removed, "--usage", operations}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.args) > 1 && c.args[1] == "../schema" {
				c.args[1] = oldSchema(t, "", "", "")
			}
			said := run(t, []string{secret}, append([]string{"check", "--config", settings(t, minimal)}, c.args...)...)
			if code := said.end(t); code != c.code {
				t.Errorf("it exits with %d and says %s%s", code, said.stdout, said.stderr)
			}
			for _, want := range c.want {
				if got := said.stdout.String(); !strings.Contains(got, want) {
					t.Errorf("there is no %q in %s", want, got)
				}
			}
		})
	}
}

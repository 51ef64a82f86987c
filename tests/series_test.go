package tests

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// documentedBounds are how many values docs/metrics.md lets each label have, for a configuration of which these are the numbers.
func documentedBounds(t *testing.T, of map[string]int) map[string]int {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	bounds := make(map[string]int)
	_, table, _ := strings.Cut(string(text), "\n## Labels\n")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z_`, ]+`) \\| ([a-z0-9+* ]+) \\|").FindAllStringSubmatch(table, -1) {
		most := reckoned(t, row[2], of)
		for label := range strings.SplitSeq(row[1], ", ") {
			bounds[strings.Trim(label, "`")] = most
		}
	}
	return bounds
}

// reckoned is a sum of products.
func reckoned(t *testing.T, text string, of map[string]int) (sum int) {
	t.Helper()
	for term := range strings.SplitSeq(text, "+") {
		product := 1
		for factor := range strings.SplitSeq(term, "*") {
			factor = strings.TrimSpace(factor)
			n, err := strconv.Atoi(factor)
			if known, ok := of[factor]; ok {
				n, err = known, nil
			}
			if err != nil {
				t.Fatalf("docs/metrics.md bounds by %q", factor)
			}
			product *= n
		}
		sum += product
	}
	return sum
}

// valuesOf are the values that each label of each metric has now, and how many series there are.
func valuesOf(t *testing.T, p *program) (values map[string]map[string]bool, series int) {
	t.Helper()
	values = make(map[string]map[string]bool)
	label := regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
	for line := range strings.Lines(string(get(t, p.admin+"/metrics").body)) {
		name, rest, ok := strings.Cut(line, "{")
		if !strings.HasPrefix(name, "concierge_") {
			continue
		}
		series++
		if !ok {
			continue
		}
		for _, pair := range label.FindAllStringSubmatch(rest, -1) {
			key := name + " " + pair[1]
			if values[key] == nil {
				values[key] = make(map[string]bool)
			}
			values[key][pair[2]] = true
		}
	}
	return values, series
}

// What strangers send cannot make labels say more than docs/metrics.md lets them, whatever it is.
func TestHostileTrafficMakesNoSeriesBeyondTheBound(t *testing.T) {
	t.Parallel()
	inTheQuickRun(t)
	yaml := with(standard, "graphql", "operations: [Known]")
	yaml = with(yaml, "graphql", "usage: {max_clients: 3, max_versions: 2}")
	yaml = with(yaml, "graphql", "batching: {enabled: true}")
	yaml += "mcp: {enabled: true, free_query: {enabled: true}}\n"
	p := start(t, with(yaml, "rest", `routes: [{match: "GET /users/{id}", version: v1, upstream: user, returns: User}]`))
	hostile := func(from, to int) {
		for i := from; i < to; i++ {
			p.services.SetFault(demo.Product, demo.Fault{Status: 400 + i%150})
			attack(t, p, i)
		}
		p.services.SetFault(demo.Product, demo.Fault{})
	}
	hostile(0, 160)
	values, before := valuesOf(t, p)
	bounds := documentedBounds(t, map[string]int{
		"operations": 1, "routes": 1, "services": 4, "plans": 0, "issuers": 1, "versions": 1, "consumers": 100, "clients": 3,
		"coordinates": 500, "certificates": 0, "rules": 100, "tools": 1,
	})
	for key, all := range values {
		label := strings.Fields(key)[1]
		most, ok := bounds[label]
		if label == "le" {
			most, ok = 20, true
		}
		if !ok || len(all) > most {
			t.Errorf("%s has %d values, and docs/metrics.md lets it have %d: %.300v", key, len(all), most, all)
		}
	}
	hostile(160, 220)
	_, after := valuesOf(t, p)
	if after > before+10 { // a status that came late
		t.Errorf("the same again, with other names, made %d series of %d", after, before)
	}
	saysNothingOf(t, string(get(t, p.admin+"/metrics").body), "Hostile")
}

// attack sends what a stranger can make up, differently each time.
func attack(t *testing.T, p *program, i int) {
	t.Helper()
	name := fmt.Sprintf("Hostile%d", i)
	send := func(method, path, body string, fields ...string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, p.public+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+p.token(t, "customer"))
		for j := 0; j+1 < len(fields); j += 2 {
			req.Header.Set(fields[j], fields[j+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	query := fmt.Sprintf(`{"query":"query %s { %s: product(id: %d) { id name } }","operationName":%q}`, name, name, i+1, name)
	send(http.MethodPost, "/graphql", query, "X-Client-Name", name, "X-Client-Version", name, "X-Operation-Name", name)
	send(http.MethodPost, "/graphql", "["+query+","+query+"]", "X-Client-Name", name+`"} 1`)
	send(http.MethodPost, "/graphql", `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+name+`"}}}`)
	send(http.MethodPost, "/graphql", `{"query":"{ `+name+` }"}`, "Authorization", "Bearer "+name)
	tool := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{"query":"{ me { id } }"}}}`
	send(http.MethodPost, "/mcp", fmt.Sprintf(tool, name), "Accept", "application/json, text/event-stream", "X-Client-Name", name)
	send(http.MethodPost, "/mcp", fmt.Sprintf(tool, "graphql_query"), "Accept", "application/json, text/event-stream", "X-Client-Name", name)
	send("X"+name, "/"+name, "", "X-Api-Key", name)
	send(http.MethodGet, "/users/"+name, "", "X-Forwarded-For", name, "Traceparent", name)
	send(http.MethodGet, "/v1/users/7", "", "Accept", "application/"+name, "Cookie", name+"="+name, "Host", name)
}

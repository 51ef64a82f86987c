package tests

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// requests are the lines that the log has for requests, each of its members by name.
func requests(t *testing.T, log string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(log) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("this line of the log is not JSON: %v\n%s", err, line)
		}
		if members["msg"] == "request" {
			found = append(found, members)
		}
	}
	return found
}

func TestEachRequestIsOneLineOfTheLog(t *testing.T) {
	p := start(t, standard)
	query := `query Page($id: ID!) { me { id } user(id: $id) { name } order(id: "none") { id } }`
	req := p.request(t, operation{query: query, name: "Page", variables: json.RawMessage(`{"id": 773}`)})
	req.Header.Set("X-Request-ID", "request-1")
	req.Header.Set("Traceparent", inboundParent)
	req.Header.Set("User-Agent", "test/1")
	read := req.ContentLength
	r := send(t, req)
	log := p.log.await(t, func(log string) bool { return strings.Contains(log, `"msg":"request"`) })
	line := requests(t, log)[0]
	for _, measured := range []string{"time", "duration_ms", "services_ms", "principal"} {
		if _, ok := line[measured]; !ok {
			t.Errorf("the line has no %s", measured)
		}
		delete(line, measured)
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "path": "/graphql", "route": "/graphql", "status": 200.0,
		"bytes": float64(len(r.body)), "request_id": "request-1", "trace_id": inboundTrace, "door": "graphql", "operation": "Page",
		"client": "127.0.0.1", "user_agent": "test/1", "code": "BAD_USER_INPUT", "errors": 1.0,
		"protocol": "HTTP/1.1", "auth": "token", "kind": "query", "bytes_read": float64(read), "calls": 1.0,
		"cost": 6.0, "cost_estimated": 7.0,
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("the line (-want +got):\n%s", diff)
	}
}

func TestTheLogHoldsNoSecrets(t *testing.T) {
	p := start(t, standard)
	p.services.SetFault(demo.User, demo.Fault{Query: "ids=773177317", Status: 500, Body: canary})
	query := url.Values{
		"query":     {`query Named($id: ID!, $c: String) { user(id: $id) { name } products(category: $c) { nodes { id } } }`},
		"variables": {`{"id": 773177317, "c": "` + canary + `"}`},
	}
	send(t, p.raw(t, http.MethodGet, "/graphql?"+query.Encode(), nil, "", false))
	p.post(t, `{"query": "{ user(id: 773177317) { name } }", "variables": {"x": "`+canary+`"}, "`+canary, plainJSON)
	bad := p.raw(t, http.MethodGet, "/graphql?query="+canary, map[string]string{
		"Authorization": "Bearer " + canary, "Cookie": canary, "Referer": canary,
	}, "", false)
	send(t, bad)
	log := p.log.await(t, func(log string) bool { return strings.Count(log, `"msg":"request"`) == 3 })
	saysNothingOf(t, log, canary, "773177317", "query Named", "products(", "?query", "Bearer", p.token(t, "customer"), "eyJ")
	want := []any{200.0, 400.0, 401.0}
	var got []any
	for _, line := range requests(t, log) {
		got = append(got, line["status"])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the statuses (-want +got):\n%s", diff)
	}
}

func TestTheAccessLogCanBeTurnedOff(t *testing.T) {
	p := start(t, with(standard, "log", "access_log: false"))
	p.answers(t)
	get(t, p.public+"/nowhere")
	if got := requests(t, p.log.String()); len(got) > 0 {
		t.Errorf("the log has the lines %v", got)
	}
}

// A path is the one part of the line that a caller makes up at length.
func TestAMadeUpPathIsCutInTheLog(t *testing.T) {
	p := start(t, standard)
	r := get(t, p.public+"/"+strings.Repeat("x", 5000))
	refusal{404, problemJSON, "NOT_FOUND", "there is nothing here", ""}.check(t, r)
	line := requests(t, p.log.await(t, func(log string) bool { return strings.Contains(log, `"msg":"request"`) }))[0]
	if path, _ := line["path"].(string); len(path) != 512 {
		t.Errorf("the path in the log has %d bytes", len(path))
	}
	if members := slices.Collect(maps.Keys(line)); slices.Contains(members, "route") || line["door"] != "none" {
		t.Errorf("the line of a path that leads nowhere is %v", line)
	}
}

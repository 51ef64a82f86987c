package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

func TestTheAdminListenerPrintsTheTableOfRoutes(t *testing.T) {
	p := startREST(t, nil, demoSection())
	r := get(t, p.admin+"/routes")
	table := columns(string(r.body))
	if r.status != http.StatusOK || !strings.HasPrefix(table, "routes, the most specific first\n") {
		t.Fatalf("it is answered with %d %s", r.status, r.body)
	}
	for _, line := range []string{
		" GET /v1/users/{id} user/users/{id} User\n",
		" GET /users/{id} user/users/{id} User version v2 by API-Version or Accept or default\n",
		" GET /v2/orders/{id}/summary operation OrderSummary\n",
		" POST /v2/orders operation PlaceOrder\n",
		" PATCH /v2/me user/users/{identity.id} User\n",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("there is no line %q in\n%s", line, table)
		}
	}
	summary, user := strings.Index(table, "/v2/users/{id}/summary"), strings.Index(table, "/v2/users/{id} ")
	if summary < 0 || user < 0 {
		t.Errorf("the summary stands at %d, the user at %d", summary, user)
	}
	refusal{404, problemJSON, "NOT_FOUND", "", ""}.check(t, get(t, p.public+"/routes"))
}

// Series are named by routes, versions and callers that there are, and never by what a client makes up.
func TestMetricsTellWhoStillUsesWhichVersion(t *testing.T) {
	section := strings.Replace(demoSection(), "routes:\n", "consumers: 2\nroutes:\n  - {match: GET /old, version: v0, upstream: user, returns: User, sunset: 2020-01-01}\n", 1)
	p := startREST(t, nil, section)
	for range 3 {
		p.speak(t, "GET /v1/users/7")
	}
	p.speak(t, "GET /v2/users/7")
	p.speak(t, "GET /users/7")
	p.speak(t, "GET /v1/users/8\nAs: support")
	p.speak(t, "GET /v1/users/8\nAs: admin") // one more than are told apart
	p.speak(t, "GET /v1/users/99999")
	p.speak(t, "GET /v0/old")
	p.speak(t, "GET /v2/orders/7/summary")
	p.speak(t, "GET /v2/desk/orders/7")
	p.speak(t, "GET /v9/"+canary)
	p.speak(t, "GET /v1/users/"+canary+"?"+canary+"=1\nX-Canary: "+canary)
	p.services.SetFault(demo.User, demo.Fault{Body: "<p>"})
	p.speak(t, "GET /v1/users/7")
	p.services.SetFault(demo.User, demo.Fault{Body: "<p>", ContentType: "text/html"})
	p.speak(t, "GET /v1/users/7")
	for metric, want := range map[string]float64{
		`concierge_requests_total{door="rest",operation="GET /v1/users/{id}",status="200"}`:          5,
		`concierge_requests_total{door="rest",operation="GET /v1/users/{id}",status="404"}`:          2,
		`concierge_requests_total{door="rest",operation="GET /v1/users/{id}",status="502"}`:          2,
		`concierge_requests_total{door="rest",operation="GET /v2/users/{id}",status="200"}`:          2,
		`concierge_requests_total{door="rest",operation="GET /v2/desk/orders/{id}",status="403"}`:    1,
		`concierge_requests_total{door="rest",operation="GET /v2/orders/{id}/summary",status="200"}`: 1,
		`concierge_requests_total{door="rest",operation="GET /v0/old",status="410"}`:                 1,
		`concierge_requests_total{door="none",operation="",status="404"}`:                            1,
		`concierge_request_duration_seconds_count{door="rest",operation="GET /v1/users/{id}"}`:       9,
		`concierge_requests_in_flight{door="rest"}`:                                                  0,
		`concierge_rest_calls_total{consumer="7",version="v1"}`:                                      7,
		`concierge_rest_calls_total{consumer="2",version="v1"}`:                                      1,
		`concierge_rest_calls_total{consumer="other",version="v1"}`:                                  1,
		`concierge_rest_calls_total{consumer="7",version="v2"}`:                                      3,
		`concierge_rest_calls_total{consumer="7",version="v0"}`:                                      1,
		`concierge_rest_gone_total{route="GET /v0/old"}`:                                             1,
		`concierge_rest_gone_total{route="GET /v1/users/{id}"}`:                                      0,
		`concierge_rest_unusable_answers_total{reason="invalid_json",route="GET /v1/users/{id}"}`:    1,
		`concierge_rest_unusable_answers_total{reason="not_json",route="GET /v1/users/{id}"}`:        1,
	} {
		if got := counted(t, p, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	saysNothingOf(t, string(get(t, p.admin+"/metrics").body), canary)
}

func TestARequestToARouteIsOneLineOfTheLog(t *testing.T) {
	p := startREST(t, nil, demoSection())
	r := p.speak(t, "GET /v1/users/7?q="+canary+"\nX-Request-ID: request-1\nUser-Agent: test/1")
	p.speak(t, "PATCH /v2/me\nContent-Type: application/json\n\n{\"role\": \""+canary+"\"}")
	log := p.log.await(t, func(log string) bool { return strings.Count(log, `"msg":"request"`) == 2 })
	lines := requests(t, log)
	for _, measured := range []string{"time", "duration_ms", "services_ms", "trace_id", "principal"} {
		if _, ok := lines[0][measured]; !ok {
			t.Errorf("the line has no %s", measured)
		}
		delete(lines[0], measured)
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "GET", "path": "/v1/users/7", "status": 200.0,
		"bytes": float64(len(r.body)), "request_id": "request-1", "door": "rest", "route": "GET /v1/users/{id}",
		"client": "127.0.0.1", "user_agent": "test/1", "protocol": "HTTP/1.1", "auth": "token", "calls": 1.0,
	}
	if diff := cmp.Diff(want, lines[0]); diff != "" {
		t.Errorf("the line (-want +got):\n%s", diff)
	}
	if lines[1]["code"] != "BAD_USER_INPUT" || lines[1]["status"] != 400.0 || lines[1]["route"] != "PATCH /v2/me" {
		t.Errorf("the line of a refusal is %v", lines[1])
	}
	saysNothingOf(t, log, canary, "Bearer", p.token(t, "customer"))
}

// What the services said that could not be used is in the log, without their words.
func TestAnAnswerThatCannotBeUsedIsLogged(t *testing.T) {
	p := startREST(t, nil, demoSection())
	p.services.SetFault(demo.User, demo.Fault{Body: `{"id": 7, "` + canary})
	p.speak(t, "GET /v1/users/7")
	log := p.log.await(t, func(log string) bool { return strings.Contains(log, `"upstream answer unusable"`) })
	if !strings.Contains(log, `"service":"user","route":"GET /v1/users/{id}"`) {
		t.Errorf("the log says\n%s", log)
	}
	saysNothingOf(t, log, canary)
}

package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever status a service fails with, the client gets it, as a problem with the request's id and no word of the service's.
func TestTheStatusOfAServicesErrorIsKept(t *testing.T) {
	o := newOther(t)
	var failing atomic.Int64
	o.answers(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{
			"Content-Type": "application/json", "X-Trace": "canary", "Set-Cookie": "canary=1", "Server": "canary", "Warning": "199 - canary",
			"Location": "/canary", "ETag": `"canary"`, "Link": "</canary>", "Cache-Control": "max-age=100",
		} {
			w.Header().Set(name, value)
		}
		w.WriteHeader(int(failing.Load()))
		fmt.Fprint(w, `{"title": "canary", "errors": [{"field": "name", "code": "TOO_LONG", "message": "canary"}], "path": "C:\\canary"}`)
	})
	p := startREST(t, o, `
routes:
  - {match: "GET /shown", upstream: other, expose: [title, errors], rename: {title: name}}
  - {match: "GET /raw", upstream: other, raw: true}
`)
	for status := 400; status < 600; status++ {
		if status == http.StatusUpgradeRequired {
			continue // the answer must name a protocol
		}
		failing.Store(int64(status))
		r := p.speak(t, "GET /shown")
		var problem struct {
			Status int
			Errors []struct{ Field, Code string }
		}
		if err := json.Unmarshal(r.body, &problem); err != nil || r.header.Get("Content-Type") != problemJSON {
			t.Fatalf("%d becomes %s %s", status, r.header.Get("Content-Type"), r.body)
		}
		if r.status != status || problem.Status != status || len(problem.Errors) != 1 || problem.Errors[0].Field != "name" {
			t.Errorf("%d becomes %d %s", status, r.status, r.body)
		}
		if id := r.header.Get("X-Request-Id"); id == "" || !strings.Contains(string(r.body), id) {
			t.Errorf("the problem does not name the request: %s", r.body)
		}
		if r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d may be kept: %v", status, r.header)
		}
		saysNothingOf(t, fmt.Sprint(r.header)+string(r.body), "canary")
		if raw := p.speak(t, "GET /raw"); raw.status != status || !strings.Contains(string(raw.body), `"canary", "errors"`) {
			t.Errorf("%d becomes %d %s where the route is raw", status, raw.status, raw.body)
		}
	}
}

// What goes wrong in the gateway is a problem with the request's id too, raw routes included.
func TestTheGatewaysOwnErrorsAreProblems(t *testing.T) {
	o := newOther(t)
	o.answers(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	yaml := withRoutes(o,
		"match: GET /slow\nupstream: other\nexpose: [a]\ntimeouts: {header: 50ms}",
		"match: GET /slow/raw\nupstream: other\nraw: true\ntimeouts: {header: 50ms}",
		"match: GET /slow/total\nupstream: other\nexpose: [a]\ntimeouts: {total: 50ms}",
		"match: GET /gone\nupstream: gone\nexpose: [a]",
		"match: GET /gone/raw\nupstream: gone\nraw: true",
		"match: POST /small\nupstream: gone\nexpose: [a]\naccepts: [a]\nscopes: [\"users:read\"]\nmax_body: 10B",
		"match: POST /small/raw\nupstream: gone\nraw: true\nscopes: [\"users:read\"]\nmax_body: 10B",
		"match: GET /old\nversion: v1\nupstream: gone\nexpose: [a]\nsunset: 2020-01-01",
	)
	yaml = with(yaml, "upstreams", "gone: {urls: [\"http://127.0.0.1:1\"], "+attentive+"}")
	p := startBefore(t, recorded(t), yaml)
	for request, want := range map[string]refusal{
		"GET /slow":                           {504, problemJSON, "UPSTREAM_TIMEOUT", "", ""},
		"GET /slow/raw":                       {504, problemJSON, "UPSTREAM_TIMEOUT", "", ""},
		"GET /slow/total":                     {504, problemJSON, "UPSTREAM_TIMEOUT", "", ""},
		"GET /gone":                           {503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""},
		"GET /gone/raw":                       {503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""},
		"POST /small\n\n{\"a\": 1234567}":     {413, problemJSON, "PAYLOAD_TOO_LARGE", "", ""},
		"POST /small/raw\n\n{\"a\": 1234567}": {413, problemJSON, "PAYLOAD_TOO_LARGE", "", ""},
		"POST /small/raw\n\n{\"a\": 1}":       {503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""},
		"GET /v1/old":                         {410, problemJSON, "GONE", "", ""},
		"GET /nowhere":                        {404, problemJSON, "NOT_FOUND", "", ""},
		"DELETE /gone/raw":                    {405, problemJSON, "METHOD_NOT_ALLOWED", "", ""},
		"GET /gone/%2e":                       {400, problemJSON, "BAD_USER_INPUT", "", ""},
		"GET /gone\n\nbody":                   {400, problemJSON, "BAD_USER_INPUT", "", ""},
	} {
		line, rest, _ := strings.Cut(request, "\n")
		r := p.speak(t, line+"\nAs: support\n"+rest)
		want.check(t, r)
		saysNothingOf(t, string(r.body), p.inside()...)
		if t.Failed() {
			t.Fatalf("%s is answered with %d %s", line, r.status, r.body)
		}
	}
}

// A client that cannot be told apart from others by its token is told so as by GraphQL.
func TestATokenThatDoesNotHoldIsRefused(t *testing.T) {
	p := startREST(t, nil, demoSection())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+"/v2/users/7", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+canary)
	r := send(t, req)
	refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
	if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, "invalid_token") {
		t.Errorf("WWW-Authenticate: %s", got)
	}
	saysNothingOf(t, string(r.body), canary)
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services got %v", calls)
	}
}

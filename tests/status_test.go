package tests

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/status"
)

// snapshot is how a gateway says that it does.
func (p *program) snapshot(t *testing.T) status.Snapshot {
	t.Helper()
	var s status.Snapshot
	r := get(t, p.admin+"/status")
	if err := json.Unmarshal(r.body, &s); err != nil || r.status != http.StatusOK {
		t.Fatalf("got %d, %v: %s", r.status, err, r.body)
	}
	return s
}

func TestTheStatusPageTellsWhatWasAskedAndWhatFailed(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, standard)
	p.run(t, operation{query: `query Fine { me { id } }`})
	p.services.SetFault(demo.Product, demo.Fault{Status: 500})
	p.run(t, operation{query: `query Half { me { id } product(id: 8) { id } }`})
	p.run(t, operation{as: "nobody", query: `query Refused { me { id } }`})
	get(t, p.public+"/"+canary+"?"+canary)

	var s status.Snapshot
	waitFor(t, func() string { return "the page does not tell of the requests" }, func() bool {
		s = p.snapshot(t)
		return len(s.Statuses) == 2 && len(s.Failures) == 1 && len(s.Refusals) == 2
	})
	checkTold(t, s)
	for _, path := range []string{"/", "/status"} {
		saysNothingOf(t, string(get(t, p.admin+path).body), canary, p.token(t, "customer"))
	}
	saysNothingOf(t, string(p.operatorAsks(t, http.MethodGet, "/", "", "Accept", "text/html").body), canary, p.token(t, "customer"))
}

// checkTold wants what the requests above come to.
func checkTold(t *testing.T, s status.Snapshot) {
	t.Helper()
	failed := s.Failures[0]
	got := []any{
		s.Version != "", s.Settings.Version != "", s.Settings.Number, s.Settings.Refused,
		failed.Door, failed.Operation, failed.Status, failed.Code, failed.Services, failed.RequestID != "", failed.TraceID != "",
		s.Statuses[0].Name, s.Statuses[0].Total, s.Errors[0].Name, len(s.Services), len(s.Services[0].Endpoints),
		s.Process.Goroutines > 0, s.Process.Memory > 0, s.ByCost[0].Mean > 0,
	}
	want := []any{
		true, true, int64(1), false,
		"graphql", "Half", 200, "UPSTREAM_ERROR",
		[]string{demo.Product},
		true, true,
		"graphql 401", 1., "UPSTREAM_ERROR", 4, 2,
		true, true, true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	names := map[string]bool{}
	for _, each := range s.ByTime {
		names[each.Name] = true
	}
	if !names["Fine"] || !names["Half"] {
		t.Errorf("got operations %v", names)
	}
}

// operatorAsks asks the admin listener, by another name than its own where that is given, with one more header field.
func (p *program) operatorAsks(t *testing.T, method, path, host string, field ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.admin+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	for i := 0; i+1 < len(field); i += 2 {
		req.Header.Set(field[i], field[i+1])
	}
	return send(t, req)
}

func TestPagesOfOtherSitesGetNothingFromTheAdminListener(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, with(standard, "admin", "hosts: [Gateway.internal.example]"))
	for _, host := range []string{
		"127.0.0.1", "127.0.0.1:9090", "[::1]:9090", "[::1]", "localhost:1", "LOCALHOST", "a.localhost", "concierge:9090",
		"gateway.internal.example", "gateway.INTERNAL.example.:9090",
	} {
		if r := p.operatorAsks(t, http.MethodGet, "/status", host); r.status != http.StatusOK {
			t.Errorf("asked as %s: got %d", host, r.status)
		}
	}
	for _, host := range []string{
		"rebound.example", "rebound.example:9090", "127.0.0.1.rebound.example", "localhost.example", "internal.example",
		"xgateway.internal.example", "rebound.example.", "1.2.3.4.5", "[::1].example",
	} {
		for _, path := range []string{"/", "/status", "/status/events", "/metrics", "/config", "/routes", "/purge", "/debug/pprof/heap"} {
			if r := p.operatorAsks(t, http.MethodGet, path, host); r.status != http.StatusForbidden || !strings.Contains(string(r.body), "admin.hosts") {
				t.Errorf("%s asked as %s: got %d", path, host, r.status)
			}
		}
		if r := p.operatorAsks(t, http.MethodGet, "/livez", host); r.status != http.StatusOK {
			t.Errorf("/livez asked as %s: got %d", host, r.status)
		}
	}
	for name, tt := range map[string]struct {
		method, path string
		field        []string
		refused      bool
	}{
		"a script of its own":               {"GET", "/status", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, false},
		"typed in":                          {"GET", "/", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, false},
		"a link of another site":            {"GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, false},
		"a frame of another site":           {"GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, true},
		"an image of another site":          {"GET", "/debug/pprof/profile", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, true},
		"a script of another port":          {"GET", "/status", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, true},
		"a form of another site":            {"POST", "/purge", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, true},
		"a form of an old browser":          {"POST", "/purge", []string{"Origin", "https://rebound.example"}, true},
		"a deletion of another site":        {"DELETE", "/usage", []string{"Origin", "http://127.0.0.1:1"}, true},
		"a program that is no browser":      {"DELETE", "/usage?principal=7", nil, false},
		"a balancer behind another's place": {"GET", "/readyz", []string{"Sec-Fetch-Site", "cross-site"}, false},
	} {
		r := p.operatorAsks(t, tt.method, tt.path, "", tt.field...)
		if refused := r.status == http.StatusForbidden; refused != tt.refused {
			t.Errorf("%s: got %d %s", name, r.status, r.body)
		}
		if r.header.Get("Cross-Origin-Resource-Policy") != "same-origin" || r.header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(r.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: got %v", name, r.header)
		}
	}
}

func TestEventsOfTheStatusPageEndWithTheGateway(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, standard)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.admin+"/status/events?form=page", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	if line, _ := lines.ReadString('\n'); line != "event: status\n" {
		t.Errorf("got %q", line)
	}
	if line, _ := lines.ReadString('\n'); !strings.HasPrefix(line, `data: <section id="overview"`) {
		t.Errorf("got %.80q", line)
	}
	p.stop()
	for {
		if _, err := lines.ReadString('\n'); err != nil {
			return
		}
	}
}

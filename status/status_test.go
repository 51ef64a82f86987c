package status_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/status"
)

// site is a board over a few metrics.
type site struct {
	*status.Board

	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	service  status.Service
}

func newSite() *site {
	s := &site{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "concierge_requests_total", Help: "x"}, []string{"door", "operation", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "concierge_request_duration_seconds", Help: "x", Buckets: []float64{0.01, 0.1, 1},
		}, []string{"door", "operation"}),
		service: status.Service{
			Name: "user", Breaker: "closed", Endpoints: []status.Endpoint{{Name: "10.0.0.1:80", State: "healthy"}},
		},
	}
	s.registry.MustRegister(s.requests, s.duration)
	ends := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "concierge_tls_certificate_expiry_timestamp_seconds", Help: "x",
	}, []string{"name", "key"})
	ends.WithLabelValues("shop.example", "ECDSA").Set(float64(time.Now().Add(240 * time.Hour).Unix()))
	s.registry.MustRegister(ends)
	s.Board = status.New(status.Parts{
		Version: "v1.2.3", Listen: ":8080", Started: time.Now(), Metrics: s.registry,
		Ready:    func() status.Ready { return status.Ready{State: "ready", Notes: []string{}} },
		Services: func() []status.Service { return []status.Service{s.service} },
		Settings: func() status.Settings { return status.Settings{Version: "abc123", Number: 2} },
		Links:    []string{"/livez", "/metrics"},
		Log:      slog.New(slog.DiscardHandler),
	})
	return s
}

// asked are so many requests in each second of a time.
func (s *site) asked(seconds, each int, status string, took float64) {
	for range seconds {
		for range each {
			s.requests.WithLabelValues("rest", "GET /v1/users", status).Inc()
			s.duration.WithLabelValues("rest", "GET /v1/users").Observe(took)
		}
		time.Sleep(time.Second)
	}
}

func TestTheBoardTellsOfTheLastMinuteAndTheLastQuarter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite()
		go s.Run(t.Context())
		time.Sleep(time.Millisecond)
		s.asked(120, 10, "503", 0.5)
		s.asked(120, 10, "200", 0.05)
		got := s.Snapshot()
		if got.Requests.PerSecond < 9 || got.Requests.PerSecond > 11 {
			t.Errorf("got %v requests by the second, want about 10", got.Requests.PerSecond)
		}
		if *got.Requests.Failed != 0 || *got.Requests.FailedQuarter < 0.45 || *got.Requests.FailedQuarter > 0.55 {
			t.Errorf("got %v and %v failed, want none and half", *got.Requests.Failed, *got.Requests.FailedQuarter)
		}
		if got.Requests.Latency.P99 > 0.1 || got.Requests.Quarter.P99 < 0.1 {
			t.Errorf("got %+v and %+v", got.Requests.Latency, got.Requests.Quarter)
		}
		if len(got.Doors) != 1 || got.Doors[0].Name != "rest" || got.Uptime != 240 {
			t.Errorf("got %+v after %d seconds", got.Doors, got.Uptime)
		}
		checkPoints(t, got.Points)
	})
}

// checkPoints wants two minutes of failures, and two of success.
func checkPoints(t *testing.T, points []status.Point) {
	t.Helper()
	if n := len(points); n < 22 || n > 24 {
		t.Fatalf("got %d points of 4 minutes", n)
	}
	if points[3].ErrorsPerSecond < 9 || points[3].Latency.P50 < 0.1 || points[20].ErrorsPerSecond != 0 {
		t.Errorf("got %+v and %+v", points[3], points[20])
	}
}

func TestABoardThatDidNotRunKnowsNothingOfBefore(t *testing.T) {
	s := newSite()
	s.requests.WithLabelValues("rest", "", "500").Inc()
	got := s.Snapshot()
	if got.Requests.PerSecond != 0 || got.Requests.Failed != nil || len(got.Points) != 0 || got.Statuses[0].Total != 1 {
		t.Errorf("got %+v and %+v", got.Requests, got.Statuses)
	}
}

func get(handler http.HandlerFunc, accept string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	return w.Result()
}

func body(t *testing.T, answer *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBrowsersGetAPageAndOthersText(t *testing.T) {
	s := newSite()
	const page, text = "text/html; charset=utf-8", "text/plain; charset=utf-8"
	for accept, want := range map[string]string{
		"": text, "*/*": text, "text/plain": text, "text/html;q=0": text, "text/html; q=0": text, "application/json, text/htmlx": text,
		"text/html": page, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": page, "TEXT/HTML;q=0.5": page,
		"text/html;q=0.001": page,
	} {
		answer := get(s.Page, accept)
		if got := answer.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept: %s: got %s", accept, got)
		}
		if answer.Header.Get("Vary") != "Accept" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Accept: %s: got %v", accept, answer.Header)
		}
	}
	policy := get(s.Page, "text/html").Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %s", policy)
	}
}

func TestTheTextSaysWhatTerminalsNeed(t *testing.T) {
	s := newSite()
	s.service.Unusable = "its breaker is open"
	s.Finish(status.Finished{Door: "graphql", Operation: "Mine", Status: 502, Code: "UPSTREAM_ERROR", RequestID: "id-1"})
	text := body(t, get(s.Page, ""))
	for _, want := range []string{
		"Concierge v1.2.3\n", "ready     true\n", "settings  Configuration abc123, number 2.\n", "user      breaker closed",
		"10.0.0.1:80", "the user service is not called: its breaker is open", "502 UPSTREAM_ERROR  graphql Mine  id-1",
		"see also  /livez  /metrics",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

// Whoever reads the JSON must find every field in the documentation, and whoever reads that must find it in the JSON.
func TestEveryFieldIsDocumented(t *testing.T) {
	documented, err := os.ReadFile("../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(documented), "\n## Fields\n")
	known := map[string]bool{}
	for line := range strings.Lines(section) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); ok && strings.HasPrefix(line, "| `") {
			known[name] = true
		}
	}
	fields := map[string]bool{}
	addFields(fields, "", reflect.TypeFor[status.Snapshot]())
	for name := range fields {
		if !known[name] {
			t.Errorf("%s is not documented", name)
		}
	}
	for name := range known {
		if !fields[name] {
			t.Errorf("%s is documented, and there is no such field", name)
		}
	}
}

func addFields(into map[string]bool, prefix string, of reflect.Type) {
	for field := range of.Fields() {
		if field.Anonymous {
			addFields(into, prefix, field.Type)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		kind, path := field.Type, prefix+name
		if kind.Kind() == reflect.Slice {
			kind, path = kind.Elem(), path+"[]"
		}
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Time]() {
			addFields(into, path+".", kind)
			continue
		}
		into[path] = true
	}
}

func TestJSONHasNoNullsWhereListsBelong(t *testing.T) {
	s := newSite()
	answer := get(s.JSON, "")
	text := body(t, answer)
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for name, value := range got {
		if value == nil {
			t.Errorf("%s is null", name)
		}
	}
	if answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", answer.Header)
	}
}

func watch(t *testing.T, url string) (*http.Response, *bufio.Scanner) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return answer, lines
}

func TestSoManyMayWatchAndRoomIsGivenBack(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(newSite().Events))
	t.Cleanup(server.Close)
	var all []*http.Response
	for range 16 {
		answer, lines := watch(t, server.URL)
		if answer.StatusCode != http.StatusOK || !lines.Scan() || lines.Text() != "event: status" {
			t.Fatalf("got %d %q", answer.StatusCode, lines.Text())
		}
		lines.Scan()
		if !json.Valid([]byte(strings.TrimPrefix(lines.Text(), "data: "))) {
			t.Fatalf("got %q", lines.Text())
		}
		all = append(all, answer)
	}
	if answer, _ := watch(t, server.URL); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more gets %d", answer.StatusCode)
	}
	_ = all[0].Body.Close()
	for { // the server learns in its own time that one has gone
		if answer, _ := watch(t, server.URL); answer.StatusCode == http.StatusOK {
			return
		}
	}
}

func TestWhoAsksForTheHeaderAloneDoesNotWatch(t *testing.T) {
	w := httptest.NewRecorder()
	newSite().Events(w, httptest.NewRequest(http.MethodHead, "/status/events", nil))
	if got := w.Result(); got.Header.Get("Content-Type") != "text/event-stream" || w.Body.Len() != 0 {
		t.Errorf("got %v and %q", got.Header, w.Body)
	}
}

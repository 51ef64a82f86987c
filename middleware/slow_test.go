package middleware_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// linesOf serves a request so many times, and returns what the log has.
func linesOf(t *testing.T, times int, lines middleware.Lines, handler http.HandlerFunc) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	chain := middleware.RequestID(
		middleware.Observe(middleware.AccessLog(slog.New(slog.NewJSONHandler(&log, nil)), lines))(handler))
	for range times {
		chain.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	}
	var all []map[string]any
	for line := range strings.Lines(log.String()) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, members)
	}
	return all
}

func TestASlowRequestSaysWhichServicesItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := usual()
		lines.Slow, lines.Sample = time.Second, 0
		got := linesOf(t, 1, lines, func(_ http.ResponseWriter, r *http.Request) {
			middleware.RecordFrom(r.Context()).SetKind("query", "", "{ me { name } }")
			made := footprint.From(r.Context())
			made.Begin(time.Now())
			time.Sleep(1500 * time.Millisecond)
			made.End("order", 1500*time.Millisecond, true, false)
		})
		if len(got) != 2 || got[0]["msg"] != "slow request" || got[0]["level"] != "WARN" || got[1]["msg"] != "request" {
			t.Fatalf("the log has %v", got)
		}
		want := map[string]any{"order": map[string]any{
			"calls": 1., "failed": 1., "retries": 0., "longest_ms": 1500., "total_ms": 1500.,
		}}
		if diff := cmp.Diff(want, got[0]["services"]); diff != "" {
			t.Error(diff)
		}
		if document, _ := got[0]["document"].(string); len(document) != 64 || got[0]["services_ms"] != 1500. {
			t.Errorf("the line names the document %q, and %v ms of services", document, got[0]["services_ms"])
		}
		delete(got[0], "services")
	})
}

func TestWhatStaysOpenIsNotSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := usual()
		got := linesOf(t, 1, lines, func(_ http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			middleware.RecordFrom(r.Context()).Lasted("left", 7)
		})
		if len(got) != 1 || got[0]["ended"] != "left" || got[0]["events"] != 7. {
			t.Errorf("the log has %v", got)
		}
	})
}

func TestSlowLinesCanBeTurnedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := usual()
		lines.Slow, lines.Access = 0, false
		if got := linesOf(t, 1, lines, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Hour) }); len(got) != 0 {
			t.Errorf("the log has %v", got)
		}
	})
}

func TestErrorsAreLoggedWhateverTheShareOfOthers(t *testing.T) {
	lines := usual()
	lines.Sample = 0
	for name, handler := range map[string]http.HandlerFunc{
		"a status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"an error in an answer": func(_ http.ResponseWriter, r *http.Request) {
			middleware.RecordFrom(r.Context()).AddError(problem.NotFound)
		},
	} {
		if got := linesOf(t, 3, lines, handler); len(got) != 3 {
			t.Errorf("%s: the log has %d lines of 3", name, len(got))
		}
	}
	if got := linesOf(t, 50, lines, func(http.ResponseWriter, *http.Request) {}); len(got) != 0 {
		t.Errorf("of 50 requests without an error, %d have a line", len(got))
	}
	lines.Sample = 0.5
	if n := len(linesOf(t, 400, lines, func(http.ResponseWriter, *http.Request) {})); n < 100 || n > 300 {
		t.Errorf("of 400 requests, half of which should have a line, %d have", n)
	}
}

func TestCallersHaveOneNameByOneKey(t *testing.T) {
	one, same := middleware.NewPseudonyms("a key of a test that has 32 bytes"), middleware.NewPseudonyms("a key of a test that has 32 bytes")
	made, other := middleware.NewPseudonyms(""), middleware.NewPseudonyms("")
	name := one.Of("7")
	if name != same.Of("7") || name != one.Of("7") || len(name) != 16 {
		t.Errorf("the names by one key are %s, %s and %s", name, same.Of("7"), one.Of("7"))
	}
	if name == one.Of("8") || name == made.Of("7") || made.Of("7") == other.Of("7") {
		t.Error("different callers, or keys, lead to the same name")
	}
}

// The document and the program say the same of lines, both ways.
func TestTheDocumentTellsOfEachMemberOfALine(t *testing.T) {
	text, err := os.ReadFile("../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z_]+`(?:, `[a-z_]+`)*) \\| [^|]* \\|$").FindAllStringSubmatch(string(text), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			documented = append(documented, strings.Trim(name, "`"))
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
	r.Header.Set("X-Client-Name", "shop")
	r.Header.Set("X-Client-Version", "1")
	var log bytes.Buffer
	middleware.AccessLog(slog.New(slog.NewJSONHandler(&log, nil)), usual())(r, &middleware.Event{
		Route: "/", Operation: "A", Kind: "query", Document: "0", Caller: "7", Method: "token", Code: "X", Estimated: 1, Cost: 1,
		Cache: "hit", Limit: "a", Read: 1, Ended: "left", Told: 1, Aborted: true, Errors: map[problem.Kind]int{problem.Internal: 1},
		Made: footprint.Report{Calls: 1, Retries: 1, Known: 1, Waited: time.Second},
	})
	var members map[string]any
	if err := json.Unmarshal(log.Bytes(), &members); err != nil {
		t.Fatal(err)
	}
	for _, own := range []string{"time", "level", "msg"} {
		delete(members, own)
	}
	slices.Sort(documented)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(members)), documented); diff != "" {
		t.Errorf("a line and docs/logs.md (-line +document):\n%s", diff)
	}
}

package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
)

const email = "User.email @sensitive"

// kept is a log with all that it writes and counts.
type kept struct {
	*audit.Log

	metrics *prometheus.Registry
	written bytes.Buffer
}

func keep(t testing.TB) *kept {
	t.Helper()
	k := &kept{metrics: prometheus.NewRegistry()}
	k.Log = audit.New(k.metrics, slog.New(slog.NewJSONHandler(&k.written, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	k.Rules([]string{email})
	return k
}

// begin opens a trail for what a context belongs to.
func begin(ctx context.Context, log *audit.Log, door string) (context.Context, *audit.Trail) {
	r, trail := log.Begin(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), door)
	return r.Context(), trail
}

// lines are what was written, and nothing afterwards.
func (k *kept) lines(t testing.TB) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(k.written.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q is no line: %v", text, err)
		}
		lines = append(lines, line)
	}
	k.written.Reset()
	return lines
}

func (k *kept) counted(t testing.TB, series string) {
	t.Helper()
	want := "# HELP concierge_denied_total Denials, by door, the rule that made them, and reason.\n" +
		"# TYPE concierge_denied_total counter\n" + series
	if err := testutil.GatherAndCompare(k.metrics, strings.NewReader(want), "concierge_denied_total"); err != nil {
		t.Error(err)
	}
}

func inRequest(t testing.TB) context.Context {
	t.Helper()
	return correlation.With(t.Context(), correlation.Correlation{RequestID: "r-1"})
}

func TestADenialIsCountedAndLeavesALine(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(inRequest(t), k.Log, "graphql")
	trail.Caller(audit.Who{ID: "7", Credential: "key-3", Method: "api_key"})
	trail.Operation("Orders")
	audit.From(ctx).Deny(email, audit.Forbidden)
	trail.End(ctx)

	want := []map[string]any{{
		"level": "INFO", "msg": "denied", "door": "graphql", "rule": email, "reason": "forbidden", "times": 1.0,
		"caller": "7", "authentication": "api_key", "credential": "key-3", "operation": "Orders", "request_id": "r-1",
	}}
	if diff := cmp.Diff(want, k.lines(t)); diff != "" {
		t.Error(diff)
	}
	k.counted(t, `concierge_denied_total{door="graphql",reason="forbidden",rule="User.email @sensitive"} 1`+"\n")
}

func TestAnAnonymousCallerHasALineToo(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "rest")
	trail.Deny(email, audit.Unauthenticated)
	trail.End(ctx)
	want := []map[string]any{{
		"level": "INFO", "msg": "denied", "door": "rest", "rule": email, "reason": "unauthenticated", "times": 1.0,
		"caller": "", "authentication": "", "credential": "", "operation": "", "request_id": "",
	}}
	if diff := cmp.Diff(want, k.lines(t)); diff != "" {
		t.Error(diff)
	}
}

func TestDenialsOfTheSameRuleAndReasonShareALine(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "graphql")
	for range 3 {
		trail.Deny(email, audit.Forbidden)
		trail.Deny("Order @owner", audit.NotOwner)
	}
	trail.Deny(email, audit.Network)
	trail.End(ctx)

	var got []string
	for _, line := range k.lines(t) {
		got = append(got, fmt.Sprint(line["rule"], " ", line["reason"], " ", line["times"]))
	}
	want := []string{email + " forbidden 3", "Order @owner not_owner 3", email + " network 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	k.counted(t, `concierge_denied_total{door="graphql",reason="forbidden",rule="User.email @sensitive"} 3
concierge_denied_total{door="graphql",reason="network",rule="User.email @sensitive"} 1
concierge_denied_total{door="graphql",reason="not_owner",rule="other"} 3
`)
}

func TestARequestHasABoundedNumberOfLines(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(inRequest(t), k.Log, "graphql")
	trail.Caller(audit.Who{ID: "7"})
	for i := range 1000 {
		trail.Deny(fmt.Sprintf("rule %d", i), audit.Forbidden)
	}
	trail.Deny("rule 5", audit.Forbidden)
	trail.End(ctx)

	lines := k.lines(t)
	if len(lines) != 33 {
		t.Fatalf("got %d lines, want 32 and one", len(lines))
	}
	if got := lines[5]["times"]; got != 2.0 {
		t.Errorf("a rule that has a line was denied %v times, want 2", got)
	}
	want := map[string]any{
		"level": "INFO", "msg": "denied more", "door": "graphql", "times": 968.0,
		"caller": "7", "authentication": "", "credential": "", "operation": "", "request_id": "r-1",
	}
	if diff := cmp.Diff(want, lines[32]); diff != "" {
		t.Error(diff)
	}
	k.counted(t, `concierge_denied_total{door="graphql",reason="forbidden",rule="other"} 1001`+"\n")
}

func TestAReasonThatIsNoneIsOther(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "rest")
	trail.Deny(email, "ann@shop.example")
	trail.End(ctx)
	if got := k.lines(t)[0]["reason"]; got != "other" {
		t.Errorf("got %v", got)
	}
	k.counted(t, `concierge_denied_total{door="rest",reason="other",rule="User.email @sensitive"} 1`+"\n")
}

func TestEveryReasonHasItsOwnName(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "rest")
	reasons := []audit.Reason{
		audit.Unauthenticated, audit.Forbidden, audit.NotOwner, audit.Invalid, audit.Expired,
		audit.Revoked, audit.Unavailable, audit.Network, audit.CrossSite,
	}
	for _, reason := range reasons {
		trail.Deny(email, reason)
	}
	trail.End(ctx)
	lines := k.lines(t)
	if len(lines) != len(reasons) {
		t.Fatalf("got %d lines for %d reasons", len(lines), len(reasons))
	}
	for i, line := range lines {
		if line["reason"] != string(reasons[i]) {
			t.Errorf("%s shows as %v", reasons[i], line["reason"])
		}
	}
}

func TestARuleThatNobodyNamedHasNoSeries(t *testing.T) {
	k := keep(t)
	k.Rules(nil)
	_, trail := begin(t.Context(), k.Log, "rest")
	trail.Deny(email, audit.Forbidden)
	trail.Deny("User.phone @sensitive", audit.Forbidden)
	k.counted(t, `concierge_denied_total{door="rest",reason="forbidden",rule="other"} 2`+"\n")
}

func TestARequestWithoutDenialsLeavesNothing(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(inRequest(t), k.Log, "graphql")
	trail.Caller(audit.Who{ID: "7"})
	trail.End(ctx)
	if lines := k.lines(t); lines != nil {
		t.Errorf("got %v", lines)
	}
}

func TestEachEndWritesWhatIsNew(t *testing.T) {
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "graphql")
	trail.Caller(audit.Who{ID: "7"})
	trail.Deny(email, audit.Forbidden)
	trail.End(ctx)
	if lines := k.lines(t); len(lines) != 1 {
		t.Errorf("the first end left %v", lines)
	}
	trail.End(ctx)
	if lines := k.lines(t); lines != nil {
		t.Errorf("an end with nothing new left %v", lines)
	}
	trail.Deny(email, audit.Forbidden)
	trail.End(ctx)
	if lines := k.lines(t); len(lines) != 1 || lines[0]["times"] != 1.0 || lines[0]["caller"] != "7" {
		t.Errorf("the last end left %v", lines)
	}
	k.counted(t, `concierge_denied_total{door="graphql",reason="forbidden",rule="User.email @sensitive"} 2`+"\n")
}

func TestATrailTellsHowMuchWasDenied(t *testing.T) {
	ctx, trail := begin(t.Context(), keep(t).Log, "graphql")
	for n := range 50 {
		if got := trail.Denied(); got != 2*n {
			t.Fatalf("%d were denied, want %d", got, 2*n)
		}
		trail.Deny(email, audit.Forbidden)
		trail.Deny(fmt.Sprint("rule ", n), audit.Forbidden)
	}
	trail.End(ctx)
	if trail.Denied() != 0 {
		t.Errorf("after the end %d were", trail.Denied())
	}
}

func TestWithoutATrailNothingHappens(t *testing.T) {
	trail := audit.From(t.Context())
	if trail.Denied() != 0 {
		t.Error("something was denied")
	}
	if trail != nil {
		t.Fatalf("got %v, want no trail", trail)
	}
	trail.Caller(audit.Who{ID: "7"})
	trail.Operation("Orders")
	trail.Deny(email, audit.Forbidden)
	trail.End(t.Context())
}

func TestALogThatIsOffStillCounts(t *testing.T) {
	metrics := prometheus.NewRegistry()
	log := audit.New(metrics, slog.New(slog.DiscardHandler))
	ctx, trail := begin(t.Context(), log, "rest")
	trail.Deny(email, audit.Forbidden)
	trail.End(ctx)
	if got := testutil.CollectAndCount(metrics); got != 1 {
		t.Errorf("got %d series, want 1", got)
	}
}

func TestFieldsSideBySideShareATrail(t *testing.T) {
	const goroutines, each = 64, 50
	k := keep(t)
	ctx, trail := begin(t.Context(), k.Log, "graphql")
	var fields sync.WaitGroup
	for i := range goroutines {
		fields.Go(func() {
			for range each {
				audit.From(ctx).Deny(email, audit.Forbidden)
				trail.Deny(fmt.Sprint("rule ", i), audit.NotOwner)
				trail.Caller(audit.Who{ID: strconv.Itoa(i)})
				trail.Operation("Orders")
			}
			trail.End(ctx)
		})
	}
	fields.Wait()
	trail.End(ctx)

	total := 0.0
	for _, line := range k.lines(t) {
		times, ok := line["times"].(float64)
		if !ok {
			t.Fatalf("%v has no number", line)
		}
		total += times
	}
	if want := 2.0 * goroutines * each; total != want {
		t.Errorf("the lines tell of %v denials, want %v", total, want)
	}
	k.counted(t, fmt.Sprintf(`concierge_denied_total{door="graphql",reason="forbidden",rule="User.email @sensitive"} %d
concierge_denied_total{door="graphql",reason="not_owner",rule="other"} %d
`, goroutines*each, goroutines*each))
}

func TestARequestWithoutDenialsCostsOneAllocation(t *testing.T) {
	k := keep(t)
	r := httptest.NewRequestWithContext(inRequest(t), http.MethodGet, "/", nil)
	begun := make([]*http.Request, 0, 101)
	for range cap(begun) {
		begun = append(begun, facts.Begin(r))
	}
	got := testing.AllocsPerRun(100, func() {
		r, trail := k.Begin(begun[0], "graphql")
		begun = begun[1:]
		ctx := r.Context()
		audit.From(ctx).Caller(audit.Who{ID: "7", Credential: "key-3", Method: "api_key"})
		trail.Operation("Orders")
		trail.End(ctx)
	})
	if got > 1 {
		t.Errorf("%v allocations, want 1", got)
	}
}

func BenchmarkARequestWithoutDenials(b *testing.B) {
	k := keep(b)
	ctx := inRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		ctx, trail := begin(ctx, k.Log, "graphql")
		trail.Caller(audit.Who{ID: "7"})
		trail.End(ctx)
	}
}

func BenchmarkADenialAgain(b *testing.B) {
	_, trail := begin(b.Context(), keep(b).Log, "graphql")
	b.ReportAllocs()
	for b.Loop() {
		trail.Deny(email, audit.Forbidden)
	}
}

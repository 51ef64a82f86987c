package tests

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// site is a gateway before services of which the user service can fail in every way: each of its endpoints is at the end of a
// lane.
type site struct {
	*program
	lanes      []*lane
	load       *load // of reads that make one call to the user service each
	seen       *seen
	goroutines int // while nothing happens
}

// brisk are the user service's settings: what takes seconds takes less. Each line is a key of the stanza.
func brisk() []string {
	return []string{
		"timeouts: {connect: 1m, header: 1m, total: 1m, idle: 300ms}",
		"balance: {policy: round_robin, slow_start: 0s}",
		"outlier: {interval: 1s, ejection_time: 300ms, max_ejection_time: 600ms}",
		"retry: {backoff: 1ms, max_backoff: 10ms}",
		"breaker: {window: 1s, open: 200ms, max_open: 400ms, ramp: 0s}",
		"endpoint_breaker: {window: 1s, open: 200ms, max_open: 400ms, ramp: 0s}",
	}
}

// newSite runs a gateway until the test ends. The lines of settings replace the brisk ones of the same key.
func newSite(t *testing.T, endpoints int, settings ...string) *site {
	t.Helper()
	inOneRun(t)
	s := &site{seen: new(seen)}
	services, err := demo.Start(demo.Options{Endpoints: max(endpoints, 2), Wrap: s.seen.wrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	for _, url := range services.URLs(demo.User)[:endpoints] {
		s.lanes = append(s.lanes, openLane(t, "", url))
	}
	s.program = startBefore(t, services, withUser(urlsOf(s.lanes), settings...))
	t.Cleanup(func() { s.explain(t) })
	s.load = s.program.load(t, operation{query: `{ user(id: 8) { id name } }`})
	s.goroutines = steady(t)
	return s
}

// withUser is a configuration in which the user service has these endpoints and settings.
func withUser(urls []string, settings ...string) string {
	key := func(line string) string { return line[:strings.Index(line, ":")+1] }
	for _, line := range brisk() {
		if !slices.ContainsFunc(settings, func(other string) bool { return key(other) == key(line) }) {
			settings = append(settings, line)
		}
	}
	settings = append(settings, "urls: ["+strings.Join(urls, ", ")+"]")
	stanza := "    " + strings.Join(settings, "\n    ") + "\n"
	return unlimited(strings.Replace(standard, `    urls: ["${USER_URL}", "${USER_URL_2}"]`+"\n", stanza, 1))
}

func urlsOf(lanes []*lane) []string {
	var urls []string
	for _, each := range lanes {
		urls = append(urls, each.url())
	}
	return urls
}

// explain shows what the gateway said of a test that failed.
func (s *site) explain(t *testing.T) {
	t.Helper()
	if !t.Failed() {
		return
	}
	warnings := 0
	for line := range strings.Lines(s.log.String()) {
		if !strings.Contains(line, `"msg":"request"`) && warnings < 50 {
			warnings++
			t.Log(strings.TrimSpace(line))
		}
	}
}

// attempts are the requests that came through all lanes.
func (s *site) attempts() int {
	n := 0
	for _, each := range s.lanes {
		n += each.came()
	}
	return n
}

func (l *lane) came() int { return int(l.requests.Load()) }

// warm makes connections to every endpoint.
func (s *site) warm(t *testing.T) {
	t.Helper()
	if got := s.load.sends(100); got.failed > 0 {
		t.Fatalf("before anything is broken, %v", got)
	}
}

// returns waits until an endpoint gets calls again.
func (s *site) returns(t *testing.T, l *lane) {
	t.Helper()
	const again = 20
	before := l.came()
	r := s.load.begin(endless)
	waitFor(t, func() string { return fmt.Sprintf("the endpoint got %d calls of %d", l.came()-before, r.answer.Load()) },
		func() bool { return l.came() >= before+again })
	if got := r.halt(); got.failed > 0 {
		t.Errorf("while the endpoint returned, %v", got)
	}
}

// within checks that retries made no more of the calls than they may: a share of them, and what is allowed in any case.
func (s *site) within(t *testing.T, calls, attempts int) {
	t.Helper()
	budget := s.config.Upstreams.User.Transport.Retry
	const windows = 2 // of ten seconds; the test may have begun in another
	most := calls + calls*budget.Budget/100 + windows*10*budget.BudgetFloor
	if attempts > most {
		t.Errorf("%d calls became %d attempts, want %d at most", calls, attempts, most)
	}
}

// calms checks that nothing stays of what happened: the connections end, and whatever waited.
func (s *site) calms(t *testing.T) {
	t.Helper()
	s.load.client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	for _, each := range s.lanes {
		each.bury()
	}
	settles(t, s.goroutines)
}

// sum is what all series of a metric that begin so have together.
func (p *program) sum(t *testing.T, beginning string) (sum float64) {
	t.Helper()
	for line := range strings.Lines(string(get(t, p.admin+"/metrics").body)) {
		if !strings.HasPrefix(line, beginning) {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " "):]), 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += value
	}
	return sum
}

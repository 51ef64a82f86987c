package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// load is an operation that is sent through a gateway's door again and again, so many at a time: whoever has an answer sends the
// next.
type load struct {
	request *http.Request
	body    []byte
	client  *http.Client
	senders int
}

// load is one of eight senders.
func (p *program) load(t *testing.T, op operation) *load {
	t.Helper()
	req := p.request(t, op)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return &load{request: req, body: body, client: &http.Client{Transport: transport}, senders: 8}
}

// tally is how requests ended.
type tally struct {
	requests int
	failed   int            // with another status than 200, or with errors in the answer
	codes    map[string]int // of what failed: the errors' codes, or the status
}

func (t tally) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d requests failed", t.failed, t.requests)
	for _, code := range slices.Sorted(maps.Keys(t.codes)) {
		fmt.Fprintf(&text, ", %s %d times", code, t.codes[code])
	}
	return text.String()
}

// running is a load under way.
type running struct {
	load   *load
	left   atomic.Int64 // requests to be sent
	stop   context.CancelFunc
	ended  sync.WaitGroup
	mu     sync.Mutex
	tally  tally
	answer atomic.Int64 // requests that have an answer
}

// begin sends n requests. Endless is many.
func (l *load) begin(n int) *running {
	ctx, stop := context.WithCancel(context.Background())
	r := &running{load: l, stop: stop, tally: tally{codes: make(map[string]int)}}
	r.left.Store(int64(n))
	for range l.senders {
		r.ended.Go(func() {
			for ctx.Err() == nil && r.left.Add(-1) >= 0 {
				r.count(l.send())
			}
		})
	}
	return r
}

const endless = 1 << 40

// send sends n requests and waits for their answers.
func (l *load) sends(n int) tally { return l.begin(n).end() }

// past waits until so many requests have been answered.
func (r *running) past(t *testing.T, n int) {
	t.Helper()
	waitFor(t, func() string { return fmt.Sprintf("only %d requests were answered, want %d", r.answer.Load(), n) },
		func() bool { return r.answer.Load() >= int64(n) })
}

// goesOn waits until n more requests have been answered.
func (r *running) goesOn(t *testing.T, n int) {
	t.Helper()
	r.past(t, int(r.answer.Load())+n)
}

// end waits for the last answer.
func (r *running) end() tally {
	r.ended.Wait()
	r.stop()
	return r.tally
}

// halt sends no more, and waits for what is under way.
func (r *running) halt() tally {
	r.stop()
	return r.end()
}

func (r *running) count(codes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally.requests++
	if len(codes) > 0 {
		r.tally.failed++
	}
	for _, code := range codes {
		r.tally.codes[code]++
	}
	r.answer.Add(1)
}

// send makes a request, and returns what was wrong with its answer.
func (l *load) send() (codes []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.request.Context()), patience)
	defer cancel()
	req := l.request.Clone(ctx)
	req.Body = io.NopCloser(bytes.NewReader(l.body))
	res, err := l.client.Do(req)
	if err != nil {
		return []string{err.Error()}
	}
	defer res.Body.Close()
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return []string{err.Error()}
	}
	if err := json.Unmarshal(text, &answer); err != nil || res.StatusCode != http.StatusOK && len(answer.Errors) == 0 {
		return []string{strconv.Itoa(res.StatusCode)}
	}
	for _, each := range answer.Errors {
		codes = append(codes, each.Extensions.Code)
	}
	return codes
}

// seen counts the calls that reached the services, by the address of the endpoint. It has no bound, unlike
// demo.Options.Record, and does not see calls that a demo.Fault answers.
type seen struct {
	mu sync.Mutex
	by map[string]int
}

// wrap is for demo.Options.
func (s *seen) wrap(_ string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && r.URL.Path != "/healthz" {
			s.mu.Lock()
			if s.by == nil {
				s.by = make(map[string]int)
			}
			s.by["http://"+at.String()]++
			s.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// calls is how many calls these endpoints got.
func (s *seen) calls(urls ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, url := range urls {
		n += s.by[url]
	}
	return n
}

func TestALoadTellsWhatFailedAndWhatTheServicesSaw(t *testing.T) {
	label(t)
	s := newSite(t, 2)
	l := s.load
	if got := l.sends(50); got.requests != 50 || got.failed != 0 {
		t.Errorf("%v, want 50 and none", got)
	}
	if got := s.seen.calls(s.services.URLs(demo.User)...); got != 50 || s.attempts() != 50 {
		t.Errorf("the services saw %d calls and the lanes %d, want one for each request", got, s.attempts())
	}
	s.services.SetFault(demo.User, demo.Fault{Status: 400})
	if got := l.sends(20); got.failed != 20 || got.codes["UPSTREAM_REJECTED"] != 20 {
		t.Errorf("%v, want all refused", got)
	}
	s.services.ClearFaults()
	r := l.begin(endless)
	r.past(t, 30)
	r.goesOn(t, 30)
	if got := r.halt(); got.requests < 60 || got.failed != 0 {
		t.Errorf("%v, want 60 at least and none", got)
	}
}

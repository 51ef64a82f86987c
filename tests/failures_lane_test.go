package tests

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What the lanes of these tests lead to, and what it says.
const (
	laneBody   = `["all", "of", "it"]`
	laneHeader = "X-Service"
)

// lanePast is a lane to a service of its own, and a client that keeps its connections.
func lanePast(t *testing.T) (*lane, *http.Client) {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(laneHeader, r.Method+" "+r.URL.String())
		w.Header().Set("Content-Length", strconv.Itoa(len(laneBody)))
		_, _ = io.WriteString(w, laneBody)
	}))
	t.Cleanup(service.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	return openLane(t, "", service.URL), &http.Client{Transport: transport}
}

// moment is how long these tests wait for what does not come.
const moment = 100 * time.Millisecond

// through reads an answer, as far as it comes in time. Writes are not repeated by Go's client.
func through(t *testing.T, client *http.Client, l *lane, method string, limit time.Duration) (status int, body string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.url()+"/things?id=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if got, want := res.Header.Get(laneHeader), method+" /things?id=1"; res.StatusCode == http.StatusOK && got != want {
		t.Errorf("the service got %q, want %q", got, want)
	}
	return res.StatusCode, string(text), err
}

func passes(t *testing.T, client *http.Client, l *lane) {
	t.Helper()
	status, body, err := through(t, client, l, http.MethodGet, patience)
	if err != nil || status != http.StatusOK || body != laneBody {
		t.Fatalf("a lane that is in order leads to %d %q, %v", status, body, err)
	}
}

func TestALaneCountsWhatPasses(t *testing.T) {
	l, client := lanePast(t)
	for range 3 {
		passes(t, client, l)
	}
	if l.connections.Load() != 1 || l.requests.Load() != 3 || l.bytes.Load() < 3*int64(len(laneBody)) {
		t.Errorf("%d connections, %d requests and %d bytes passed", l.connections.Load(), l.requests.Load(), l.bytes.Load())
	}
}

// Each manner fails the connections that there are and those that are new, and none of them once it is over.
func TestALaneFailsInEachMannerAndRecovers(t *testing.T) {
	refused := func(err error) bool {
		return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET)
	}
	late := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	some := func(err error) bool { return err != nil }
	none := func(err error) bool { return err == nil }
	for name, c := range map[string]struct {
		manner manner
		status int
		body   string
		err    func(error) bool
		limit  time.Duration
	}{
		"refuse":              {manner{refuse: true}, 0, "", refused, patience},
		"swallow":             {manner{swallow: true}, 0, "", late, moment},
		"a status":            {manner{status: 503}, 503, "{}", none, patience},
		"a long delay":        {manner{delay: time.Minute}, 0, "", late, moment},
		"a short delay":       {manner{delay: time.Millisecond}, 200, laneBody, none, patience},
		"a rate":              {manner{rate: 100}, 200, laneBody, none, patience},
		"a low rate":          {manner{rate: 1}, 0, "", late, moment},
		"cut in the header":   {manner{cut: 10}, 0, "", some, patience},
		"announce too much":   {manner{announce: 1}, 200, laneBody, late, 3 * time.Second},
		"announce too little": {manner{announce: -1}, 200, laneBody[:len(laneBody)-1], none, patience},
		"hang up":             {manner{hangUp: true}, 200, laneBody, none, patience},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, client := lanePast(t)
			passes(t, client, l)
			l.turn(c.manner)
			for range 2 {
				status, body, err := through(t, client, l, http.MethodPost, c.limit)
				if status != c.status || body != c.body || !c.err(err) {
					t.Errorf("%d %q, %v", status, body, err)
				}
				// A connection that the lane hangs up on may not look it yet to the client's next request.
				client.CloseIdleConnections()
			}
			l.turn(manner{})
			passes(t, client, l)
		})
	}
}

func TestALaneCutsABody(t *testing.T) {
	l, client := lanePast(t)
	passes(t, client, l)
	waitFor(t, func() string { return "the lane has not counted its answer" }, func() bool { return l.bytes.Load() > 5 })
	l.turn(manner{cut: int(l.bytes.Load()) - 5})
	status, body, err := through(t, client, l, http.MethodPost, patience)
	if err == nil || len(body) >= len(laneBody) {
		t.Errorf("%d %q, %v, want half of it", status, body, err)
	}
}

func TestALaneWritesABodyWithoutEndUntilItsReaderLeaves(t *testing.T) {
	l, client := lanePast(t)
	l.turn(manner{endless: true})
	if status, body, err := through(t, client, l, http.MethodPost, patience); status != 200 || len(body) != 1<<20 || err != nil {
		t.Errorf("%d and %d bytes, %v, want as much as is taken", status, len(body), err)
	}
	l.turn(manner{})
	passes(t, client, l)
}

func TestALaneForgetsConnectionsForGood(t *testing.T) {
	l, client := lanePast(t)
	passes(t, client, l)
	l.forget()
	if _, _, err := through(t, client, l, http.MethodPost, moment); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a connection that is forgotten ends with: %v", err)
	}
	passes(t, client, l)
	if l.connections.Load() != 2 {
		t.Errorf("%d connections were made, want one more", l.connections.Load())
	}
}

func TestALaneClosesAStaleConnectionUnderARequest(t *testing.T) {
	l, client := lanePast(t)
	passes(t, client, l)
	l.turn(manner{stale: true})
	if status, _, err := through(t, client, l, http.MethodPost, patience); err == nil {
		t.Errorf("a write into a stale connection is answered with %d", status)
	}
	if l.requests.Load() != 1 {
		t.Errorf("%d requests came, want none on the stale connection", l.requests.Load())
	}
	passes(t, client, l) // on a new one
}

func TestALaneDelaysOnlyItsTail(t *testing.T) {
	l, client := lanePast(t)
	l.turn(manner{delay: time.Minute, every: 3})
	for i := range 6 {
		late := i%3 == 2
		limit := patience
		if late {
			limit = moment
		}
		if _, _, err := through(t, client, l, http.MethodPost, limit); (err != nil) != late {
			t.Errorf("answer %d: %v, want it late: %t", i, err, late)
		}
	}
}

func TestALaneTellsTheServiceThatItsCallerLeft(t *testing.T) {
	var left atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		left.Store(true)
	}))
	t.Cleanup(service.Close)
	client := &http.Client{Transport: new(http.Transport)}
	if status, _, err := through(t, client, openLane(t, "", service.URL), http.MethodGet, moment); err == nil {
		t.Fatalf("a service that hangs answers with %d", status)
	}
	waitFor(t, func() string { return "the service was never told" }, left.Load)
}

func TestALaneEndsWithEverythingThatItBegan(t *testing.T) {
	label(t)
	before := labelled(t)
	l, client := lanePast(t)
	l.turn(manner{swallow: true})
	if status, _, err := through(t, client, l, http.MethodGet, moment); err == nil {
		t.Errorf("a black hole answers with %d", status)
	}
	l.turn(manner{})
	passes(t, client, l)
	l.forget()
	if status, _, err := through(t, client, l, http.MethodPost, moment); err == nil {
		t.Errorf("a connection that is forgotten answers with %d", status)
	}
	passes(t, client, l)
	l.close()
	client.CloseIdleConnections()
	// The service of the test has two connections' goroutines at most, and its own.
	settles(t, before+3)
}

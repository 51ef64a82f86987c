package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// bodyOf is what a service says to a call, like to no other: its number, up to 20 KB of it.
func bodyOf(n int) string { return "[" + strings.Repeat(strconv.Itoa(n)+",", 1+n%4000) + "0]" }

// moody answers each call with its own body. Now and then it fails, breaks off, or takes its time.
func moody(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	body := bodyOf(n)
	switch rand.IntN(12) {
	case 0:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case 1:
		breakingOff(w, r)
		return
	case 2, 3:
		<-time.After(time.Duration(rand.IntN(4)) * time.Millisecond)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = io.WriteString(w, body)
}

// Calls are hedged, repeated and given up, and their answers lie in memory that others are given again. In a program built with
// the race detector, what was given back is overwritten.
func TestLentAnswersStayAsTheyCameUntilTheirLeaseEnds(t *testing.T) {
	way := open(t, func(c *Config) {
		c.Hedge.Enabled, c.Hedge.Percentile = true, 50
		c.Breaker.Enabled, c.EndpointBreaker.Enabled = false, false
		c.Outlier.ConsecutiveFailures = 0
	}, serve(t, moody), serve(t, moody))
	stack := way.WholeLent(1 << 20)
	var number, answered atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 30 {
				answered.Add(int64(borrowing(t, stack, &number)))
			}
		})
	}
	all.Wait()
	if answered.Load() < 500 {
		t.Errorf("only %d calls were answered", answered.Load())
	}
}

// borrowing makes some calls in the time of one lease, and looks at their answers while all of them are there.
func borrowing(t *testing.T, stack http.RoundTripper, number *atomic.Int64) (answered int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lease := lent.Begin(ctx)
	defer lease.End()
	if rand.IntN(8) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(1000))*time.Microsecond, cancel)
	}
	got := make(map[int][]byte)
	for range 3 {
		n := int(number.Add(1))
		if text, err := borrowed(lease, stack, n); err == nil {
			got[n] = text
		}
	}
	runtime.Gosched()
	for n, text := range got {
		if !bytes.Equal(text, []byte(bodyOf(n))) {
			t.Errorf("the answer to call %d is %.40q, want %.40q", n, text, bodyOf(n))
		}
	}
	return len(got)
}

func borrowed(ctx context.Context, stack http.RoundTripper, n int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://user/%d", n), http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := stack.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	if _, err := attempt.Read(res, 1<<20); err != nil {
		return nil, err
	}
	whole := res.Body.(*attempt.Whole) //nolint:forcetypeassert // it was just read
	whole.Borrow(ctx)
	return whole.Text(), nil
}

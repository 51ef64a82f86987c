package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// way is a client that calls a service, of which this process measures what a call costs it.
type way struct {
	http.RoundTripper
	name  string
	url   string
	close func()
	costs []time.Duration // of a call, by round
}

// The size of a round: so many calls for each second that a load is measured. All of them are made by so many callers, one after
// the other.
const (
	callsPerSecond = 5000
	callers        = 8
)

// overhead measures what the stack around calls to services costs, beside a bare http.Transport and beside the policies of a
// library (failsafe-go) over one. All of them make the same calls and read the same answers.
func (b *bench) overhead(ctx context.Context) error {
	ways, err := b.ways()
	if err != nil {
		return err
	}
	defer func() {
		for _, w := range ways {
			w.close()
		}
	}()
	calls := max(1, int64(callsPerSecond*b.settings.duration.Seconds()))
	for round := range b.settings.rounds + 1 {
		for _, w := range ways {
			cost, err := w.round(ctx, calls)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if round > 0 { // the first warms up
				w.costs = append(w.costs, cost)
			}
		}
	}
	b.tell(overheadOf(ways))
	return nil
}

func (b *bench) ways() ([]*way, error) {
	const path = "/users?ids=1,2,3"
	url := b.services.url("user")
	config := transport.DefaultConfig()
	config.URLs = []string{url}
	stack, err := transport.New("user", config, nil, transport.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	const most = 1 << 20
	bare, below := bareTransport(), bareTransport()
	return []*way{
		{name: "bare http.Transport", RoundTripper: bare, url: url + path, close: bare.CloseIdleConnections},
		{name: "Concierge's stack", RoundTripper: stack.Whole(most), url: "http://user" + path, close: stack.Close},
		{name: "failsafe-go's policies", RoundTripper: library(below), url: url + path, close: below.CloseIdleConnections},
	}, nil
}

func bareTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
}

// library has the library's counterparts of the stack's layers, as far as it has them: it chooses no endpoint, and its retries
// have no budget unless each policy shares one.
func library(next http.RoundTripper) http.RoundTripper {
	return failsafehttp.NewRoundTripper(next,
		failsafehttp.NewRetryPolicyBuilder().Build(),
		circuitbreaker.NewBuilder[*http.Response]().WithFailureRateThreshold(0.5, 20, 10*time.Second).Build(),
		adaptivelimiter.NewBuilder[*http.Response]().WithLimits(1, 1000, 100).Build(),
		timeout.New[*http.Response](10*time.Second),
	)
}

// round makes calls and returns what one cost this process.
func (w *way) round(ctx context.Context, calls int64) (time.Duration, error) {
	before, err := ownTime()
	if err != nil {
		return 0, err
	}
	var made atomic.Int64
	var failed [callers]error
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for failed[i] == nil && made.Add(1) <= calls {
				failed[i] = w.call(ctx)
			}
		})
	}
	all.Wait()
	after, err := ownTime()
	return (after - before) / time.Duration(calls), errors.Join(append(failed[:], err)...)
}

func (w *way) call(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, http.NoBody)
	if err != nil {
		return err
	}
	res, err := w.RoundTrip(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK {
		err = errors.Join(err, errors.New("the service answers "+res.Status))
	}
	return errors.Join(err, res.Body.Close())
}

// overheadTarget is the most that the stack shall cost a call beside a bare client.
const overheadTarget = 10 * time.Microsecond

func overheadOf(ways []*way) table {
	t := table{title: "calls to a service: CPU of the caller", head: []string{"way", "µs/call", "over bare"}}
	bare := typical(ways[0].costs)
	for _, w := range ways {
		cost := typical(w.costs)
		t.rows = append(t.rows, []string{w.name, fmt.Sprintf("%.1f", micros(cost)), fmt.Sprintf("%.1f", micros(cost-bare))})
	}
	found := typical(ways[1].costs) - bare
	t.notes = []string{fmt.Sprintf("target: the stack costs less than %.0f µs: %s, %.1f",
		micros(overheadTarget), verdict(found <= overheadTarget), micros(found))}
	return t
}

// typical is the median.
func typical(all []time.Duration) time.Duration {
	return time.Duration(median(all, func(d time.Duration) float64 { return float64(d) }))
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

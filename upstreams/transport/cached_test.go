package transport

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// keeping is the way to an endpoint, with a cache for everybody.
func keeping(t *testing.T, e *endpoint) (*Transport, *Metrics) {
	t.Helper()
	shared := cache.NewShared(cache.Parts{Memory: stored.NewMemory(1 << 20).Part("answers"), Purges: purge.NewLog(100, nil)})
	t.Cleanup(shared.Close)
	config := DefaultConfig()
	config.URLs, config.Cache.Depends = []string{e.URL}, sharing.Nothing
	metrics := NewMetrics(prometheus.NewRegistry())
	way, err := New("user", config, shared.Knowing(changes.Knowledge{}), metrics, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	return way, metrics
}

func TestWhatIsKnownIsNoCall(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "all of it")
	})
	way, metrics := keeping(t, e)
	for _, each := range []http.RoundTripper{way, way, way.Whole(1 << 20), way.Whole(1 << 20)} {
		if status, text, err := ask(t, each); err != nil || status != 200 || text != "all of it" {
			t.Errorf("%d %q, %v", status, text, err)
		}
	}
	if calls := testutil.ToFloat64(metrics.calls.WithLabelValues("user", "200")); calls != 1 || e.attempts.Load() != 1 {
		t.Errorf("%v calls, of which %d attempts were made, want one for all ways", calls, e.attempts.Load())
	}
	if _, _, err := ask(t, way.WholeShared(1<<20)); err != nil || e.attempts.Load() != 2 {
		t.Errorf("the way that keeps nothing made %d attempts, %v", e.attempts.Load()-1, err)
	}
}

func TestAnswersStreamThroughTheCacheAsTheyCome(t *testing.T) {
	more := make(chan struct{})
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "first")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-more:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "second")
	})
	way, _ := keeping(t, e)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := way.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text := make([]byte, 5)
	if _, err := io.ReadFull(res.Body, text); err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	close(more)
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "second" {
		t.Errorf("then %q, %v", rest, err)
	}
}

func TestWithoutASiteThereIsNoCache(t *testing.T) {
	e := serve(t, well)
	if way := open(t, nil, e); way.Cache() != nil {
		t.Error("there is one")
	}
}

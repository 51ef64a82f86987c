package transport

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
)

// instant is an endpoint that has the answer already.
type instant struct{}

func (instant) CloseIdleConnections() {}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, ContentLength: 2, Body: io.NopCloser(strings.NewReader("[]")), Request: req,
	}, nil
}

// stack is the whole of it over endpoints that cost nothing.
func stack(tb testing.TB) http.RoundTripper {
	tb.Helper()
	config := DefaultConfig()
	config.URLs = []string{"http://10.0.0.1:80", "http://10.0.0.2:80"}
	way, err := build("user", config, func(balancer.Address) balancer.Connection { return instant{} }, nil,
		NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	return way.Whole(1 << 20)
}

func once(tb testing.TB, way http.RoundTripper, req *http.Request) {
	tb.Helper()
	res, err := way.RoundTrip(req)
	if err != nil {
		tb.Fatal(err)
	}
	_ = res.Body.Close()
}

// mostAllocations is what a call may allocate beside what its connection does, with room for what differs between versions of Go.
const mostAllocations = 40

func TestACallCostsFewAllocations(t *testing.T) {
	way := stack(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users?ids=1,2,3", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(1000, func() { once(t, way, req) }); got > mostAllocations {
		t.Errorf("a call allocates %v times, want %d at most", got, mostAllocations)
	}
}

func BenchmarkStack(b *testing.B) {
	way := stack(b)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://user/users?ids=1,2,3", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		once(b, way, req)
	}
}

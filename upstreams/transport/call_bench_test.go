package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// ready is a service that answers every request with the same, and costs next to nothing: what is measured is the call.
func ready(b *testing.B, text string) (base string) {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	answer := []byte(text)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				requests := bufio.NewReader(c)
				for {
					line, err := requests.ReadSlice('\n')
					if err != nil {
						return
					}
					if !bytes.Equal(line, []byte("\r\n")) {
						continue
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// client is what the gateway knows of a client's request.
type client struct{ footprint footprint.Footprint }

func (c *client) Footprint() *footprint.Footprint { return &c.footprint }

// asked is a request of a client's that a call is made for.
func asked(b *testing.B) context.Context {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	req = facts.Add(facts.Begin(req), footprint.Key{}, new(client))
	req = correlation.Add(req, &correlation.Correlation{RequestID: "01J9ZC3", Trace: correlation.Trace{Parent: correlation.NewTrace()}})
	return req.Context()
}

// BenchmarkCall is a call over a connection that is kept, from the outermost layer to the socket and back.
func BenchmarkCall(b *testing.B) {
	for _, size := range []int{500, 20_000, 60_000} {
		text := "[" + strings.Repeat("1", size-2) + "]"
		config := DefaultConfig()
		config.URLs = []string{ready(b, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+
			"Cache-Control: no-store\r\nDate: Fri, 27 Nov 2026 02:44:03 GMT\r\nContent-Length: %d\r\n\r\n%s", size, text))}
		way, err := New("user", config, nil, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(way.Close)
		for name, stack := range map[string]http.RoundTripper{"whole": way.Whole(1 << 20), "streamed": way} {
			b.Run(fmt.Sprintf("%s of %d bytes", name, size), func(b *testing.B) { callAgain(b, stack, size) })
		}
	}
}

// callAgain makes one call after the other, each of which is answered by so many bytes.
func callAgain(b *testing.B, stack http.RoundTripper, size int) {
	b.Helper()
	ctx := attempt.Gather(asked(b))
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://user/users?ids=1,2,3", http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		req.Header["Accept"] = []string{"application/json"}
		correlation.Propagate(ctx, req.Header)
		res, err := stack.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if got, err := attempt.Read(res, 1<<20); err != nil || len(got) != size {
			b.Fatal(len(got), err)
		}
	}
}

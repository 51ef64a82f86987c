package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/connection"
)

// unwired is a connection that has the same answer to every request, and no kernel in between.
type unwired struct {
	answer, left []byte
}

func (u *unwired) Write(request []byte) (int, error) {
	u.left = u.answer
	return len(request), nil
}

func (u *unwired) Read(into []byte) (int, error) {
	n := copy(into, u.left)
	u.left = u.left[n:]
	return n, nil
}

func (*unwired) Close() error                     { return nil }
func (*unwired) LocalAddr() net.Addr              { return nil }
func (*unwired) RemoteAddr() net.Addr             { return nil }
func (*unwired) SetDeadline(time.Time) error      { return nil }
func (*unwired) SetReadDeadline(time.Time) error  { return nil }
func (*unwired) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkCallWithoutNetwork is BenchmarkCall without what the kernel takes.
func BenchmarkCallWithoutNetwork(b *testing.B) {
	for _, size := range []int{500, 10_000} {
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"+
			"Date: Fri, 27 Nov 2026 02:44:03 GMT\r\nContent-Length: %d\r\n\r\n[%s]", size, strings.Repeat("1", size-2))
		config := DefaultConfig()
		config.URLs = []string{"http://user"}
		to := func(at balancer.Address) balancer.Connection {
			return connection.New(at.Base, &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return &unwired{answer: []byte(answer)}, nil
			}})
		}
		way, err := build("user", config, to, nil, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(way.Close)
		stack := way.Whole(1 << 20)
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) { callAgain(b, stack, size) })
	}
}

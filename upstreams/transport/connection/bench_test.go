package connection

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// tells is a service that answers every request with the same, and costs next to nothing: what is measured is the caller.
func tells(tb testing.TB, answer string) *url.URL {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go tell(c, []byte(answer))
		}
	}()
	return &url.URL{Scheme: "http", Host: listener.Addr().String()}
}

func tell(c net.Conn, answer []byte) {
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
}

func BenchmarkGet(b *testing.B) {
	text := strings.Repeat("x", 500)
	base := tells(b, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(text), text))
	plain := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}
	b.Cleanup(plain.CloseIdleConnections)
	own := New(base, plain)
	for name, way := range map[string]http.RoundTripper{"plain": plain, "own": own} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			into := make([]byte, 600)
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, base.String()+"/users/7", nil)
				if err != nil {
					b.Fatal(err)
				}
				res, err := way.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.ReadFull(res.Body, into)
				if n != len(text) {
					b.Fatal(n, err)
				}
				_ = res.Body.Close()
			}
		})
	}
}

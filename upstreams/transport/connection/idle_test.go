package connection

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestAConnectionIsUsedAgainAsSoonAsItsAnswerHasBeenRead(t *testing.T) {
	s := serve(t, answers(hello))
	way := to(t, s)
	for i := range 10 {
		req, reused := traced(request(t.Context(), t, http.MethodGet, s.base, ""))
		res, err := way.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		if n, err := res.Body.Read(make([]byte, 5)); n != 5 { // and no more, not even for the end
			t.Fatal(n, err)
		}
		if len(*reused) != 1 || (*reused)[0] != (i > 0) {
			t.Errorf("request %d was sent on connections that were used before: %v", i+1, *reused)
		}
	}
	if s.connections() != 1 {
		t.Errorf("ten requests took %d connections, want one", s.connections())
	}
}

func TestABodySaysWhetherAllOfItCameWithTheHeader(t *testing.T) {
	for text, want := range map[string]bool{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello":                              true,
		"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + strings.Repeat("a", 40_000): false,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n":   false,
	} {
		s := serve(t, answers(text))
		way := to(t, s)
		res, err := way.RoundTrip(request(t.Context(), t, http.MethodGet, s.base, ""))
		if err != nil {
			t.Fatal(err)
		}
		body, ok := res.Body.(interface{ AtHand() (*attempt.Whole, bool) })
		if !ok {
			t.Fatalf("%.60q: it does not say", text)
		}
		if got, ok := body.AtHand(); ok != want || ok && string(got.Text()) != "hello" {
			t.Errorf("%.60q: it is %v, %t", text, got, ok)
		}
		if rest, err := io.ReadAll(res.Body); err != nil || want != (len(rest) == 0) {
			t.Errorf("%.60q: then %d bytes are left, and %v", text, len(rest), err)
		}
		if kept := way.idle.pop(); kept != nil {
			kept.drop()
		} else {
			t.Errorf("%.60q: its connection is not kept", text)
		}
		_ = res.Body.Close()
	}
}

func TestAConnectionThatNobodyUsesIsClosedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: answers(hello)}
		way := p.way(t, func(s *http.Transport) { s.IdleConnTimeout = 10 * time.Second })
		together(t, way, 3)
		if p.open() != 3 {
			t.Fatalf("%d connections are kept, want 3", p.open())
		}
		for range 4 { // one is used now and then
			time.Sleep(4 * time.Second)
			if _, err := get(t, way, inMemory); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if p.open() != 1 || p.connections() != 3 {
			t.Errorf("%d of %d connections are open, want the one of 3 that was used", p.open(), p.connections())
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if p.open() != 0 || way.idle.armed {
			t.Errorf("%d connections are open, and the sweeper is armed: %t, want nothing to be left", p.open(), way.idle.armed)
		}
	})
}

// together sends so many requests at the same time.
func together(t *testing.T, way http.RoundTripper, n int) {
	t.Helper()
	var bodies []*http.Response
	for range n {
		res, err := way.RoundTrip(request(t.Context(), t, http.MethodGet, inMemory, ""))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, res)
	}
	for _, each := range bodies {
		if n, err := each.Body.Read(make([]byte, 5)); n != 5 {
			t.Fatal(err)
		}
	}
}

func TestNoMoreConnectionsAreKeptThanAreWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: answers(hello)}
		way := p.way(t, func(s *http.Transport) { s.MaxIdleConnsPerHost = 2 })
		together(t, way, 5)
		if p.open() != 2 {
			t.Errorf("%d connections are kept, want 2", p.open())
		}
	})
}

func TestClosingGivesUpWhatIsKeptAndWhatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &piped{handle: answers(hello)}
		way := p.way(t, nil)
		together(t, way, 2)
		res, err := way.RoundTrip(request(t.Context(), t, http.MethodGet, inMemory, ""))
		if err != nil {
			t.Fatal(err)
		}
		way.CloseIdleConnections()
		if p.open() != 1 {
			t.Errorf("%d connections are open, want the one that is in use", p.open())
		}
		if n, _ := res.Body.Read(make([]byte, 5)); n != 5 || p.open() != 0 {
			t.Errorf("%d connections are open after its answer, want none", p.open())
		}
		together(t, way, 1)
		if p.open() != 1 {
			t.Error("no connection is kept any more")
		}
	})
}

// A write is not sent twice, so that it must not meet with a connection that the service has closed.
func TestAKeptConnectionThatTheServiceClosedIsNotUsed(t *testing.T) {
	for name, last := range map[string]string{
		"without a word":     "",
		"with a word before": "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			hangUp, hungUp := make(chan struct{}), make(chan struct{}, 2)
			s := serve(t, func(p *peer) {
				if _, ok := p.next(); ok {
					p.says(hello)
					<-hangUp
					p.says(last)
					_ = p.Close()
					hungUp <- struct{}{}
				}
			})
			way := to(t, s)
			if _, err := get(t, way, s.base); err != nil {
				t.Fatal(err)
			}
			close(hangUp)
			<-hungUp
			req, reused := traced(request(t.Context(), t, http.MethodPost, s.base, "order"))
			if got, err := send(way, req); got != "hello" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if len(*reused) != 1 || (*reused)[0] {
				t.Errorf("it was sent on connections that were used before: %v, want one that was not", *reused)
			}
		})
	}
}

func TestAnEndpointIsDialledByItsHostAndPort(t *testing.T) {
	for host, want := range map[string]string{
		"users.internal": "users.internal:80", "users.internal:8000": "users.internal:8000", "[fd00::1]": "[fd00::1]:80", "[fd00::1]:81": "[fd00::1]:81",
	} {
		t.Run(host, func(t *testing.T) {
			base := *inMemory
			base.Host = host
			got := ""
			way := New(&base, &http.Transport{DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
				got = network + " " + address
				return nil, net.ErrClosed
			}})
			if _, err := get(t, way, &base); err == nil || !strings.Contains(err.Error(), net.ErrClosed.Error()) {
				t.Errorf("got %v", err)
			}
			if got != "tcp "+want {
				t.Errorf("dialled %q, want %q", got, want)
			}
		})
	}
}

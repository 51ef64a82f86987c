package connection

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// falls answers the first request of the first connection, and hangs up on all that follow, after it has said something.
type falls struct {
	last  string
	twice bool // also on the connections that follow

	mu   sync.Mutex
	sent []string
}

func (f *falls) handle(p *peer) {
	for i := 0; ; i++ {
		text, ok := p.next()
		if !ok {
			return
		}
		f.mu.Lock()
		f.sent = append(f.sent, text)
		f.mu.Unlock()
		if p.number == 1 && i == 1 || p.number > 1 && f.twice {
			p.says(f.last)
			return
		}
		p.says(hello)
	}
}

// The service closes a kept connection just as a request comes. As with http.Transport, it is sent again where that is safe.
func TestARequestIsSentAgainWhenItsConnectionIsClosedUnderIt(t *testing.T) {
	for name, c := range map[string]struct {
		method, body string
		header       string
		service      *falls
		conns        []bool // used before
		want         attempt.Outcome
	}{
		"a read":                        {http.MethodGet, "", "", new(falls), []bool{true, false}, attempt.Answered},
		"a read without an answer":      {http.MethodHead, "", "", new(falls), []bool{true, false}, attempt.Answered},
		"a read with a body":            {http.MethodGet, "filter", "", new(falls), []bool{true, false}, attempt.Answered},
		"a write":                       {http.MethodPost, "order", "", new(falls), []bool{true}, attempt.Broken},
		"a write without a body":        {http.MethodDelete, "", "", new(falls), []bool{true}, attempt.Broken},
		"a write with a key":            {http.MethodPost, "order", "Idempotency-Key", new(falls), []bool{true, false}, attempt.Answered},
		"a write with another key":      {http.MethodPost, "order", "X-Idempotency-Key", new(falls), []bool{true, false}, attempt.Answered},
		"a read that always falls":      {http.MethodGet, "", "", &falls{twice: true}, []bool{true, false}, attempt.Broken},
		"a read whose answer has begun": {http.MethodGet, "", "", &falls{last: "H"}, []bool{true}, attempt.Broken},
		"a read that a hint answered":   {http.MethodGet, "", "", &falls{last: "HTTP/1.1 103 Early Hints\r\n\r\n"}, []bool{true}, attempt.Broken},
	} {
		for _, kind := range []string{"own", "plain"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				service := &falls{last: c.service.last, twice: c.service.twice}
				s := serve(t, service.handle)
				var way http.RoundTripper = to(t, s)
				if kind == "plain" {
					other := settings()
					t.Cleanup(other.CloseIdleConnections)
					way = other
				}
				if _, err := get(t, way, s.base); err != nil {
					t.Fatal(err)
				}
				req, reused := traced(request(t.Context(), t, c.method, s.base, c.body))
				if c.header != "" {
					req.Header.Set(c.header, "k")
				}
				res, err := way.RoundTrip(req)
				if got := attempt.Judge(t.Context(), res, err); got != c.want {
					t.Errorf("it is %v, %v, want it %v", got, err, c.want)
				}
				if err == nil {
					if res.Request != req {
						t.Error("the answer is to another request")
					}
					res.Body.Close()
				}
				if diff := cmp.Diff(c.conns, *reused); diff != "" {
					t.Errorf("sent on connections that were used before (-want +got):\n%s", diff)
				}
				service.mu.Lock()
				defer service.mu.Unlock()
				for _, each := range service.sent[1:] {
					if each != service.sent[1] || !strings.HasSuffix(each, "\r\n\r\n"+c.body) {
						t.Errorf("the service got %q, then %q", service.sent[1], each)
					}
				}
			})
		}
	}
}

var errGone = errors.New("the connection has gone")

// brittle is a connection on which a second request cannot be written, but for its first bytes.
type brittle struct {
	net.Conn
	first  int
	writes int
}

func (b *brittle) Write(text []byte) (int, error) {
	b.writes++
	if b.writes == 1 {
		return b.Conn.Write(text)
	}
	n, _ := b.Conn.Write(text[:b.first])
	return n, errGone
}

func TestARequestOfWhichNothingWasSentIsSentAgainWhateverItIs(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		first  int // bytes that can be written
		conns  []bool
	}{
		"a write":                       {http.MethodPost, 0, []bool{true, false}},
		"a write of which a part left":  {http.MethodPost, 10, []bool{true}},
		"a read of which a part left":   {http.MethodGet, 10, []bool{true, false}},
		"a read of which no part left":  {http.MethodGet, 0, []bool{true, false}},
		"a removal that was never sent": {http.MethodDelete, 0, []bool{true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &piped{handle: func(p *peer) {
					defer p.Close()
					for {
						if _, ok := p.next(); !ok {
							return
						}
						p.says(hello)
						if c.first > 0 && p.number == 1 {
							_, _ = p.requests.Discard(c.first)
							return
						}
					}
				}}
				way := p.way(t, func(s *http.Transport) {
					s.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
						made, err := p.dial(ctx, network, address)
						return &brittle{Conn: made, first: c.first}, err
					}
				})
				if _, err := get(t, way, inMemory); err != nil {
					t.Fatal(err)
				}
				req, reused := traced(request(t.Context(), t, c.method, inMemory, "order"))
				got, err := send(way, req)
				if again := len(c.conns) == 2; again != (err == nil) || again && got != "hello" || !again && !errors.Is(err, errGone) {
					t.Errorf("got %q, %v", got, err)
				}
				if diff := cmp.Diff(c.conns, *reused); diff != "" {
					t.Errorf("sent on connections that were used before (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestABodyThatIsNotAsItSaysIsNoFaultOfTheConnection(t *testing.T) {
	s := serve(t, answers(hello))
	way := to(t, s)
	if _, err := get(t, way, s.base); err != nil {
		t.Fatal(err)
	}
	req, reused := traced(request(t.Context(), t, http.MethodPost, s.base, "order"))
	req.ContentLength = 10
	if _, err := send(way, req); err == nil || len(*reused) != 1 {
		t.Errorf("got %v after %d connections, want an error after one", err, len(*reused))
	}
}

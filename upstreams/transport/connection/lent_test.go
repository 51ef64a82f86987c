package connection

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// saysTwice answers two requests on a connection with a body of so many bytes each, of another letter.
func saysTwice(status string, length int) func(*peer) {
	return func(p *peer) {
		for _, letter := range []string{"a", "b"} {
			if _, ok := p.next(); !ok {
				return
			}
			body := strings.Repeat(letter, length)
			_, _ = fmt.Fprintf(p, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, length, body)
		}
	}
}

// asks makes a call whose answer may be lent, or may not, and takes all of that in.
func asks(t *testing.T, way http.RoundTripper, at string, lends bool) *attempt.Whole {
	t.Helper()
	try := &attempt.Try{Call: &attempt.Call{Lends: lends}}
	req, err := http.NewRequestWithContext(context.WithValue(t.Context(), attempt.Key{}, try), http.MethodGet, at, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := way.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attempt.Read(res, 1<<20); err != nil {
		t.Fatal(err)
	}
	return res.Body.(*attempt.Whole) //nolint:forcetypeassert // it was just read
}

// A lent answer is there no more once its lease is over, and nothing becomes of any other. Until then the connection, which is
// used again, reads to elsewhere.
func TestOnlyAnswersThatAreLongAndGoodAreLent(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		length int
		may    bool
		lent   bool
	}{
		"one that is long":              {"200 OK", leastLent, true, true},
		"one that is short":             {"200 OK", leastLent - 1, true, false},
		"one that nobody gives back":    {"200 OK", leastLent, false, false},
		"a failure":                     {"503 Service Unavailable", leastLent, true, false},
		"one that has to be waited for": {"200 OK", 2 * readBuffer, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, saysTwice(c.status, c.length))
			way := New(s.base, &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1})
			defer way.CloseIdleConnections()
			lease := lent.Begin(t.Context())
			first := asks(t, way, s.base.String(), c.may)
			first.Borrow(lease)
			second := asks(t, way, s.base.String(), c.may)
			if s.connections() != 1 {
				t.Errorf("%d connections were made, want one that is used again", s.connections())
			}
			for letter, whole := range map[string]*attempt.Whole{"a": first, "b": second} {
				text, err := io.ReadAll(whole)
				if want := strings.Repeat(letter, c.length); string(text) != want || err != nil {
					t.Errorf("the answer is %.20q, %v, want %.20q", text, err, want)
				}
			}
			lease.End()
			if lent := first.Text() == nil; lent != c.lent {
				t.Errorf("it was lent: %v, want %v", lent, c.lent)
			}
		})
	}
}

// Whoever was told of a context's end closes the connection, however late that is.
func TestAConnectionThatSomebodyMayYetCloseIsNotKept(t *testing.T) {
	s := serve(t, saysTwice("200 OK", leastLent))
	for _, told := range []bool{false, true} {
		way := New(s.base, &http.Transport{MaxIdleConnsPerHost: 1})
		c, err := way.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.begin(nil, unlimited)
		reader := c.part(attempt.StopFunc(func() bool { return !told }), true)
		if kept := way.idle.take() != nil; kept == told || (reader != nil) == told {
			t.Errorf("told %t: it is kept: %t, and its reader is used again: %t", told, kept, reader != nil)
		}
		c.drop()
	}
}

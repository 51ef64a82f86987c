package limit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// body knows whether it was closed.
type body struct {
	io.Reader

	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func get(ctx context.Context) *http.Request {
	return httptest.NewRequest(http.MethodGet, "http://user/users?ids=1", nil).WithContext(ctx)
}

func answer(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: &body{Reader: strings.NewReader("ok")}}, nil
}

// free fails the test unless all places are.
func free(t *testing.T, l *Limiter) {
	t.Helper()
	if l.inUse != 0 || l.open != 0 {
		t.Errorf("%d calls count and %d are open, want none", l.inUse, l.open)
	}
}

func TestAPlaceIsKeptUntilTheAnswerIsClosed(t *testing.T) {
	l := newLimiter(bulkhead(1, 0))
	layer := Layer(l, roundTripper(answer))
	res, err := layer.RoundTrip(get(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := layer.RoundTrip(get(t.Context())); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	res.Body.Close()
	res.Body.Close()
	free(t, l)
}

func TestAnAnswerThatHasBeenReadKeepsNoPlace(t *testing.T) {
	l := newLimiter(bulkhead(1, 0))
	res, err := Layer(l, roundTripper(func(*http.Request) (*http.Response, error) {
		res, _ := answer(nil)
		_, err := attempt.Read(res, 10)
		return res, err
	})).RoundTrip(get(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	free(t, l)
	if text, _ := io.ReadAll(res.Body); string(text) != "ok" {
		t.Errorf("got %q", text)
	}
}

func TestAFailedCallKeepsNoPlace(t *testing.T) {
	l, broken := newLimiter(DefaultConfig()), errors.New("broken")
	res, err := Layer(l, roundTripper(func(*http.Request) (*http.Response, error) { return nil, broken })).RoundTrip(get(t.Context()))
	if res != nil || !errors.Is(err, broken) {
		t.Errorf("got %v and %v", res, err)
	}
	free(t, l)
}

func TestAPanicKeepsNoPlace(t *testing.T) {
	l := newLimiter(DefaultConfig())
	defer func() {
		if recover() == nil {
			t.Error("the panic was lost")
		}
		free(t, l)
	}()
	_, _ = Layer(l, roundTripper(func(*http.Request) (*http.Response, error) { panic("oh") })).RoundTrip(get(t.Context()))
}

func TestACallThatIsTurnedAwayClosesItsBody(t *testing.T) {
	l := newLimiter(bulkhead(1, 0))
	mustAcquire(t, l, priority.Interactive)
	sent := &body{Reader: strings.NewReader("a record")}
	req := get(t.Context())
	req.Body = sent
	res, err := Layer(l, roundTripper(answer)).RoundTrip(req)
	if _, withheld := errors.AsType[*attempt.WithheldError](err); !withheld || res != nil || !sent.closed {
		t.Errorf("got %v and %v, the body closed: %v", res, err, sent.closed)
	}
}

func TestTheClassComesFromTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(bulkhead(1, 10))
		layer := Layer(l, roundTripper(answer))
		p := mustAcquire(t, l, priority.Interactive)
		order := make(chan priority.Class, 3)
		for _, class := range priority.Classes() {
			go func() {
				res, err := layer.RoundTrip(get(priority.With(t.Context(), class)))
				if err == nil {
					order <- class
					res.Body.Close()
				}
			}()
			synctest.Wait()
		}
		p.Release(attempt.Answered)
		for _, want := range []priority.Class{priority.Critical, priority.Interactive, priority.Batch} {
			if got := <-order; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})
}

// A stream that is read for an hour is no call of an hour, and leaves the limit to others.
func TestAStreamIsNoSlowCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(DefaultConfig())
		layer := Layer(l, roundTripper(func(*http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Millisecond)
			return answer(nil)
		}))
		for range 200 {
			if _, err := layer.RoundTrip(get(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		if l.limit != l.config.Max || l.inUse != 0 || l.open != 200 {
			t.Errorf("got a limit of %d, %d calls that count and %d that are open", l.limit, l.inUse, l.open)
		}
	})
}

package breaker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answers is a service that answers every call so.
func answers(status int) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: http.NoBody}, nil
	}
}

func request(ctx context.Context, t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://user/users?ids=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

func TestALayerStopsCallingWhatFails(t *testing.T) {
	tell(t, nil, func(s *story) {
		calls := 0
		layer := Layer(s.b, roundTripper(func(req *http.Request) (*http.Response, error) {
			calls++
			return answers(http.StatusBadGateway)(req)
		}))
		for range 20 {
			if res, err := layer.RoundTrip(request(s.Context(), s.T)); err != nil || res.StatusCode != http.StatusBadGateway {
				s.Fatalf("RoundTrip = %v, %v, want the service's answer", res, err)
			}
		}
		sent := &body{Reader: strings.NewReader("{}")}
		req := request(s.Context(), s.T)
		req.Body = sent
		res, err := layer.RoundTrip(req)
		var withheld *attempt.WithheldError
		var open *OpenError
		if res != nil || !errors.As(err, &withheld) || !errors.As(err, &open) || open.RetryAfter != 5*time.Second {
			s.Errorf("RoundTrip = %v, %v, want no answer and an *OpenError that was withheld", res, err)
		}
		if calls != 20 {
			s.Errorf("the service was called %d times, want 20", calls)
		}
		if !sent.closed {
			s.Error("the body of a call that was not made is still open")
		}
	})
}

func TestALayerDoesNotBlameTheServiceForItsCallers(t *testing.T) {
	gone := func(req *http.Request) (*http.Response, error) { return nil, req.Context().Err() }
	full := func(*http.Request) (*http.Response, error) {
		return nil, &attempt.WithheldError{Err: errors.New("no room")}
	}
	for name, next := range map[string]roundTripper{
		"a caller who left":         gone,
		"a call that was withheld":  full,
		"a call for what is not":    answers(http.StatusNotFound),
		"a call that is not theirs": answers(http.StatusForbidden),
		"one call too many":         answers(http.StatusTooManyRequests),
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, nil, func(s *story) {
				ctx, cancel := context.WithCancel(s.Context())
				if name == "a caller who left" {
					cancel()
				}
				defer cancel()
				for range 100 {
					_, _ = Layer(s.b, next).RoundTrip(request(ctx, s.T))
				}
				s.is(Closed)
			})
		})
	}
}

func TestALayerTellsHowLongACallTook(t *testing.T) {
	tell(t, nil, func(s *story) {
		layer := Layer(s.b, roundTripper(func(req *http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Second)
			return answers(http.StatusOK)(req)
		}))
		for range 20 {
			go func() { _, _ = layer.RoundTrip(request(s.Context(), s.T)) }()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.told(Change{Closed, Open, "slow_rate", 5 * time.Second})
	})
}

func TestAProbeThatPanicsGivesItsPlaceBack(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		time.Sleep(5 * time.Second)
		layer := Layer(s.b, roundTripper(func(*http.Request) (*http.Response, error) { panic("a bug") }))
		for range 10 {
			func() {
				defer func() { _ = recover() }()
				_, _ = layer.RoundTrip(request(s.Context(), s.T))
			}()
		}
		s.recovers(0)
	})
}

func TestABreakerThatIsOffIsNoLayer(t *testing.T) {
	next := &http.Transport{}
	if got := Layer(New(Config{}, nil), next); got != next {
		t.Errorf("Layer = %v, want next itself", got)
	}
}

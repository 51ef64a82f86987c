package balancer

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

// breaksOff is a body of which half comes.
func breaksOff() io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader("half"), iotestError{io.ErrUnexpectedEOF}))
}

type iotestError struct{ err error }

func (e iotestError) Read([]byte) (int, error) { return 0, e.err }

func TestAWholeAnswerCountsOnceItIsThere(t *testing.T) {
	s := start(t, nil, "a")
	s.answer("a", streaming(io.NopCloser(strings.NewReader("all of it"))))
	res, err := s.RoundTrip(request(trying(t.Context(), &attempt.Try{Call: &attempt.Call{Whole: 100}}), t))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "in flight before the body is closed", s.Endpoints()[0].InFlight, 0)
	if text, err := io.ReadAll(res.Body); string(text) != "all of it" || err != nil {
		t.Errorf("the body is %q, %v", text, err)
	}
}

func TestAnAnswerThatBreaksOffIsAnAttemptThatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		body  io.ReadCloser
		whole int64
		want  error
	}{
		"half of it": {breaksOff(), 100, io.ErrUnexpectedEOF},
		"too much":   {io.NopCloser(strings.NewReader("much")), 3, attempt.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil, "a", "b")
			s.answer("a", streaming(c.body))
			res, err := s.RoundTrip(request(trying(t.Context(), &attempt.Try{Call: &attempt.Call{Whole: c.whole}}), t))
			if res != nil || !errors.Is(err, c.want) {
				t.Errorf("RoundTrip = %v, %v, want %v", res, err, c.want)
			}
			a := s.current(0).all[0]
			equal(t, "failures", a.record.row.Load(), 1)
			equal(t, "in flight", a.inFlight.Load(), 0)
		})
	}
}

func TestAStreamIsInFlightUntilItIsClosed(t *testing.T) {
	s := start(t, nil, "a")
	s.answer("a", streaming(io.NopCloser(strings.NewReader("all of it"))))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(res.Body); string(text) != "all of it" || err != nil {
		t.Errorf("the body is %q, %v", text, err)
	}
	equal(t, "in flight before it is closed", s.Endpoints()[0].InFlight, 1)
	_, _ = res.Body.Close(), res.Body.Close()
	equal(t, "in flight after it was closed twice", s.Endpoints()[0].InFlight, 0)
	equal(t, "failures", s.current(0).all[0].record.failed.Load(), 0)
}

func TestAStreamThatBreaksOffCountsAgainstTheEndpointOnce(t *testing.T) {
	gone := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx
	}
	for name, c := range map[string]struct {
		ctx  func(context.Context) context.Context
		read func(io.ReadCloser)
		want int64
	}{
		"to its end":      {nil, func(body io.ReadCloser) { _, _ = io.ReadAll(body) }, 1},
		"again":           {nil, func(body io.ReadCloser) { _, _ = io.ReadAll(body); _, _ = io.ReadAll(body) }, 1},
		"not that far":    {nil, func(body io.ReadCloser) { _, _ = body.Read(make([]byte, 1)) }, 0},
		"by who has left": {gone, func(body io.ReadCloser) { _, _ = io.ReadAll(body) }, 0},
		"after its end":   {nil, func(body io.ReadCloser) { body.Close(); _, _ = io.ReadAll(body) }, 0},
		"and is closed":   {nil, func(body io.ReadCloser) { _, _ = io.ReadAll(body); body.Close() }, 1},
		"and is not read": {nil, func(body io.ReadCloser) { body.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil, "a", "b")
			s.answer("a", streaming(breaksOff()))
			ctx := t.Context()
			if c.ctx != nil {
				ctx = c.ctx(ctx)
			}
			res, err := s.RoundTrip(request(ctx, t))
			if err != nil {
				t.Fatal(err)
			}
			c.read(res.Body)
			equal(t, "failures", s.current(0).all[0].record.failed.Load(), c.want)
		})
	}
}

func TestStreamsThatBreakOffEjectAndOpenTheBreaker(t *testing.T) {
	for name, want := range map[string]State{"ejected": Ejected, "open": Open} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(c *Config) {
				if want == Open {
					c.Outlier.ConsecutiveFailures = 0
				} else {
					c.Outlier.ConsecutiveFailures = 1
				}
			}, "a", "b")
			for range 30 {
				s.answer("a", streaming(breaksOff()))
				_ = s.ask(new(attempt.Call))
			}
			s.are(want, Healthy)
		})
	}
}

type socket struct {
	io.ReadCloser
	io.Writer
}

func TestAConnectionThatChangesItsProtocolCanBeWrittenTo(t *testing.T) {
	var written strings.Builder
	s := start(t, nil, "a")
	s.answer("a", streaming(&socket{io.NopCloser(strings.NewReader("")), &written}))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	body, ok := res.Body.(io.ReadWriteCloser)
	if !ok {
		t.Fatal("the body cannot be written to")
	}
	_, _ = io.WriteString(body, "hello")
	equal(t, "written", written.String(), "hello")
	equal(t, "in flight", s.Endpoints()[0].InFlight, 1)
	_ = body.Close()
	equal(t, "in flight after it was closed", s.Endpoints()[0].InFlight, 0)
}

func TestWhatIsNotTheEndpointsFaultDoesNotCount(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := start(t, nil, "a", "b")
	s.answer("a", func(*http.Request) (*http.Response, error) { return nil, context.Canceled })
	for range 100 {
		_, _ = s.RoundTrip(request(ctx, t))
	}
	s.are(Healthy, Healthy)
	equal(t, "calls that count", s.current(0).all[0].record.calls.Load(), 0)
	equal(t, "latency", s.Endpoints()[0].Latency, 0)
}

func TestAnEndpointThatAsksForRestGetsIt(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter string
		want       time.Duration
	}{
		"in seconds":            {"5", 5 * time.Second},
		"up to a date":          {"Sat, 01 Jan 2000 00:00:07 GMT", 7 * time.Second}, // when a fake clock begins, and 7 s
		"for too long":          {"3600", 30 * time.Second},
		"up to a date too late": {"Sat, 01 Jan 2000 01:00:00 GMT", 30 * time.Second},
		"no longer":             {"0", 0},
		"in the past":           {"Sat, 01 Jan 1990 00:00:00 GMT", 0},
		"in words":              {"soon", 0},
		"without saying so":     {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, nil, "a", "b")
				s.answer("a", status(503, "Retry-After", c.retryAfter))
				s.asks(1)
				s.answer("a", nil)
				both := map[string]int{"a": 5, "b": 5}
				if c.want > 0 {
					time.Sleep(c.want - 1)
					equal(t, "while it rests", s.asks(10), map[string]int{"b": 10})
					s.are(Healthy, Healthy)
					time.Sleep(time.Nanosecond)
				}
				equal(t, "afterwards", s.asks(10), both)
			})
		})
	}
}

func TestWhoeverRestsIsAskedWhenNobodyElseIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, opens, "a", "b")
		s.answer("a", status(503, "Retry-After", "30"))
		s.answer("b", refused)
		s.asks(3)
		s.are(Healthy, Open)
		s.answer("a", nil)
		equal(t, "with the other's breaker open", s.asks(10), map[string]int{"a": 10})

		alone := start(t, nil, "a")
		alone.answer("a", status(503, "Retry-After", "30"))
		equal(t, "alone", alone.asks(4), map[string]int{"a": 4})
	})
}

func TestARetryDoesNotWakeWhoeverRests(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.answer("a", status(503, "Retry-After", "30"))
	call := new(attempt.Call)
	_ = s.ask(call)
	if !s.Others(call) {
		t.Error("no other is left though b was not tried")
	}
	other := new(attempt.Call)
	other.Try("b")
	if s.Others(other) {
		t.Error("the one that rests is left for another attempt")
	}
	_ = s.ask(other)
	equal(t, "attempts", s.got, map[string]int{"a": 1, "b": 1})
}

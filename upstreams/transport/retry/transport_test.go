package retry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// service answers attempts one after the other as it was told, the last answer for ever.
type service struct {
	mu       sync.Mutex
	answers  []roundTripper
	attempts []time.Duration // when each came, since the beginning
	bodies   []string
	began    time.Time
}

func serving(answers ...roundTripper) *service { return &service{answers: answers, began: time.Now()} }

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		text, _ := io.ReadAll(req.Body)
		_ = req.Body.Close()
		body = string(text)
	}
	s.mu.Lock()
	next := s.answers[min(len(s.attempts), len(s.answers)-1)]
	s.attempts = append(s.attempts, time.Since(s.began))
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	return next(req)
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.attempts)
}

func says(status int, header ...string) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		res := answer(status, header...)
		res.Body = io.NopCloser(strings.NewReader("body"))
		return res, nil
	}
}

func fails(err error) roundTripper {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hangs answers nothing until the attempt is given up.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}

// takes answers after a while, unless the attempt is given up before.
func takes(d time.Duration, then roundTripper) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		if err := pause(req.Context(), d); err != nil {
			return nil, err
		}
		return then(req)
	}
}

var errRefused = &net.OpError{Op: "dial", Err: errors.New("connection refused")}

// stack is a layer under test.
type stack struct {
	http.RoundTripper
	transport *Transport
	metrics   *Metrics
}

func over(s http.RoundTripper, config Config, hedge Hedge, timeouts Timeouts) *stack {
	metrics := NewMetrics(prometheus.NewRegistry())
	t := New("user", config, hedge, func(*attempt.Call) bool { return true }, metrics)
	return &stack{t.Layer(0, false, func(*http.Request) Timeouts { return timeouts }, s), t, metrics}
}

// usual is a layer with the defaults.
func usual(s http.RoundTripper) *stack {
	return over(s, DefaultConfig(), DefaultHedge(), Timeouts{Total: 10 * time.Second})
}

// send makes a call and reads its answer.
func (s *stack) send(ctx context.Context, t *testing.T, method, body string, header ...string) (int, error) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://user/users", reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

func TestAFailedReadIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		first roundTripper
		count int
	}{
		"after a failure":           {says(500), 2},
		"after an overload":         {says(503), 2},
		"after no connection":       {fails(errRefused), 2},
		"after a broken connection": {fails(io.ErrUnexpectedEOF), 2},
		"after no answer in time":   {hangs, 2},
		"not after a refusal":       {says(404), 1},
		"not after another status":  {says(501), 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serving(c.first, says(200))
				status, err := usual(s).send(t.Context(), t, http.MethodGet, "")
				if err != nil || s.count() != c.count || c.count == 2 && status != 200 {
					t.Errorf("%d, %v after %d attempts, want %d attempts", status, err, s.count(), c.count)
				}
			})
		})
	}
}

func TestAWriteIsRepeatedOnlyWhereItWasNeverSent(t *testing.T) {
	for name, c := range map[string]struct {
		first  roundTripper
		header []string
		known  bool
		count  int
	}{
		"never sent":                             {first: fails(errRefused), count: 2},
		"failed":                                 {first: says(503), count: 1},
		"broken":                                 {first: fails(io.ErrUnexpectedEOF), count: 1},
		"failed, with a key":                     {first: says(503), header: []string{"Idempotency-Key", "k"}, count: 1},
		"failed, with a key that is honoured":    {first: says(503), header: []string{"Idempotency-Key", "k"}, known: true, count: 2},
		"broken, with a key that is honoured":    {first: fails(io.ErrUnexpectedEOF), header: []string{"Idempotency-Key", "k"}, known: true, count: 2},
		"timed out, with a key that is honoured": {first: hangs, header: []string{"Idempotency-Key", "k"}, known: true, count: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := DefaultConfig()
				config.IdempotencyKeys = c.known
				s := serving(c.first, says(200))
				_, _ = over(s, config, DefaultHedge(), Timeouts{Total: time.Second}).send(t.Context(), t, http.MethodPost, "order", c.header...)
				if s.count() != c.count {
					t.Errorf("%d attempts, want %d", s.count(), c.count)
				}
				for _, body := range s.bodies {
					if body != "order" {
						t.Errorf("an attempt sent the body %q, want all of it", body)
					}
				}
			})
		})
	}
}

// The first attempt was given up and its work goes on: the second must wait for it, and bring home what became of it.
func TestAWriteThatIsUnderWayIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig()
		config.IdempotencyKeys = true
		s := serving(hangs, says(409, "Retry-After", "1"), says(201))
		l := over(s, config, DefaultHedge(), Timeouts{Try: time.Second, Total: 10 * time.Second})
		status, err := l.send(t.Context(), t, http.MethodPost, "order", "Idempotency-Key", "k")
		if status != 201 || err != nil || s.count() != 3 || s.attempts[2]-s.attempts[1] < time.Second {
			t.Errorf("%d, %v after attempts at %v, want the third to be answered with 201 a second after the second", status, err, s.attempts)
		}
		if got := testutil.ToFloat64(l.metrics.retries.WithLabelValues("user", "under_way")); got != 1 {
			t.Errorf("it was counted %v times, want once", got)
		}
	})
}

func TestAKeyThatTheServiceDoesNotKnowIsNotSent(t *testing.T) {
	for known, want := range map[bool]string{false: "", true: "k"} {
		config := DefaultConfig()
		config.IdempotencyKeys = known
		got := "nothing came"
		s := serving(func(req *http.Request) (*http.Response, error) {
			got = req.Header.Get("Idempotency-Key")
			return says(200)(req)
		})
		if _, err := over(s, config, DefaultHedge(), Timeouts{Total: time.Second}).send(t.Context(), t, http.MethodPost, "x", "Idempotency-Key", "k"); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("where keys are known: %t, the service got %q, want %q", known, got, want)
		}
	}
}

func TestTimeIsDividedByTheAttemptsThatAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(hangs)
		began := time.Now()
		_, err := over(s, DefaultConfig(), DefaultHedge(), Timeouts{Total: 9 * time.Second}).send(t.Context(), t, http.MethodGet, "")
		if !errors.Is(err, attempt.ErrTimeout) || s.count() != 3 {
			t.Fatalf("%v after %d attempts, want a time-out after 3", err, s.count())
		}
		if took := time.Since(began); took > 9*time.Second || took < 8*time.Second {
			t.Errorf("the call took %v, want nearly all of its 9s", took)
		}
		if second := s.attempts[1]; second < 3*time.Second || second > 3100*time.Millisecond {
			t.Errorf("the second attempt began after %v, want 3s and a little wait", second)
		}
	})
}

func TestTheCallersTimeCountsWhereItIsShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := serving(hangs)
		_, _ = usual(s).send(ctx, t, http.MethodGet, "")
		if second := s.attempts[1]; s.count() != 3 || second < time.Second || second > 1100*time.Millisecond {
			t.Errorf("%d attempts, the second after %v, want 3, a second apart", s.count(), second)
		}
	})
}

func TestAnAttemptCanHaveALimitOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(hangs, says(200))
		timeouts := Timeouts{Try: time.Second, Total: time.Minute}
		if _, err := over(s, DefaultConfig(), DefaultHedge(), timeouts).send(t.Context(), t, http.MethodGet, ""); err != nil {
			t.Fatal(err)
		}
		if second := s.attempts[1]; second < time.Second || second > 1100*time.Millisecond {
			t.Errorf("the second attempt began after %v, want 1s and a little wait", second)
		}
	})
}

func TestTheFirstByteHasATimeOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		first, all time.Duration // when they come
		status     int
	}{
		"a first byte in time":       {900 * time.Millisecond, 2500 * time.Millisecond, 200},
		"a first byte that is late":  {1100 * time.Millisecond, 1200 * time.Millisecond, 0},
		"an end that comes too late": {900 * time.Millisecond, 3500 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := DefaultConfig()
				config.Max = 0
				l := over(roundTripper(func(req *http.Request) (*http.Response, error) {
					if err := pause(req.Context(), c.first); err != nil {
						return nil, err
					}
					trace(req).GotFirstResponseByte()
					return takes(c.all-c.first, says(200))(req)
				}), config, DefaultHedge(), Timeouts{Header: time.Second, Try: 3 * time.Second, Total: 10 * time.Second})
				status, err := l.send(t.Context(), t, http.MethodGet, "")
				if status != c.status || c.status == 0 && !errors.Is(err, attempt.ErrTimeout) {
					t.Errorf("%d, %v, want %d", status, err, c.status)
				}
			})
		})
	}
}

func TestAWriteHasAllOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(takes(9*time.Second, says(201)))
		if status, err := usual(s).send(t.Context(), t, http.MethodPost, "order"); status != 201 || err != nil {
			t.Errorf("%d, %v, want the answer after 9s of 10s", status, err)
		}
	})
}

func TestNoCallStartsThatCannotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(takes(100*time.Millisecond, says(200)))
		l := usual(s)
		if _, err := l.send(t.Context(), t, http.MethodGet, ""); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := l.send(ctx, t, http.MethodGet, ""); !errors.Is(err, ErrNoTime) || s.count() != 1 {
			t.Errorf("with half the time that the quickest call took: %v after %d calls, want none", err, s.count())
		}
		time.Sleep(time.Minute) // then nobody knows any more how long calls take
		late, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		if _, err := l.send(late, t, http.MethodGet, ""); errors.Is(err, ErrNoTime) {
			t.Error("a call was refused by what was known a minute ago")
		}
	})
}

func TestAServicesOwnWaitIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(says(429, "Retry-After", "1"), says(200))
		if status, err := usual(s).send(t.Context(), t, http.MethodGet, ""); status != 200 || err != nil {
			t.Fatal(status, err)
		}
		if second := s.attempts[1]; second < time.Second {
			t.Errorf("the second attempt came after %v, want 1s", second)
		}
	})
}

func TestALongWaitIsTheCallersToDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(says(429, "Retry-After", "60"))
		l := usual(s)
		if status, err := l.send(t.Context(), t, http.MethodGet, ""); status != 429 || err != nil || s.count() != 1 {
			t.Errorf("%d, %v after %d attempts, want the service's own answer at once", status, err, s.count())
		}
		if got := testutil.ToFloat64(l.metrics.refused.WithLabelValues("user", "retry_after")); got != 1 {
			t.Errorf("it was counted %v times, want once", got)
		}
	})
}

func TestAnOutageIsNotMultiplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(says(503))
		config := DefaultConfig()
		l := over(s, config, DefaultHedge(), Timeouts{Total: 10 * time.Second})
		const calls = 1000
		var all sync.WaitGroup
		for range calls {
			all.Go(func() { _, _ = l.send(t.Context(), t, http.MethodGet, "") })
		}
		all.Wait()
		if most := calls + calls*config.Budget/100 + 10*config.BudgetFloor; s.count() > most {
			t.Errorf("%d calls became %d attempts, want %d at most", calls, s.count(), most)
		}
		if got := testutil.ToFloat64(l.metrics.refused.WithLabelValues("user", "budget")); got == 0 {
			t.Error("nothing says that the budget was exhausted")
		}
	})
}

func TestACallerWhoLeavesEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		config := DefaultConfig()
		config.Backoff, config.MaxBackoff = time.Hour, time.Hour
		s := serving(says(500))
		ended := make(chan error)
		go func() {
			_, err := over(s, config, DefaultHedge(), Timeouts{Total: 24 * time.Hour}).send(ctx, t, http.MethodGet, "")
			ended <- err
		}()
		synctest.Wait()
		leave()
		if err := <-ended; !errors.Is(err, context.Canceled) || s.count() != 1 {
			t.Errorf("%v after %d attempts, want it to end in the wait after the first", err, s.count())
		}
	})
}

func TestABodyThatStreamsHasTheCallsTimeAndNotTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent *http.Request
		s := serving(func(req *http.Request) (*http.Response, error) { sent = req; return says(200)(req) })
		l := usual(s)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := l.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		if sent.Context().Err() != nil {
			t.Error("the attempt's time ended before the call's")
		}
		time.Sleep(2 * time.Second)
		if cause := context.Cause(sent.Context()); !errors.Is(cause, attempt.ErrTimeout) {
			t.Errorf("after the call's time its context ended by %v, want a time-out", cause)
		}
		_ = res.Body.Close()
	})
}

func TestAClosedBodyEndsItsAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent *http.Request
		s := serving(func(req *http.Request) (*http.Response, error) { sent = req; return says(200)(req) })
		if _, err := usual(s).send(t.Context(), t, http.MethodGet, ""); err != nil {
			t.Fatal(err)
		}
		if sent.Context().Err() == nil {
			t.Error("the attempt's clock still runs")
		}
	})
}

// hedging is a layer that knows that calls take 10 ms.
func hedging(t *testing.T, s *service) *stack {
	t.Helper()
	l := over(s, DefaultConfig(), Hedge{Enabled: true, Percentile: 95}, Timeouts{Total: 10 * time.Second})
	for range fewest {
		if _, err := l.send(t.Context(), t, http.MethodGet, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts, s.bodies, s.began = nil, nil, time.Now()
	return l
}

func TestASlowReadIsAskedForTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := takes(10*time.Millisecond, says(200))
		s := serving(quick)
		l := hedging(t, s)
		lost := make(chan error, 1)
		s.answers = []roundTripper{func(req *http.Request) (*http.Response, error) {
			_, err := hangs(req)
			lost <- err
			return nil, err
		}, quick}
		began := time.Now()
		if status, err := l.send(t.Context(), t, http.MethodGet, ""); status != 200 || err != nil || s.count() != 2 {
			t.Fatalf("%d, %v after %d attempts, want the second to answer", status, err, s.count())
		}
		if took := time.Since(began); took > 25*time.Millisecond {
			t.Errorf("it took %v, want little more than twice 10ms", took)
		}
		if err := <-lost; !errors.Is(err, attempt.ErrOutrun) {
			t.Errorf("the slow attempt ended by %v, want that it was outrun", err)
		}
		if got := testutil.ToFloat64(l.metrics.hedges.WithLabelValues("user", "won")); got != 1 {
			t.Errorf("%v won, want one", got)
		}
	})
}

func TestTheFirstOfTwoMayStillAnswer(t *testing.T) {
	for name, second := range map[string]roundTripper{
		"because it is quicker":        hangs,
		"because the second fails":     takes(time.Millisecond, says(503)),
		"because nobody else is there": fails(&attempt.WithheldError{Err: errors.New("no endpoint")}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serving(takes(10*time.Millisecond, says(200)))
				l := hedging(t, s)
				s.answers = []roundTripper{takes(20*time.Millisecond, says(200)), second}
				if status, err := l.send(t.Context(), t, http.MethodGet, ""); status != 200 || err != nil || s.count() != 2 {
					t.Errorf("%d, %v after %d attempts, want the first to answer", status, err, s.count())
				}
				if got := testutil.ToFloat64(l.metrics.hedges.WithLabelValues("user", "lost")); got != 1 {
					t.Errorf("%v lost, want one", got)
				}
			})
		})
	}
}

func TestWritesAreNeverHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(takes(10*time.Millisecond, says(200)))
		l := hedging(t, s)
		s.answers = []roundTripper{takes(time.Second, says(200))}
		if _, err := l.send(t.Context(), t, http.MethodPut, "x"); err != nil || s.count() != 1 {
			t.Errorf("%v after %d attempts, want one", err, s.count())
		}
	})
}

func TestHedgesComeOutOfTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(takes(10*time.Millisecond, says(200)))
		config := DefaultConfig()
		config.Budget, config.BudgetFloor = 0, 0
		l := over(s, config, Hedge{Enabled: true, Percentile: 95}, Timeouts{Total: 10 * time.Second})
		for range fewest {
			_, _ = l.send(t.Context(), t, http.MethodGet, "")
		}
		before := s.count()
		s.answers = []roundTripper{takes(time.Second, says(200))}
		if _, err := l.send(t.Context(), t, http.MethodGet, ""); err != nil || s.count() != before+1 {
			t.Errorf("%v after %d attempts, want one", err, s.count()-before)
		}
	})
}

func TestARequestIsSentAgainOnceWhereKeptConnectionsAreClosed(t *testing.T) {
	kept, fresh := httptrace.GotConnInfo{Reused: true}, httptrace.GotConnInfo{}
	for name, c := range map[string]struct {
		connections []httptrace.GotConnInfo
		distrusted  int
		want        error
	}{
		"none that is closed":                       {[]httptrace.GotConnInfo{kept}, 0, nil},
		"one that is closed, then a new one":        {[]httptrace.GotConnInfo{kept, fresh}, 0, nil},
		"one that is closed, then another":          {[]httptrace.GotConnInfo{kept, kept}, 1, nil},
		"two that are closed, then a new one":       {[]httptrace.GotConnInfo{kept, kept, fresh}, 1, nil},
		"two that are closed, and still no new one": {[]httptrace.GotConnInfo{kept, kept, kept}, 1, attempt.ErrReplayed},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.Max = 0
			distrusted := 0
			l := over(roundTripper(func(req *http.Request) (*http.Response, error) {
				attempt.From(req.Context()).Distrust = func() { distrusted++ }
				for _, each := range c.connections {
					trace(req).GotConn(each)
				}
				if err := context.Cause(req.Context()); err != nil {
					return nil, err
				}
				return says(200)(req)
			}), config, DefaultHedge(), Timeouts{Total: time.Second})
			if _, err := l.send(t.Context(), t, http.MethodGet, ""); !errors.Is(err, c.want) {
				t.Errorf("the call ended with %v, want %v", err, c.want)
			}
			if distrusted != c.distrusted {
				t.Errorf("the other connections were given up %d times, want %d", distrusted, c.distrusted)
			}
		})
	}
}

func BenchmarkLayer(b *testing.B) {
	res := answer(200)
	l := usual(roundTripper(func(*http.Request) (*http.Response, error) { res.Body = http.NoBody; return res, nil }))
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://user/users", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		res, err := l.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

// trace is what the layer listens by to net/http.
func trace(req *http.Request) *httptrace.ClientTrace {
	return httptrace.ContextClientTrace(attempt.Traced(req).Context())
}

// A connection whose other end has gone without a word looks like a service that is slow. The next attempt must not meet another.
func TestASilentConnectionIsDistrustedWithAllThatWereKept(t *testing.T) {
	for name, c := range map[string]struct {
		kept, spoke bool
		want        int
	}{
		"a kept one that says nothing": {kept: true, want: 1},
		"a kept one that began":        {kept: true, spoke: true},
		"a new one":                    {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := DefaultConfig()
				config.Max = 0
				distrusted := 0
				l := over(roundTripper(func(req *http.Request) (*http.Response, error) {
					attempt.From(req.Context()).Distrust = func() { distrusted++ }
					trace(req).GotConn(httptrace.GotConnInfo{Reused: c.kept})
					if c.spoke {
						trace(req).GotFirstResponseByte()
					}
					return hangs(req)
				}), config, DefaultHedge(), Timeouts{Total: time.Second})
				_, err := l.send(t.Context(), t, http.MethodGet, "")
				synctest.Wait()
				if !errors.Is(err, attempt.ErrTimeout) || distrusted != c.want {
					t.Errorf("%v, the connections were given up %d times, want %d", err, distrusted, c.want)
				}
			})
		})
	}
}

// net/http writes on a goroutine of its own, which may get to its end when the attempt has been given up already.
func TestAnAttemptMayTellThatItWasWrittenAfterTheNextHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(req *http.Request) (*http.Response, error) {
			watcher := attempt.Of(req.Context()).Watcher
			go watcher.Wrote(nil)
			return nil, io.ErrUnexpectedEOF
		}
		l := over(serving(late, says(200)), DefaultConfig(), DefaultHedge(), Timeouts{Header: time.Second, Total: 10 * time.Second})
		if status, err := l.send(t.Context(), t, http.MethodGet, ""); status != http.StatusOK || err != nil {
			t.Errorf("%d, %v", status, err)
		}
	})
}

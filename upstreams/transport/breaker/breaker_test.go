package breaker

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// story is a breaker, what it has told, and short words for what happens to it. Its chance is always the middle: an open time has
// no jitter, and a ramp takes the calls of its second half.
type story struct {
	*testing.T
	b       *Breaker
	changes []Change
}

// tell runs a story on a fake clock. Slow calls count in it.
func tell(t *testing.T, change func(*Config), plot func(s *story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig()
		config.SlowRate = 80
		if change != nil {
			change(&config)
		}
		s := &story{T: t}
		s.b = New(config, func(c Change) { s.changes = append(s.changes, c) })
		s.b.rules.random = func() float64 { return 0.5 }
		plot(s)
	})
}

func (s *story) allow() Ticket {
	s.Helper()
	if !s.b.Ready() {
		s.Fatal("it is not ready for a call")
	}
	ticket, err := s.b.Allow()
	if err != nil {
		s.Fatalf("a call was refused: %v", err)
	}
	return ticket
}

// calls makes n calls, one after the other and in no time.
func (s *story) calls(n int, outcome attempt.Outcome) {
	s.Helper()
	for range n {
		s.allow().Done(outcome, 0)
	}
}

func (s *story) refuses(want OpenError) {
	s.Helper()
	_, err := s.b.Allow()
	var got *OpenError
	if !errors.As(err, &got) {
		s.Fatalf("a call got the error %v, want an *OpenError", err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		s.Error(diff)
	}
}

func (s *story) is(want State) {
	s.Helper()
	if got := s.b.State(); got != want {
		s.Errorf("it is %v, want %v", got, want)
	}
}

func (s *story) opens() {
	s.Helper()
	s.calls(s.b.rules.MinCalls, attempt.Failed)
	s.is(Open)
}

// recovers waits for it to be half-open and passes all probes.
func (s *story) recovers(after time.Duration) {
	s.Helper()
	time.Sleep(after)
	s.is(HalfOpen)
	s.calls(s.b.rules.Probes, attempt.Answered)
	s.is(Closed)
}

func (s *story) told(want ...Change) {
	s.Helper()
	if diff := cmp.Diff(want, s.changes); diff != "" {
		s.Error(diff)
	}
}

func TestItOpensWhenTooManyCallsFailed(t *testing.T) {
	for _, outcome := range []attempt.Outcome{
		attempt.Failed, attempt.Overloaded, attempt.Unreachable, attempt.Broken, attempt.TimedOut,
	} {
		tell(t, nil, func(s *story) {
			s.calls(10, attempt.Answered)
			s.calls(9, outcome)
			s.is(Closed)
			s.calls(1, outcome)
			s.is(Open)
			s.refuses(OpenError{State: Open, RetryAfter: 5 * time.Second})
			s.told(Change{Closed, Open, "failure_rate", 5 * time.Second})
		})
	}
}

func TestItStaysClosed(t *testing.T) {
	tests := map[string]func(s *story){
		"while there are too few calls": func(s *story) { s.calls(19, attempt.Failed) },
		"while few enough fail": func(s *story) {
			for range 100 {
				s.calls(11, attempt.Answered)
				s.calls(9, attempt.Failed)
			}
		},
		"while calls fail seldom": func(s *story) {
			for range 100 {
				s.calls(1, attempt.Failed)
				time.Sleep(600 * time.Millisecond) // 17 in a window
			}
		},
		"when the service asks for fewer calls": func(s *story) { s.calls(1000, attempt.Limited) },
		"when callers leave":                    func(s *story) { s.calls(1000, attempt.Cancelled) },
		"when calls are not made":               func(s *story) { s.calls(1000, attempt.Withheld) },
		"when callers leave slow calls": func(s *story) {
			for range 1000 {
				s.allow().Done(attempt.Cancelled, time.Hour)
			}
		},
	}
	for name, plot := range tests {
		t.Run(name, func(t *testing.T) {
			tell(t, nil, func(s *story) {
				plot(s)
				s.is(Closed)
				s.told()
			})
		})
	}
}

func TestCallersWhoLeaveAreNoCallsThatWentWell(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.calls(1000, attempt.Cancelled)
		s.calls(1000, attempt.Withheld)
		s.opens() // 20 of 20, and not of 2020
	})
}

func TestItOpensWhenTooManyCallsWereSlow(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.calls(4, attempt.Answered)
		for range 16 {
			s.is(Closed)
			s.allow().Done(attempt.Answered, 2*time.Second)
		}
		s.told(Change{Closed, Open, "slow_rate", 5 * time.Second})
	})
}

func TestSlowCallsCountOnlyWhereARateIsSet(t *testing.T) {
	tell(t, func(c *Config) { c.SlowRate = 0 }, func(s *story) {
		for range 1000 {
			s.allow().Done(attempt.Answered, time.Hour)
		}
		time.Sleep(10 * time.Second)
		s.opens() // by failures it still does
		time.Sleep(5 * time.Second)
		for range 3 {
			s.allow().Done(attempt.Answered, time.Hour)
		}
		s.is(Closed)
	})
}

func TestItIsHalfOpenOnceItsTimeIsOver(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		time.Sleep(5*time.Second - time.Nanosecond)
		s.is(Open)
		s.refuses(OpenError{State: Open, RetryAfter: time.Nanosecond})
		if s.b.Ready() {
			s.Error("it is ready for a call while it is open")
		}
		time.Sleep(time.Nanosecond)
		s.is(HalfOpen) // though no call has come
		s.told(Change{Closed, Open, "failure_rate", 5 * time.Second}, Change{Open, HalfOpen, "waited", 0})
	})
}

func TestItClosesOnceAllProbesPassed(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		time.Sleep(5 * time.Second)
		first, second, third := s.allow(), s.allow(), s.allow()
		if s.b.Ready() {
			s.Error("it is ready for a fourth probe")
		}
		s.refuses(OpenError{State: HalfOpen, RetryAfter: time.Second})
		first.Done(attempt.Answered, 0)
		second.Done(attempt.Limited, 0)
		s.refuses(OpenError{State: HalfOpen, RetryAfter: time.Second}) // the third is still to tell
		s.is(HalfOpen)
		third.Done(attempt.Answered, 0)
		s.is(Closed)
		s.told(
			Change{Closed, Open, "failure_rate", 5 * time.Second},
			Change{Open, HalfOpen, "waited", 0},
			Change{HalfOpen, Closed, "probes_passed", 0},
		)
	})
}

func TestOneProbeThatFailsOpensIt(t *testing.T) {
	for name, end := range map[string]func(Ticket){
		"failed": func(probe Ticket) { probe.Done(attempt.TimedOut, 0) },
		"slow":   func(probe Ticket) { probe.Done(attempt.Answered, 2*time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, nil, func(s *story) {
				s.opens()
				time.Sleep(5 * time.Second)
				s.calls(2, attempt.Answered)
				end(s.allow())
				s.refuses(OpenError{State: Open, RetryAfter: 10 * time.Second})
				s.told(
					Change{Closed, Open, "failure_rate", 5 * time.Second},
					Change{Open, HalfOpen, "waited", 0},
					Change{HalfOpen, Open, "probe_failed", 10 * time.Second},
				)
			})
		})
	}
}

func TestAProbeWhoseCallerLeftGivesItsPlaceBack(t *testing.T) {
	for _, outcome := range []attempt.Outcome{attempt.Cancelled, attempt.Withheld} {
		tell(t, nil, func(s *story) {
			s.opens()
			time.Sleep(5 * time.Second)
			for range 100 {
				probes := []Ticket{s.allow(), s.allow(), s.allow()}
				s.refuses(OpenError{State: HalfOpen, RetryAfter: time.Second})
				for _, probe := range probes {
					probe.Done(outcome, time.Hour)
				}
				s.is(HalfOpen)
			}
			s.recovers(0)
		})
	}
}

func TestItStaysOpenForTwiceAsLongEachTimeUpToABound(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		for _, seconds := range []int{5, 10, 20, 40, 60, 60} {
			want := time.Duration(seconds) * time.Second
			if got := s.changes[len(s.changes)-1].For; got != want {
				t.Errorf("it is open for %v, want %v", got, want)
			}
			time.Sleep(want)
			s.calls(1, attempt.Failed)
		}
	})
}

func TestTheOpenTimeDiffersByATenthAndNeverExceedsItsBound(t *testing.T) {
	for _, tt := range []struct {
		random     float64
		wait, want time.Duration
	}{
		{0, 10 * time.Second, 9 * time.Second},
		{0.5, 10 * time.Second, 10 * time.Second},
		{1, 10 * time.Second, 11 * time.Second},
		{0, time.Minute, 54 * time.Second},
		{1, time.Minute, time.Minute},
	} {
		r := &rules{Config: DefaultConfig(), random: func() float64 { return tt.random }}
		if got := r.toOpen(time.Now(), "", tt.wait).wait.Round(time.Millisecond); got != tt.want {
			t.Errorf("about %v came out as %v by the chance %v, want %v", tt.wait, got, tt.random, tt.want)
		}
	}
}

func TestAResultFromAnEarlierStateDecidesNothing(t *testing.T) {
	tell(t, nil, func(s *story) {
		early := make([]Ticket, 100)
		for i := range early {
			early[i] = s.allow()
		}
		late := func(outcome attempt.Outcome) {
			for range 10 {
				early[0].Done(outcome, time.Hour)
				early = early[1:]
			}
		}
		s.opens()
		late(attempt.Answered)
		s.is(Open)
		time.Sleep(5 * time.Second)
		late(attempt.Answered) // no probe has passed by it
		s.is(HalfOpen)
		late(attempt.Failed) // nor failed
		s.is(HalfOpen)
		probe := s.allow()
		late(attempt.Cancelled) // nor got a place
		s.allow()
		s.allow()
		s.refuses(OpenError{State: HalfOpen, RetryAfter: time.Second})
		probe.Done(attempt.Failed, 0)
		time.Sleep(10 * time.Second)
		s.recovers(0)
		late(attempt.Failed)
		late(attempt.Failed)
		s.is(Closed)
	})
}

func TestAfterItHasClosedCallsComeBackByAndBy(t *testing.T) {
	const draws = 20_000
	tell(t, nil, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		drawn := 0
		s.b.rules.random = func() float64 { drawn++; return float64(drawn%draws) / draws }
		for _, want := range []int{10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100, 100} {
			admitted := 0
			for range draws {
				ticket, err := s.b.Allow()
				if err == nil {
					admitted++
					ticket.Done(attempt.Answered, 0)
				}
			}
			if got := admitted * 100 / draws; got != want {
				t.Errorf("%d percent of the calls were admitted, want %d", got, want)
			}
			s.is(Closed)
			time.Sleep(time.Second)
		}
	})
}

func TestTheRampTurnsCallsAwayByChance(t *testing.T) {
	const draws = 10_000
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, b: New(DefaultConfig(), nil)}
		s.opens()
		s.recovers(6 * time.Second)
		time.Sleep(5 * time.Second)
		admitted := 0
		for range draws {
			if ticket, err := s.b.Allow(); err == nil {
				admitted++
				ticket.Done(attempt.Answered, 0)
			}
		}
		if admitted < draws*50/100 || admitted > draws*60/100 {
			t.Errorf("%d of %d calls were admitted half way up the ramp, want about 55 percent", admitted, draws)
		}
	})
}

func TestACallThatTheRampTurnsAwayMayAskAgainSoon(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		if !s.b.Ready() {
			t.Error("it is not ready, though it takes some calls")
		}
		s.refuses(OpenError{State: Closed, RetryAfter: time.Second})
	})
}

func TestWithoutARampAllCallsComeBackAtOnce(t *testing.T) {
	tell(t, func(c *Config) { c.Ramp = 0 }, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		s.calls(1000, attempt.Answered)
	})
}

func TestHalfAsManyFailuresOpenItOnTheRampAndForLonger(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		s.b.rules.random = func() float64 { return 0 } // every call is let through
		time.Sleep(10*time.Second - time.Nanosecond)
		s.calls(9, attempt.Failed)
		s.is(Closed)
		s.b.rules.random = func() float64 { return 0.5 }
		s.calls(1, attempt.Failed)
		want := Change{Closed, Open, "failure_rate", 10 * time.Second}
		if diff := cmp.Diff(want, s.changes[len(s.changes)-1]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAfterTheRampTheOpenTimeStartsAnew(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		time.Sleep(10 * time.Second)
		s.calls(19, attempt.Failed)
		s.is(Closed)
		s.calls(1, attempt.Failed)
		want := Change{Closed, Open, "failure_rate", 5 * time.Second}
		if diff := cmp.Diff(want, s.changes[len(s.changes)-1]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACallOfTheRampCountsAfterIt(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.opens()
		s.recovers(5 * time.Second)
		time.Sleep(9 * time.Second)
		var tickets []Ticket
		for range 20 {
			tickets = append(tickets, s.allow())
		}
		time.Sleep(time.Second)
		for _, ticket := range tickets {
			ticket.Done(attempt.TimedOut, time.Second)
		}
		s.is(Open)
	})
}

func TestABreakerThatIsOffLetsEveryCallThrough(t *testing.T) {
	tell(t, func(c *Config) { *c = Config{} }, func(s *story) {
		s.calls(1000, attempt.Failed)
		s.is(Closed)
		s.told()
	})
}

func TestATicketOfNoBreakerCanEnd(*testing.T) {
	Ticket{}.Done(attempt.Failed, 0)
}

func TestWhoeverHearsOfAChangeMayAskTheBreaker(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.b.changed = func(c Change) {
			time.Sleep(5 * time.Second) // long enough for the next change, which is told after this one
			s.is(HalfOpen)
			s.changes = append(s.changes, c)
		}
		s.calls(20, attempt.Failed)
		s.told(Change{Closed, Open, "failure_rate", 5 * time.Second}, Change{Open, HalfOpen, "waited", 0})
	})
}

func TestABreakerSurvivesAListenerThatPanics(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.calls(19, attempt.Failed)
		s.b.changed = func(Change) { panic("a bug") }
		func() {
			defer func() { _ = recover() }()
			s.calls(1, attempt.Failed)
		}()
		s.b.changed = func(c Change) { s.changes = append(s.changes, c) }
		s.recovers(5 * time.Second)
		s.told(Change{Open, HalfOpen, "waited", 0}, Change{HalfOpen, Closed, "probes_passed", 0})
	})
}

func TestAnErrorSaysWhenToTryAgain(t *testing.T) {
	err := &OpenError{State: HalfOpen, RetryAfter: time.Second}
	if got, want := err.Error(), "breaker is half_open: try again in 1s"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

package breaker

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// model is the breaker in its simplest words: all calls in one list, all states in one place.
type model struct {
	Config
	chance func() float64

	state      State
	generation int
	since      time.Time // of the state
	lasts      time.Duration
	wait       time.Duration // what the open time would be without jitter
	out        int
	passed     int
	ended      []ended
	changes    []Change
}

type ended struct {
	tenth  int // of the window, counted from when it closed
	result result
}

func (m *model) to(state State, now time.Time, reason string) {
	m.lasts = 0
	if state == Open {
		m.lasts = min(time.Duration(float64(m.wait)*(0.9+0.2*m.chance())), m.MaxOpen)
	}
	m.changes = append(m.changes, Change{m.state, state, reason, m.lasts})
	m.state, m.since = state, now
	m.generation++
	m.out, m.passed, m.ended = 0, 0, nil
}

func (m *model) ramping(now time.Time) bool {
	return m.generation > 0 && now.Sub(m.since) < m.Ramp
}

func (m *model) pass(now time.Time) {
	switch {
	case m.state == Open && now.Sub(m.since) >= m.lasts:
		m.to(HalfOpen, now, "waited")
	case m.state == Closed && !m.ramping(now):
		m.wait = 0
	}
}

func (m *model) allows(now time.Time) bool {
	switch {
	case m.state == Open:
		return false
	case m.state == HalfOpen && m.out+m.passed == m.Probes:
		return false
	case m.state == HalfOpen:
		m.out++
		return true
	case m.ramping(now):
		return m.chance() < 0.1+0.9*float64(now.Sub(m.since))/float64(m.Ramp)
	default:
		return true
	}
}

func (m *model) ends(now time.Time, generation int, r result) {
	switch {
	case generation != m.generation:
	case m.state == HalfOpen:
		m.endsProbe(now, r)
	case r.counts:
		m.ended = append(m.ended, ended{m.tenth(now), r})
		m.weigh(now)
	}
}

func (m *model) endsProbe(now time.Time, r result) {
	m.out--
	switch {
	case !r.counts:
	case r.failed || r.slow:
		m.wait = min(2*m.wait, m.MaxOpen)
		m.to(Open, now, "probe_failed")
	default:
		m.passed++
		if m.passed == m.Probes {
			m.to(Closed, now, "probes_passed")
		}
	}
}

func (m *model) weigh(now time.Time) {
	calls, failed, slow, enough := 0, 0, 0, m.MinCalls
	for _, each := range m.ended {
		if each.tenth <= m.tenth(now)-10 {
			continue
		}
		calls++
		if each.result.failed {
			failed++
		}
		if each.result.slow {
			slow++
		}
	}
	if m.ramping(now) {
		enough = (enough + 1) / 2
	}
	wait := m.Open
	if m.wait > 0 {
		wait = min(2*m.wait, m.MaxOpen)
	}
	switch {
	case calls < enough:
	case 100*failed/calls >= m.FailureRate:
		m.wait = wait
		m.to(Open, now, "failure_rate")
	case m.SlowRate > 0 && 100*slow/calls >= m.SlowRate:
		m.wait = wait
		m.to(Open, now, "slow_rate")
	}
}

func (m *model) tenth(now time.Time) int { return int(now.Sub(m.since) / (m.Window / 10)) }

// machine runs a breaker beside its model, and keeps an eye on what must hold whatever the model says.
type machine struct {
	b       *Breaker
	model   *model
	lot     float64 // the chance of both
	calls   []call  // in flight
	changes []Change
	changed time.Time
}

type call struct {
	ticket     Ticket
	generation int
	state      State
}

var configs = rapid.Custom(func(t *rapid.T) Config {
	open := time.Duration(rapid.IntRange(1, 10).Draw(t, "open in s")) * time.Second
	return Config{
		Enabled:     true,
		Window:      time.Duration(rapid.IntRange(1, 20).Draw(t, "window in s")) * time.Second,
		MinCalls:    rapid.IntRange(1, 10).Draw(t, "min_calls"),
		FailureRate: rapid.IntRange(1, 100).Draw(t, "failure_rate"),
		SlowRate:    rapid.IntRange(0, 100).Draw(t, "slow_rate"),
		SlowAfter:   time.Second,
		Open:        open,
		MaxOpen:     open * time.Duration(rapid.IntRange(1, 20).Draw(t, "max_open in open")),
		Probes:      rapid.IntRange(1, 5).Draw(t, "probes"),
		Ramp:        time.Duration(rapid.IntRange(0, 10).Draw(t, "ramp in s")) * time.Second,
	}
})

func newMachine(config Config) *machine {
	m := &machine{lot: 0.5}
	chance := func() float64 { return m.lot }
	m.model = &model{Config: config, chance: chance, since: time.Now()}
	m.b = New(config, func(c Change) { m.changes, m.changed = append(m.changes, c), time.Now() })
	m.b.rules.random = chance
	return m
}

func (m *machine) wait(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 12_000).Draw(t, "pause in ms")) * time.Millisecond)
}

func (m *machine) allow(t *rapid.T) {
	m.lot = rapid.Float64Range(0, 1).Draw(t, "chance")
	ready := m.b.Ready()
	ticket, err := m.b.Allow()
	m.model.pass(time.Now())
	if want := m.model.allows(time.Now()); want != (err == nil) {
		t.Fatalf("Allow = %v, want admitted: %v", err, want)
	}
	var refused *OpenError
	switch {
	case err == nil && !ready:
		t.Fatal("a call was admitted that it was not ready for")
	case err == nil:
		m.calls = append(m.calls, call{ticket, m.model.generation, m.b.State()})
	case !errors.As(err, &refused) || refused.RetryAfter <= 0 || refused.State != m.b.State():
		t.Fatalf("the refusal is %#v", err)
	}
}

func (m *machine) end(t *rapid.T) {
	outcome := rapid.SampledFrom([]attempt.Outcome{
		attempt.Answered, attempt.Limited, attempt.Failed, attempt.TimedOut, attempt.Cancelled, attempt.Withheld,
	}).Draw(t, "outcome")
	took := time.Duration(rapid.IntRange(0, 2000).Draw(t, "took in ms")) * time.Millisecond
	m.endCall(t, outcome, took)
}

// endCall ends any of the calls in flight: an old one says nothing, a new one may.
func (m *machine) endCall(t *rapid.T, outcome attempt.Outcome, took time.Duration) {
	if len(m.calls) == 0 {
		t.Skip("no call is in flight")
	}
	i := rapid.IntRange(0, len(m.calls)-1).Draw(t, "call")
	ending := m.calls[i]
	m.calls = append(m.calls[:i:i], m.calls[i+1:]...)
	state := m.b.State()
	before := len(m.changes)
	m.lot = rapid.Float64Range(0, 1).Draw(t, "chance")
	m.model.pass(time.Now())
	m.model.ends(time.Now(), ending.generation, result{
		counts: outcome.Counts(), failed: outcome.Failure(), slow: m.model.SlowRate > 0 && took >= m.model.SlowAfter,
	})
	ending.ticket.Done(outcome, took)
	if !outcome.Counts() && (len(m.changes) > before || m.b.State() != state) {
		t.Fatal("a call that does not count changed something")
	}
}

func (m *machine) burst(t *rapid.T) {
	for range rapid.IntRange(1, 20).Draw(t, "calls") {
		m.allow(t)
		if len(m.calls) > 0 {
			m.endCall(t, attempt.Failed, 0)
		}
	}
}

func (m *machine) recover(t *rapid.T) {
	time.Sleep(m.model.MaxOpen)
	for range m.model.Probes {
		m.allow(t)
		if len(m.calls) > 0 {
			m.endCall(t, attempt.Answered, 0)
		}
	}
}

func (m *machine) check(t *rapid.T) {
	m.model.pass(time.Now())
	if got := m.b.State(); got != m.model.state {
		t.Fatalf("it is %v, want %v", got, m.model.state)
	}
	if diff := cmp.Diff(m.model.changes, m.changes); diff != "" {
		t.Fatal(diff)
	}
	m.checkPath(t)
	m.checkProbes(t)
}

// checkPath compares the changes with the ways that there are, and with the clock.
func (m *machine) checkPath(t *rapid.T) {
	ways := map[State][]State{Closed: {Open}, Open: {HalfOpen}, HalfOpen: {Closed, Open}}
	state := Closed
	for _, change := range m.changes {
		if change.From != state || !slices.Contains(ways[state], change.To) {
			t.Fatalf("it went from %v to %v, being %v", change.From, change.To, state)
		}
		state = change.To
	}
	if state == Open && time.Since(m.changed) >= m.changes[len(m.changes)-1].For {
		t.Fatal("it is open for longer than it said")
	}
}

func (m *machine) checkProbes(t *rapid.T) {
	probes := 0
	for _, each := range m.calls {
		if each.state == HalfOpen && each.generation == m.model.generation {
			probes++
		}
	}
	if probes > m.model.Probes {
		t.Fatalf("%d probes are in flight, want at most %d", probes, m.model.Probes)
	}
}

func TestItDoesWhatItsModelDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(rand.N(10_000 * time.Hour)) // rapid draws by the clock, and the fake one always begins at the same time
		// rapid asks a *testing.T for its deadline, which one on a fake clock does not tell.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			m := newMachine(configs.Draw(t, "config"))
			t.Repeat(map[string]func(*rapid.T){
				"wait": m.wait, "allow": m.allow, "end": m.end, "burst": m.burst, "recover": m.recover, "": m.check,
			})
		})
	})
}

package limit

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// world runs what is to happen, in order and without waiting.
type world struct {
	now    time.Duration
	random *rand.Rand
	events []event // a heap
	order  int
}

type event struct {
	at    time.Duration
	order int
	do    func()
}

func newWorld(seed uint64) *world { return &world{random: rand.New(rand.NewPCG(seed, 1))} }

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.order < o.order }

func (w *world) after(d time.Duration, do func()) {
	w.order++
	w.events = append(w.events, event{w.now + d, w.order, do})
	for i := len(w.events) - 1; i > 0 && w.events[i].before(w.events[(i-1)/2]); i = (i - 1) / 2 {
		w.events[i], w.events[(i-1)/2] = w.events[(i-1)/2], w.events[i]
	}
}

func (w *world) run(until time.Duration) {
	for len(w.events) > 0 && w.events[0].at <= until {
		first, last := w.events[0], len(w.events)-1
		w.events[0] = w.events[last]
		w.events = w.events[:last]
		for i := 0; ; {
			least := i
			for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
				if w.events[child].before(w.events[least]) {
					least = child
				}
			}
			if least == i {
				break
			}
			w.events[i], w.events[least] = w.events[least], w.events[i]
			i = least
		}
		w.now = first.at
		first.do()
	}
}

// service works on some calls at a time; the others wait in a queue of its own that has no bound. It does not notice when a
// caller has left.
type service struct {
	world   *world
	workers func(time.Duration) int
	refuses func(time.Duration) int // it answers 503 when it has so many calls; 0 is never
	busy    int
	queue   []work
}

type work struct {
	takes time.Duration
	done  func(attempt.Outcome)
}

func (s *service) call(w work) {
	if most := s.refuses(s.world.now); most > 0 && s.busy+len(s.queue) >= most {
		s.world.after(time.Millisecond, func() { w.done(attempt.Overloaded) })
		return
	}
	s.queue = append(s.queue, w)
	s.next()
}

func (s *service) next() {
	for len(s.queue) > 0 && s.busy < s.workers(s.world.now) {
		w := s.queue[0]
		s.queue = s.queue[1:]
		s.busy++
		s.world.after(w.takes, func() {
			s.busy--
			w.done(attempt.Answered)
			s.next()
		})
	}
}

// limiting is an algorithm under test.
type limiting interface {
	now() int
	admit(inFlight int)
	hold()
	observe(s sample)
}

// gateway calls a service within a limit, and has a queue as the Limiter has it.
type gateway struct {
	world   *world
	service *service
	limit   limiting
	delay   func(time.Duration) time.Duration // what its own slowness adds to each call
	used    int
	waiting []*pending
	calls   []outcome
	limits  []setting
}

type pending struct {
	send func()
	gone bool
}

// outcome is how a call ended that came at a time: all it took, and what of that the service had it.
type outcome struct {
	came, took, service time.Duration
	how                 attempt.Outcome // Withheld is turned away
}

type setting struct {
	at    time.Duration
	limit int
}

const (
	queueLength = 1000
	queueWait   = time.Second
	timeout     = 5 * time.Second
)

func (g *gateway) arrive(kind uint64, takes time.Duration) {
	came := g.world.now
	send := func() { g.send(came, kind, takes) }
	if len(g.waiting) == 0 && g.used < g.limit.now() {
		send()
		return
	}
	g.limit.hold()
	if len(g.waiting) >= queueLength {
		g.calls = append(g.calls, outcome{came: came, how: attempt.Withheld})
		return
	}
	p := &pending{send: send}
	g.waiting = append(g.waiting, p)
	g.world.after(queueWait, func() {
		if !p.gone {
			p.gone = true
			g.waiting = slices.DeleteFunc(g.waiting, func(o *pending) bool { return o == p })
			g.calls = append(g.calls, outcome{came: came, took: queueWait, how: attempt.Withheld})
		}
	})
}

func (g *gateway) send(came time.Duration, kind uint64, takes time.Duration) {
	began, ended := g.world.now, false
	g.used++
	g.limit.admit(g.used)
	end := func(how attempt.Outcome) {
		if ended {
			return
		}
		ended = true
		now := g.world.now
		g.calls = append(g.calls, outcome{came, now - came, now - began, how})
		g.limit.observe(sample{kind, began, now, how, g.used})
		g.used--
		g.limits = append(g.limits, setting{now, g.limit.now()})
		for len(g.waiting) > 0 && g.used < g.limit.now() {
			next := g.waiting[0]
			g.waiting = g.waiting[1:]
			next.gone = true
			next.send()
		}
	}
	delay := g.delay(began)
	g.service.call(work{takes, func(how attempt.Outcome) { g.world.after(delay, func() { end(how) }) }})
	g.world.after(timeout, func() { end(attempt.TimedOut) })
}

// seen is what callers saw of a stretch of time, and what the limit was.
type seen struct {
	length time.Duration

	came, answered, shed, refused int
	atService, median             time.Duration // medians: what the service had a call, and all that it took
	lowest, highest               int
}

func (g *gateway) between(from, to time.Duration) seen {
	s := seen{length: to - from}
	var atService, all []time.Duration
	for _, c := range g.calls {
		if c.came < from || c.came >= to {
			continue
		}
		s.came++
		switch c.how {
		case attempt.Answered:
			s.answered++
			atService, all = append(atService, c.service), append(all, c.took)
		case attempt.Withheld:
			s.shed++
		default:
			s.refused++
		}
	}
	s.atService, s.median = median(atService), median(all)
	for _, set := range g.limits {
		if set.at >= from && set.at < to {
			s.lowest, s.highest = min(cmp.Or(s.lowest, set.limit), set.limit), max(s.highest, set.limit)
		}
	}
	return s
}

func (s seen) rate(calls int) float64 { return float64(calls) / s.length.Seconds() }

func (s seen) percent(calls int) float64 { return 100 * float64(calls) / float64(max(s.came, 1)) }

func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2]
}

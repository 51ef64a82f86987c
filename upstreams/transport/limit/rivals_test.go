package limit

import (
	"math"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// The algorithms that capacity is compared with, each as it is usually described, with the same bounds.

// adaptive is the one that is used.
type adaptive struct{ *capacity }

func (a adaptive) now() int { return int(a.limit) }

// fixed is a bulkhead alone.
type fixed struct{}

func (fixed) now() int       { return 1000 }
func (fixed) admit(int)      {}
func (fixed) hold()          {}
func (fixed) observe(sample) {}

// aimd adds one for each limit's worth of answers, and takes a tenth away for each refusal or timeout.
type aimd struct {
	limit    float64
	inFlight int
}

func (a *aimd) now() int           { return int(a.limit) }
func (a *aimd) admit(inFlight int) { a.inFlight = inFlight }
func (a *aimd) hold()              {}
func (a *aimd) observe(s sample) {
	switch {
	case s.outcome != attempt.Answered:
		a.limit = max(16, 0.9*a.limit)
	case float64(a.inFlight) > a.limit/2:
		a.limit = min(1000, a.limit+1/a.limit)
	}
}

// vegas estimates the queue in the service from the quickest call, and keeps it between bounds (Brakmo and Peterson). It measures
// the quickest call anew after thirty limits' worth of calls.
type vegas struct {
	aimd

	quickest float64
	calls    int
}

func (v *vegas) observe(s sample) {
	took := float64(s.ended - s.began)
	v.calls++
	switch {
	case s.outcome != attempt.Answered:
		v.limit = max(16, 0.9*v.limit)
		return
	case v.quickest == 0, took < v.quickest, v.calls > 30*int(v.limit):
		v.quickest, v.calls = took, 0
		return
	case 2*float64(v.inFlight) < v.limit:
		return
	}
	queue := math.Ceil(v.limit * (1 - v.quickest/took))
	step := max(1, math.Log10(v.limit))
	switch {
	case queue < 3*step:
		v.limit = min(1000, v.limit+step)
	case queue > 6*step:
		v.limit = max(16, v.limit-step)
	}
}

// gradient follows the ratio of a long average to each call, smoothed.
type gradient struct {
	aimd

	average float64
	calls   int
}

func (g *gradient) observe(s sample) {
	took := float64(s.ended - s.began)
	if s.outcome != attempt.Answered {
		g.limit = max(16, 0.9*g.limit)
		return
	}
	g.calls++
	g.average += (took - g.average) / float64(min(g.calls, 600))
	if g.average > 2*took {
		g.average *= 0.95
	}
	if 2*float64(g.inFlight) >= g.limit {
		next := g.limit*max(0.5, min(1, 1.5*g.average/took)) + 4
		g.limit = max(16, min(1000, 0.8*g.limit+0.2*next))
	}
}

package tests

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// What is wrong with health checks and ejections elsewhere: endpoints that never come back, too many that are taken out, or the
// wrong ones.

func (s *site) ejections(t *testing.T) float64 {
	t.Helper()
	return s.sum(t, `concierge_upstream_ejections_total{`)
}

// Nothing is called between the failures and the recovery, so that only the checks can bring the endpoints back.
func TestEndpointsThatTheirChecksTookOutComeBackByThem(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "health: {path: /healthz, interval: 200ms, timeout: 200ms, unhealthy: 2, healthy: 2}")
	s.warm(t)
	usable := func() float64 { return s.sum(t, `concierge_upstream_endpoints{service="user",state="healthy"}`) }
	for range 2 {
		s.services.SetFault(demo.User, demo.Fault{Path: "/healthz", Status: 503})
		waitFor(t, func() string { return "the endpoints are never unhealthy" }, func() bool { return usable() == 0 })
		if ready := string(get(t, s.admin+"/readyz").body); !strings.Contains(ready, "none of its endpoints is usable") {
			t.Errorf("/readyz says %q", ready)
		}
		if got := s.load.sends(50); got.failed > 0 {
			t.Errorf("%v, want none: too few endpoints are healthy to leave the others out", got)
		}
		s.services.ClearFaults()
		waitFor(t, func() string { return "the endpoints are never healthy again" }, func() bool { return usable() == 2 })
	}
	for _, each := range s.lanes {
		s.returns(t, each)
	}
}

// An endpoint whose checks pass is given its calls at once, whatever time its ejection has left.
func TestACheckThatPassesEndsAnEjection(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "health: {path: /healthz, interval: 200ms, timeout: 200ms}",
		"outlier: {consecutive_failures: 3, ejection_time: 1h, max_ejection_time: 1h}", "endpoint_breaker: {enabled: false}")
	s.warm(t)
	s.services.SetFault(demo.User, demo.Fault{Endpoints: []int{0}, Path: "/users", Status: 500, Times: 20})
	if got := s.load.sends(200); got.failed > 0 || s.ejections(t) == 0 {
		t.Errorf("%v, and %v ejections", got, s.ejections(t))
	}
	s.returns(t, s.lanes[0])
}

func TestEndpointsThatChecksFoundDeadGetNoCalls(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "health: {path: /healthz, interval: 2s, timeout: 2s, unhealthy: 2, healthy: 2}")
	s.warm(t)
	s.services.SetFault(demo.User, demo.Fault{Endpoints: []int{0}, Path: "/healthz", Hang: true})
	s.log.await(t, func(log string) bool { return strings.Contains(log, `"msg":"endpoint unhealthy"`) })
	before := s.seen.calls(s.services.URLs(demo.User)[0])
	if got := s.load.sends(200); got.failed > 0 {
		t.Errorf("%v, want none", got)
	}
	if calls := s.seen.calls(s.services.URLs(demo.User)[0]) - before; calls > 0 {
		t.Errorf("an endpoint that fails its checks got %d calls", calls)
	}
	s.services.ClearFaults()
	s.returns(t, s.lanes[0])
}

func TestTheOnlyEndpointIsNeverEjected(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 1, "breaker: {enabled: false}", "endpoint_breaker: {enabled: false}")
	s.services.SetFault(demo.User, demo.Fault{Status: 500, Times: 200})
	s.load.sends(100)
	if n := s.ejections(t); n > 0 {
		t.Errorf("it was ejected %v times", n)
	}
	s.services.ClearFaults()
	if got := s.load.sends(100); got.failed > 0 {
		t.Errorf("%v once it is well", got)
	}
}

// What fails at every endpoint is no endpoint's fault alone.
func TestEndpointsThatAllFailAreNotAllEjected(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 4, "breaker: {enabled: false}", "endpoint_breaker: {enabled: false}",
		"outlier: {ejection_time: 1h, max_ejection_time: 1h}")
	s.warm(t)
	s.services.SetFault(demo.User, demo.Fault{Status: 500})
	s.load.sends(200)
	if out := s.sum(t, `concierge_upstream_endpoints{service="user",state="ejected"}`); out < 1 || out > 2 {
		t.Errorf("%v of 4 endpoints are ejected, want half of them at most", out)
	}
	s.services.ClearFaults()
	if got := s.load.sends(200); got.failed > 0 {
		t.Errorf("%v once the service is well", got)
	}
}

// One of four is ejected, for longer each time, and the others are not for what it does to their calls.
func TestOnlyTheEndpointThatFailsIsEjected(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 4, "endpoint_breaker: {enabled: false}", "outlier: {interval: 10s, ejection_time: 100ms, max_ejection_time: 10s}")
	s.warm(t)
	sick := s.lanes[0]
	sick.turn(manner{status: 500})
	r := s.load.begin(endless)
	waitFor(t, func() string { return "it is not ejected three times" }, func() bool { return s.ejections(t) >= 3 })
	if got := r.halt(); got.failed > 0 {
		t.Errorf("%v, want none", got)
	}
	if of := s.sum(t, `concierge_upstream_ejections_total{endpoint="`+sick.address); of != s.ejections(t) {
		t.Errorf("%v of %v ejections were of the endpoint that fails", of, s.ejections(t))
	}
	var times []string
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"msg":"endpoint ejected"`) {
			_, rest, _ := strings.Cut(line, `"for":`)
			times = append(times, strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "}")))
		}
	}
	if want := "100000000 200000000 300000000"; !strings.HasPrefix(strings.Join(times, " "), want) {
		t.Errorf("it was ejected for %v, want %s at first", times, want)
	}
	sick.turn(manner{})
	s.returns(t, sick)
}

// Callers who ask for the wrong thing, or who leave, say nothing about an endpoint.
func TestWhatIsTheCallersFaultEjectsNobody(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "outlier: {consecutive_failures: 2}", "breaker: {window: 1s, min_calls: 2}",
		"endpoint_breaker: {window: 1s, min_calls: 2}")
	s.services.SetFault(demo.User, demo.Fault{Status: 422})
	if got := s.load.sends(50); got.codes["UPSTREAM_REJECTED"] != 50 {
		t.Errorf("%v, want all refused", got)
	}
	s.services.SetFault(demo.User, demo.Fault{Hang: true})
	for range 10 {
		s.leaves(t)
	}
	s.services.ClearFaults()
	if got := s.load.sends(50); got.failed > 0 || s.ejections(t) > 0 {
		t.Errorf("%v after that, and %v ejections", got, s.ejections(t))
	}
	if opened := s.sum(t, `concierge_upstream_breaker_transitions_total{`); opened > 0 {
		t.Errorf("breakers changed %v times", opened)
	}
}

// An endpoint may ask to be left alone for some seconds, and is for as long as there is another.
func TestAnEndpointThatWantsToRestIsLeftAlone(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2)
	s.warm(t)
	calls := func() int { return s.seen.calls(s.services.URLs(demo.User)[0]) }
	wants := func(seconds string) {
		s.services.SetFault(demo.User, demo.Fault{
			Endpoints: []int{0}, Times: 1, Status: 503, Header: map[string][]string{"Retry-After": {seconds}},
		})
	}
	r := s.load.begin(endless)
	wants("1")
	r.goesOn(t, 40)
	before := calls()
	waitFor(t, func() string { return "it is never called again" }, func() bool { return calls() > before+10 })
	wants("30")
	waitFor(t, func() string { return "it is called again and again" }, func() bool {
		before := calls()
		r.goesOn(t, 200)
		return calls() == before
	})
	if got := r.halt(); got.failed > 0 {
		t.Errorf("%v, want none", got)
	}
}

package balancer

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestEndpointsThatStayKeepTheirState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b", "c")
		s.answer("a", refused)
		s.asks(15)
		before := s.current(0).all
		s.logged("msg=\"endpoint ejected\" endpoint=a reason=consecutive_failures for=30s")
		s.Replace(addresses("d", "a", "b", "a"))
		after := s.current(0).all
		if len(after) != 3 || after[1] != before[0] || after[2] != before[1] {
			t.Errorf("the endpoints are %v, want a new one and the two that stay", s.Endpoints())
		}
		s.are(Healthy, Ejected, Healthy)
		s.logged("msg=\"endpoint added\" endpoint=d", "msg=\"endpoint removed\" endpoint=c")
		equal(t, "closed", s.closed, map[string]int{"c": 1})
		s.Replace(addresses("d", "a", "b"))
		s.logged()
	})
}

func TestNoAddressesLeaveThePoolAsItIs(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.Replace(nil)
	s.are(Healthy, Healthy)
	s.logged()
}

func TestWeightsCanChange(t *testing.T) {
	s := start(t, func(c *Config) { c.Balance.SlowStart = 0 }, "a", "b")
	heavy := addresses("a", "b")
	heavy[1].Weight = 3
	s.Replace(heavy)
	equal(t, "the calls", s.asks(40), map[string]int{"a": 10, "b": 30})
}

func TestNewEndpointsStartSlowlyUnlessAllAreNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b")
		equal(t, "at the start", s.asks(100), map[string]int{"a": 50, "b": 50})
		s.Replace(addresses("c", "d"))
		equal(t, "when all are new", s.asks(100), map[string]int{"c": 50, "d": 50})
		s.Replace(addresses("c", "d", "e"))
		equal(t, "beside two that stay", s.asks(210), map[string]int{"c": 100, "d": 100, "e": 10})
		time.Sleep(s.config.Balance.SlowStart)
		equal(t, "in the end", s.asks(90), map[string]int{"c": 30, "d": 30, "e": 30})
	})
}

func TestAnEndpointThatGoesFinishesItsCallsFirst(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.answer("a", streaming(io.NopCloser(strings.NewReader("to the end"))))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(addresses("b"))
	equal(t, "closed while a call is in flight", s.closed, map[string]int{})
	if text, err := io.ReadAll(res.Body); string(text) != "to the end" || err != nil {
		t.Errorf("the call ended with %q, %v", text, err)
	}
	res.Body.Close()
	equal(t, "closed when it has ended", s.closed, map[string]int{"a": 1})
	equal(t, "later calls", s.asks(5), map[string]int{"b": 5})
}

func TestAClosedPoolClosesWhatIsIdle(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.answer("a", streaming(io.NopCloser(strings.NewReader("to the end"))))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	equal(t, "closed at once", s.closed, map[string]int{"b": 1})
	res.Body.Close()
	equal(t, "closed when the last call has ended", s.closed, map[string]int{"a": 1, "b": 1})
}

// TestNoCallFailsWhileEndpointsChange has many callers and changes all the time. The race detector watches.
func TestNoCallFailsWhileEndpointsChange(t *testing.T) {
	for _, policy := range []Policy{PowerOfTwo, RoundRobin, ByHash} {
		t.Run(string(policy), func(t *testing.T) {
			s := start(t, func(c *Config) {
				c.Balance.Policy = policy
				c.Balance.Hash.Principal = policy == ByHash
			}, "e0", "e1")
			var ended atomic.Bool
			var callers sync.WaitGroup
			for i := range 4 {
				callers.Go(func() {
					ctx := WithAffinity(t.Context(), func(string, string) string { return strconv.Itoa(i) })
					for n := 0; !ended.Load(); n++ {
						call := &attempt.Call{Whole: int64(n % 2)}
						res, err := s.RoundTrip(request(trying(ctx, &attempt.Try{Call: call}), t))
						if err != nil {
							t.Errorf("a call failed: %v", err)
							return
						}
						res.Body.Close()
						s.Endpoints()
						s.Others(call)
					}
				})
			}
			for i := range 200 {
				s.Replace(addresses(fmt.Sprint("e", i), fmt.Sprint("e", i+1), fmt.Sprint("e", i+2)))
			}
			ended.Store(true)
			callers.Wait()
			for i := range 199 {
				if name := fmt.Sprint("e", i); s.closed[name] == 0 {
					t.Fatalf("the connections of %s, which has gone, were not closed", name)
				}
			}
			if families, err := s.registry.Gather(); err != nil {
				t.Error(err)
			} else {
				for _, family := range families {
					if len(family.GetMetric()) > 8 {
						t.Errorf("%s has %d series, want those of three endpoints", family.GetName(), len(family.GetMetric()))
					}
				}
			}
		})
	}
}

func TestAddressesAreToldApartByWhatIsDialled(t *testing.T) {
	s := start(t, nil, "user")
	one := addresses("user", "user", "user")
	one[0].Dial, one[1].Dial, one[2].Dial = "10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80"
	s.Replace(one)
	equal(t, "the calls", s.asks(10), map[string]int{"10.0.0.1:80": 5, "10.0.0.2:80": 5})
	equal(t, "closed", s.closed, map[string]int{"user": 1})
	s.answer("10.0.0.1:80", func(req *http.Request) (*http.Response, error) {
		equal(t, "where it is sent", []string{req.URL.Host, req.Host}, []string{"user", "user"})
		return status(200)(req)
	})
	s.asks(2)
}

package ratelimit_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/ratelimit"
)

func TestEachLimitCountsTogetherWhomItSays(t *testing.T) {
	const passes = http.StatusNoContent
	key := func(id, plan string) caller {
		return caller{Principal: auth.Principal{ID: "export", Method: auth.ByKey, Credential: id, Client: id, Plan: plan}, addr: "192.0.2.9"}
	}
	nobody := func(addr string) caller { return caller{addr: addr} }
	for name, c := range map[string]struct {
		by    ratelimit.By
		asks  []caller
		codes []int
	}{
		"everybody":                              {ratelimit.ByAll, []caller{user(1), user(2), nobody("198.51.100.1")}, []int{passes, passes, 429}},
		"a caller":                               {ratelimit.ByPrincipal, []caller{user(1), user(1), user(1), user(2)}, []int{passes, passes, 429, passes}},
		"a caller without a name, by address":    {ratelimit.ByPrincipal, []caller{nobody("192.0.2.1"), nobody("192.0.2.1"), nobody("192.0.2.1"), nobody("192.0.2.2"), user(1)}, []int{passes, passes, 429, passes, passes}},
		"an address":                             {ratelimit.ByIP, []caller{user(1), nobody("192.0.2.1"), nobody("192.0.2.1"), user(2)}, []int{passes, passes, 429, passes}},
		"an IPv6 site":                           {ratelimit.ByIP, []caller{nobody("2001:db8::1"), nobody("2001:db8::ffff:2"), nobody("2001:db8:0:0:f::"), nobody("2001:db8:0:1::1")}, []int{passes, passes, 429, passes}},
		"an IPv4 address, however it is written": {ratelimit.ByIP, []caller{nobody("192.0.2.1"), nobody("::ffff:192.0.2.1"), nobody("192.0.2.1")}, []int{passes, passes, 429}},
		"an API key and nobody else":             {ratelimit.ByKey, []caller{key("a", ""), key("a", ""), key("a", ""), key("b", ""), user(1), user(1), user(1)}, []int{passes, passes, 429, passes, passes, passes, passes}},
		"an application":                         {ratelimit.ByClient, []caller{key("a", ""), key("a", ""), key("a", ""), user(1), user(1), user(1)}, []int{passes, passes, 429, passes, passes, passes}},
		"a plan":                                 {ratelimit.ByPlan, []caller{key("a", "gold"), key("b", "gold"), key("c", "gold"), key("c", "unknown"), key("c", "")}, []int{passes, passes, 429, passes, passes}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rule := ratelimit.Rule{Name: "two", Limit: by(c.by, per(2, time.Minute))}
				s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{rule}}, map[string][]ratelimit.Rule{"gold": nil})
				for i, who := range c.asks {
					if got := s.ask(who).Code; got != c.codes[i] {
						t.Errorf("request %d is answered with %d, want %d", i, got, c.codes[i])
					}
				}
			})
		})
	}
}

func TestARuleIsAboutTheRequestsThatItNames(t *testing.T) {
	for name, c := range map[string]struct {
		rule    ratelimit.Rule
		request ratelimit.Request
		about   bool
	}{
		"all":               {ratelimit.Rule{}, ratelimit.Request{Door: "rest", Route: "GET /a"}, true},
		"its door":          {ratelimit.Rule{Door: "rest"}, ratelimit.Request{Door: "rest"}, true},
		"not another door":  {ratelimit.Rule{Door: "graphql"}, ratelimit.Request{Door: "rest"}, false},
		"its route":         {ratelimit.Rule{Routes: []string{"GET /a", "GET /b"}}, ratelimit.Request{Door: "rest", Route: "GET /b"}, true},
		"not another route": {ratelimit.Rule{Routes: []string{"GET /a"}}, ratelimit.Request{Door: "rest", Route: "GET /b"}, false},
		"its version":       {ratelimit.Rule{Versions: []string{"v1"}}, ratelimit.Request{Door: "rest", Version: "v1"}, true},
		"not another one":   {ratelimit.Rule{Versions: []string{"v1"}}, ratelimit.Request{Door: "rest", Version: "v2"}, false},
		"the door of tools": {ratelimit.Rule{Door: "mcp"}, ratelimit.Request{Door: "mcp"}, true},
		"not that of REST":  {ratelimit.Rule{Door: "mcp"}, ratelimit.Request{Door: "rest", Passes: true}, false},
		"nor one without":   {ratelimit.Rule{Versions: []string{"v1"}}, ratelimit.Request{Door: "rest"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.rule.Name, c.rule.Limit = "one", per(1, time.Minute)
				s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{c.rule}}, nil)
				s.request = c.request
				if over := s.statuses(3, user(1))[http.StatusTooManyRequests]; (over > 0) != c.about {
					t.Errorf("%d of 3 requests are refused", over)
				}
			})
		})
	}
}

func TestAPlansRulesHoldBesideThoseOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := ratelimit.Config{
			Rules:       []ratelimit.Rule{{Name: "requests", Limit: per(5, time.Minute)}},
			DefaultPlan: "free", AnonymousPlan: "none",
		}
		s := open(t, c, map[string][]ratelimit.Rule{
			"free": {{Name: "requests", Limit: per(2, time.Minute)}},
			"none": {{Name: "requests", Limit: per(1, time.Minute)}},
			"gold": nil,
		})
		gold := user(3)
		gold.Plan = "gold"
		unknown := user(4)
		unknown.Plan = "platinum"
		for _, each := range []struct {
			name   string
			caller caller
			passed int
		}{
			{"without a plan", user(1), 2},
			{"with one that is not configured", unknown, 2},
			{"without a name", caller{addr: "192.0.2.8"}, 1},
			{"with one that has no rules", gold, 5},
		} {
			if got := s.statuses(10, each.caller)[http.StatusNoContent]; got != each.passed {
				t.Errorf("a caller %s has %d requests, want %d", each.name, got, each.passed)
			}
		}
	})
}

// What a rule refuses must not be counted by the others.
func TestARequestIsChargedToAllItsRulesOrToNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "all", Limit: by(ratelimit.ByAll, per(10, time.Minute))},
			{Name: "caller", Limit: per(2, time.Minute)},
		}}, nil)
		s.statuses(100, user(1))
		if got := s.statuses(100, user(2))[http.StatusNoContent]; got != 2 {
			t.Errorf("the second caller has %d requests, want 2", got)
		}
		used := s.Open(ratelimit.Who{Principal: "1"}).Usage(t.Context())
		if len(used) != 2 || used[0].Used != 4 || used[1].Used != 2 {
			t.Errorf("the rules have counted %+v, want 4 of all and 2 of the caller", used)
		}
	})
}

func TestABurstShapesHowALimitIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := per(600, time.Minute)
		limit.Burst = 20
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "shaped", Limit: limit}}}, nil)
		var passed []int
		for range 4 {
			passed = append(passed, s.statuses(100, user(1))[http.StatusNoContent])
			time.Sleep(2 * time.Second)
		}
		if diff := cmp.Diff([]int{20, 20, 20, 20}, passed); diff != "" {
			t.Error(diff)
		}
		for range 26 {
			s.statuses(100, user(1))
			time.Sleep(2 * time.Second)
		}
		if got := s.statuses(100, user(1))[http.StatusNoContent]; got > 20 {
			t.Errorf("%d pass at once after a minute", got)
		}
	})
}

func TestARuleThatIsMeasuredRefusesNothingAndSaysWhatItWouldHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dry, wet := per(2, time.Minute), per(4, time.Minute)
		dry.Mode = ratelimit.Measure
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "dry", Limit: dry}, {Name: "wet", Limit: wet}}}, nil)
		if got := s.statuses(6, user(1)); got[http.StatusNoContent] != 4 {
			t.Errorf("answers are %v, want 4 that pass", got)
		}
		want := map[string]float64{"dry allowed": 2, "dry measured": 4, "wet allowed": 4, "wet limited": 2}
		if diff := cmp.Diff(want, s.decisions(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatIsOffCountsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := per(1, time.Minute)
		off.Mode = ratelimit.Off
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "off", Limit: off}}}, nil)
		if got := s.statuses(5, user(1))[http.StatusNoContent]; got != 5 {
			t.Errorf("%d pass", got)
		}
	})
}

func TestAQuotaBeginsAnewWithTheCalendar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight, on the first of January 2000
		limit := ratelimit.Limit{By: ratelimit.ByPrincipal, Limit: 3}
		if err := limit.Per.UnmarshalText([]byte("month")); err != nil {
			t.Fatal(err)
		}
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "quota", Limit: limit}}}, nil)
		time.Sleep(30 * 24 * time.Hour)
		if got := s.statuses(5, user(1))[http.StatusNoContent]; got != 3 {
			t.Errorf("%d pass at the end of January, want 3", got)
		}
		refused := s.ask(user(1))
		if got := refused.Header().Get("Retry-After"); got != "86400" {
			t.Errorf("there is %s s to wait, want the day that is left of January", got)
		}
		time.Sleep(24 * time.Hour)
		if got := s.statuses(5, user(1))[http.StatusNoContent]; got != 3 {
			t.Errorf("%d pass on the first of February, want 3", got)
		}
	})
}

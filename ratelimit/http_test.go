package ratelimit_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/ratelimit"
)

func TestAnswersTellWhatIsLeftOfEachLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shaped := per(60, time.Minute)
		shaped.Burst = 2
		dry := per(1, time.Minute)
		dry.Mode = ratelimit.Measure
		s := open(t, ratelimit.Config{LegacyHeaders: true, Rules: []ratelimit.Rule{
			{Name: "address", Limit: by(ratelimit.ByIP, per(100, time.Hour))},
			{Name: "caller", Limit: shaped},
			{Name: "dry", Limit: dry},
		}}, nil)
		const policies = `"address";q=100;w=3600, "caller";q=60;w=60, "caller-burst";q=2;w=2`
		for _, want := range []map[string]string{
			{"Ratelimit": `"address";r=99, "caller";r=59, "caller-burst";r=1`, "X-Ratelimit-Remaining": "59", "Retry-After": ""},
			{"Ratelimit": `"address";r=98, "caller";r=58, "caller-burst";r=0;t=2`, "X-Ratelimit-Remaining": "58", "Retry-After": ""},
			{"Ratelimit": `"address";r=98, "caller";r=58, "caller-burst";r=0;t=2`, "X-Ratelimit-Limit": "60", "Retry-After": "2"},
		} {
			header := s.ask(user(1)).Header()
			want["Ratelimit-Policy"] = policies
			for name, value := range want {
				if got := header.Get(name); got != value {
					t.Errorf("%s: %s, want %s", name, got, value)
				}
			}
		}
	})
}

func TestARefusalIsAProblemWithTheTypeAndTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "caller", Limit: per(1, 10*time.Second)}}}, nil)
		s.ask(user(1))
		time.Sleep(3 * time.Second)
		answer := s.ask(user(1))
		var body map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"type":  "https://iana.org/assignments/http-problem-types#quota-exceeded",
			"title": "Too Many Requests", "status": 429.0, "detail": "there were more requests than are allowed",
			"code": "RATE_LIMITED", "violated-policies": []any{"caller"},
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Error(diff)
		}
		if got := answer.Header().Get("Retry-After"); got != "7" {
			t.Errorf("Retry-After: %s, want 7", got)
		}
	})
}

// Whoever guesses credentials is stopped by the address, before another one is looked at.
func TestACredentialThatIsNoGoodCountsForItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "address", Limit: by(ratelimit.ByIP, per(3, time.Minute))},
			{Name: "caller", Limit: per(100, time.Minute)},
		}}, nil)
		got := s.statuses(10, caller{denied: true, addr: "192.0.2.1"})
		if diff := cmp.Diff(map[int]int{http.StatusUnauthorized: 3, http.StatusTooManyRequests: 7}, got); diff != "" {
			t.Error(diff)
		}
		if code := s.ask(caller{Principal: auth.Principal{ID: "1"}, addr: "192.0.2.1"}).Code; code != http.StatusTooManyRequests {
			t.Errorf("a good credential from there is answered with %d", code)
		}
		if code := s.ask(user(2)).Code; code != http.StatusNoContent {
			t.Errorf("another address is answered with %d", code)
		}
		time.Sleep(time.Minute)
		if code := s.ask(caller{denied: true, addr: "192.0.2.1"}).Code; code != http.StatusUnauthorized {
			t.Errorf("after a minute, the answer is %d", code)
		}
	})
}

func TestTheOperatorSeesWhoIsRefusedMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Consumers: 2, Rules: []ratelimit.Rule{{Name: "caller", Limit: per(1, time.Minute)}}}, nil)
		for id, n := range map[int]int{1: 51, 2: 31} {
			s.statuses(n, user(id))
		}
		for id := 3; id < 13; id++ { // each is refused once, and has no room to be remembered by
			s.statuses(2, user(id))
		}
		listed := s.Consumers()
		if len(listed) != 2 || listed[0].Subject != "1" || listed[0].Refused != 50 || listed[0].Over != 0 {
			t.Errorf("the list is %+v, want the first user with 50 in it", listed)
		}
	})
}

func TestTheOperatorLetsSomebodyGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shaped := per(6, time.Hour)
		shaped.Burst = 3
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "all", Limit: by(ratelimit.ByAll, per(8, time.Hour))}, {Name: "caller", Limit: shaped},
		}}, nil)
		if got := s.statuses(9, user(1))[http.StatusNoContent]; got != 3 {
			t.Fatalf("%d pass at first", got)
		}
		who := ratelimit.Who{Principal: "1"}
		for _, c := range []struct {
			rule             string
			counters, passed int
		}{{"caller", 2, 3}, {"other", 0, 0}, {"", 2, 2}, {"all", 1, 1}} {
			counters, err := s.Reset(t.Context(), who, c.rule)
			if err != nil || counters != c.counters {
				t.Errorf("resetting %q resets %d counters, %v", c.rule, counters, err)
			}
			if got := s.statuses(9, user(1))[http.StatusNoContent]; got != c.passed {
				t.Errorf("after resetting %q, %d pass, want %d", c.rule, got, c.passed)
			}
		}
	})
}

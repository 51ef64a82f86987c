package rules

import (
	"testing"
	"time"
)

func TestWhatACacheDidIsOneMemberOfAList(t *testing.T) {
	for want, r := range map[string]Report{
		"concierge; hit":                                       {},
		"concierge; hit; ttl=30":                               {Timed: true, TTL: 30*time.Second + 999*time.Millisecond},
		"concierge; hit; ttl=0":                                {Timed: true, Stored: true, Collapsed: true},
		"concierge; hit; ttl=-1":                               {Timed: true, TTL: -time.Millisecond},
		"concierge; hit; ttl=-30":                              {Timed: true, TTL: -30 * time.Second},
		"concierge; fwd=uri-miss; stored":                      {Forward: URIMiss, Stored: true},
		"concierge; fwd=uri-miss; collapsed":                   {Forward: URIMiss, Collapsed: true},
		"concierge; fwd=stale; fwd-status=304; ttl=60; stored": {Forward: Stale, ForwardStatus: 304, Timed: true, TTL: time.Minute, Stored: true},
		"concierge; fwd=bypass; detail=limit":                  {Forward: Bypass, Detail: "limit"},
		`concierge; fwd=miss; detail="1 \"a\\"`:                {Forward: AnyMiss, Detail: "1 \"a\\\n\x00é"},
		`concierge; fwd=method; detail="9"`:                    {Forward: Method, Detail: "9"},
	} {
		if got := Status("concierge", r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhyARequestGoesOnThoughThereIsAnAnswer(t *testing.T) {
	a := ok(Settings{}, "Cache-Control: max-age=60")
	obey := Settings{Obey: true}
	for _, c := range []struct {
		name  string
		got   Forward
		wants Forward
	}{
		{"it is stale", Why(get(), a, noon.Add(time.Hour), obey), Stale},
		{"the request does not want it", Why(get("Cache-Control: no-cache"), a, noon, obey), Requested},
		{"the request has a condition", Why(get(`If-Match: "a"`), a, noon, obey), Requested},
		{"the method", Why(with("POST"), a, noon, obey), Method},
		{"the method in a field", Why(get("X-HTTP-Method: POST"), a, noon, obey), Bypass},
	} {
		if c.got != c.wants {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.wants)
		}
	}
}

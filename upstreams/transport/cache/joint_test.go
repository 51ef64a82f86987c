package cache_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

func TestOnlyACallThatReadsWhatEveryoneWouldGetIsMadeForOthersToo(t *testing.T) {
	o := open(t, always(200, "[]"), func(s *setting) {
		s.config.Routes = []cache.Route{{Match: "/private", Enabled: false}}
	})
	for name, c := range map[string]struct {
		method, path string
		header       []string
		shares       bool
	}{
		"a list":                  {"GET", "/users?ids=1", nil, true},
		"a write":                 {"POST", "/users", nil, false},
		"no body wanted":          {"HEAD", "/users", nil, false},
		"a part":                  {"GET", "/users", []string{"Range", "bytes=0-1"}, false},
		"under a condition":       {"GET", "/users", []string{"If-Match", `"1"`}, false},
		"of a host of its own":    {"GET", "/users", []string{"X-Forwarded-Host", "example.org"}, false},
		"by a scheme of its own":  {"GET", "/users", []string{"X-Forwarded-Proto", "https"}, false},
		"a path of two meanings":  {"GET", "/users/%2e%2e/orders", nil, false},
		"where nothing is shared": {"GET", "/private", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := o.Shares(asking(t.Context(), c.method, c.path, c.header...)); got != c.shares {
				t.Errorf("Shares = %t, want %t", got, c.shares)
			}
		})
	}
}

func TestAnAnswerIsForThoseWhoSayTheSameInWhatItWasChosenBy(t *testing.T) {
	o := open(t, always(200, "[]"))
	for name, c := range map[string]struct {
		header []string
		same   []string // what those say who may be given it, besides Accept
		ok     bool
	}{
		"of a service that says nothing": {nil, nil, true},
		"chosen by a field":              {[]string{"Vary", "X-User-Id"}, []string{"X-User-Id", "ada"}, true},
		"chosen by anything":             {[]string{"Vary", "*"}, nil, false},
		"with a cookie":                  {[]string{"Set-Cookie", "a=b"}, nil, false},
		"that is private":                {[]string{"Cache-Control", "private"}, nil, false},
		"that is not to be kept":         {[]string{"Cache-Control", "no-store"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			req := asking(t.Context(), "GET", "/users", "X-User-Id", "ada")
			res := says(http.StatusOK, "[]", append(c.header, "Content-Type", "application/json")...)
			before, now := maps.Clone(res.Header), time.Now()
			varied, ok := o.Sharable(req, res, now, now)
			if ok != c.ok {
				t.Fatalf("Sharable = %t, want %t", ok, c.ok)
			}
			if ok && !rules.Selects(varied, asking(t.Context(), "GET", "/users", c.same...)) {
				t.Errorf("who says the same is not given what was chosen by %v", varied)
			}
			if ok && c.same != nil && rules.Selects(varied, asking(t.Context(), "GET", "/users", "X-User-Id", "bob")) {
				t.Errorf("somebody else is given what was chosen by %v", varied)
			}
			if len(before) != len(res.Header) {
				t.Errorf("the answer's header is now %v", res.Header)
			}
		})
	}
}

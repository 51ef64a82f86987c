package passthrough

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// announced is what an answer says of its version's end.
func announced(header http.Header) map[string][]string {
	said := make(map[string][]string)
	for _, name := range []string{"Deprecation", "Sunset", "Link"} {
		if values := header.Values(name); len(values) > 0 {
			said[name] = values
		}
	}
	return said
}

func TestAVersionThatEndsSaysSo(t *testing.T) {
	deprecated := Date{time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)}
	sunset := Date{time.Date(2090, 6, 30, 12, 30, 0, 0, time.FixedZone("", 7200))}
	v1 := func(change func(r *Route)) Route {
		return users(func(r *Route) { r.Version, r.Deprecated = "v1", deprecated; change(r) })
	}
	version := func(name string, by ...string) Route {
		return users(func(r *Route) {
			r.Version, r.VersionBy = name, []string{byPath}
			if by != nil {
				r.VersionBy = by
			}
		})
	}
	for name, c := range map[string]struct {
		routes []Route
		target string
		want   map[string][]string
	}{
		"one that stays": {[]Route{version("v1")}, "/v1/users/7", map[string][]string{}},
		"one of which more is not known": {
			[]Route{v1(func(*Route) {})}, "/v1/users/7", map[string][]string{"Deprecation": {"@1782777600"}},
		},
		"one with an end": {
			[]Route{v1(func(r *Route) { r.Sunset, r.Notice = sunset, "https://shop.example/v1" })},
			"/v1/users/7",
			map[string][]string{
				"Deprecation": {"@1782777600"}, "Sunset": {"Fri, 30 Jun 2090 10:30:00 GMT"},
				"Link": {`<https://shop.example/v1>; rel="deprecation"; type="text/html"`},
			},
		},
		"one with an end alone": {
			[]Route{v1(func(r *Route) { r.Deprecated, r.Sunset = Date{}, sunset })},
			"/v1/users/7",
			map[string][]string{"Sunset": {"Fri, 30 Jun 2090 10:30:00 GMT"}},
		},
		"one with a successor": {
			[]Route{v1(func(r *Route) { r.Successor = "/v3/people/{id}/details" }), version("v2")},
			"/v1/users/a%20b",
			map[string][]string{"Deprecation": {"@1782777600"}, "Link": {`</v3/people/a%20b/details>; rel="successor-version"`}},
		},
		"one with a next version": {
			[]Route{version("v10"), v1(func(*Route) {}), version("v9.1"), version("v9")},
			"/v1/users/7",
			map[string][]string{"Deprecation": {"@1782777600"}, "Link": {`</v9/users/7>; rel="successor-version"`}},
		},
		"one whose next versions end too": {
			[]Route{v1(func(*Route) {}), v1(func(r *Route) { r.Version = "v2" }), version("v3"), v1(func(r *Route) { r.Version = "v4" })},
			"/v1/users/7",
			map[string][]string{"Deprecation": {"@1782777600"}, "Link": {`</v3/users/7>; rel="successor-version"`}},
		},
		"one whose next version has its path": {
			[]Route{v1(func(*Route) {}), version("v2", byHeader)},
			"/v1/users/7",
			map[string][]string{"Deprecation": {"@1782777600"}, "Link": {`</users/7>; rel="successor-version"`}},
		},
		"one without a version": {
			[]Route{v1(func(r *Route) { r.Version = "" }), version("v1")},
			"/users/7",
			map[string][]string{"Deprecation": {"@1782777600"}, "Link": {`</v1/users/7>; rel="successor-version"`}},
		},
		"one whose next version is for other requests": {
			[]Route{
				v1(func(*Route) {}),
				users(func(r *Route) { r.Version, r.Host = "v2", "shop.example" }),
				users(func(r *Route) { r.Version, r.Match = "v2", "GET,HEAD /users/{id}" }),
				users(func(r *Route) { r.Version, r.Match = "v2", "GET /users/{name}/x" }),
				users(func(r *Route) { r.Version = "v0" }),
			}, "/v1/users/7", map[string][]string{"Deprecation": {"@1782777600"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := opened(t, says("{}"), c.routes...).ask(t, "GET", c.target, "")
			if diff := cmp.Diff(c.want, announced(w.Header())); diff != "" || w.Code != 200 {
				t.Errorf("%d %s", w.Code, diff)
			}
		})
	}
}

func TestAVersionIsGoneOnTheDayOfItsSunset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where it is the first day of 2000
		s := says(`{"id":7}`)
		d := opened(t, s, users(func(r *Route) { r.Version, r.Sunset, r.Successor = "v1", day(2000, 1, 3), "/v2/users/{id}" }))
		time.Sleep(48*time.Hour - time.Nanosecond)
		if w := d.askAs(t, ada(), "GET", "/v1/users/7", ""); w.Code != 200 {
			t.Errorf("got %d on the day before", w.Code)
		}
		time.Sleep(time.Nanosecond)
		w := d.askAs(t, auth.Principal{}, "GET", "/v1/users/7", "")
		want := map[string][]string{"Sunset": {"Mon, 03 Jan 2000 00:00:00 GMT"}, "Link": {`</v2/users/7>; rel="successor-version"`}}
		if diff := cmp.Diff(want, announced(w.Header())); diff != "" || w.Code != 410 {
			t.Errorf("%d %s %s", w.Code, w.Body, diff)
		}
		if len(s.asked) != 1 {
			t.Errorf("the service was asked %d times, want once", len(s.asked))
		}
		counted(t, d, "concierge_rest_gone_total", `concierge_rest_gone_total{route="GET /v1/users/{id}"} 1`)
		counted(t, d, "concierge_rest_calls_total",
			`concierge_rest_calls_total{consumer="7",version="v1"} 1`, `concierge_rest_calls_total{consumer="anonymous",version="v1"} 1`)
		if got := d.events[1]; got.Code != "GONE" || got.Status != 410 || got.Route != "GET /v1/users/{id}" {
			t.Errorf("the record says %+v", got)
		}
	})
}

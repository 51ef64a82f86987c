package passthrough

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestAServicesErrorKeepsItsStatusAndLosesItsWords(t *testing.T) {
	for status, code := range map[int]string{
		400: "BAD_USER_INPUT", 401: "UPSTREAM_REJECTED", 402: "BAD_USER_INPUT", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
		406: "NOT_ACCEPTABLE", 408: "UPSTREAM_TIMEOUT", 409: "CONFLICT", 410: "GONE", 412: "CONFLICT", 413: "PAYLOAD_TOO_LARGE",
		415: "UNSUPPORTED_MEDIA_TYPE", 418: "BAD_USER_INPUT", 422: "BAD_USER_INPUT", 429: "UPSTREAM_OVERLOADED", 451: "BAD_USER_INPUT",
		500: "UPSTREAM_ERROR", 501: "UPSTREAM_ERROR", 502: "UPSTREAM_ERROR", 503: "UPSTREAM_UNAVAILABLE", 504: "UPSTREAM_TIMEOUT", 599: "UPSTREAM_ERROR",
	} {
		s := &service{
			status: status, body: `{"detail":"secret","errors":[{"field":"secret sentence","code":"X"}]}`,
			header: http.Header{"Retry-After": {"7"}, "Allow": {"GET"}, "X-Secret": {"secret"}, "Set-Cookie": {"secret"}, "Content-Encoding": {"x"}},
		}
		d := opened(t, s, users(nil))
		w := d.ask(t, "GET", "/users/7", "")
		if diff := cmp.Diff(told{status, code, nil}, toldBy(t, w)); diff != "" {
			t.Error(diff)
		}
		header := w.Header()
		if strings.Contains(w.Body.String(), "secret") || header.Get("X-Secret") != "" || header.Get("Set-Cookie") != "" {
			t.Errorf("it shows %v %s", header, w.Body)
		}
		if header.Get("Retry-After") != "7" || header.Get("Allow") != "GET" {
			t.Errorf("it keeps to itself when to come again: %v", header)
		}
		if got := d.events[0]; got.Code != code || got.Status != status {
			t.Errorf("the record says %+v", got)
		}
	}
}

func TestAServicesErrorNamesTheMembersAtFaultByTheClientsNames(t *testing.T) {
	route := users(func(r *Route) {
		r.Rename = map[string]string{"username": "user_name", "address/city": "city", "name": "names/display"}
	})
	for name, c := range map[string]struct {
		media, body string
		want        []problem.Fault
	}{
		"members": {
			"application/problem+json",
			`{"errors":[{"field":"username","code":"TOO_LONG","message":"secret"},{"field":"address.city","code":"REQUIRED"},{"field":"name","code":"X"},` +
				`{"field":"items[0].product_id","code":"UNKNOWN_PRODUCT"},{"field":"","code":"CONFLICT"},{"code":"ALONE"}]}`,
			[]problem.Fault{
				{Field: "user_name", Code: "TOO_LONG"},
				{Field: "city", Code: "REQUIRED"},
				{Field: "names.display", Code: "X"},
				{Field: "items[0].product_id", Code: "UNKNOWN_PRODUCT"},
				{Code: "CONFLICT"},
				{Code: "ALONE"},
			},
		},
		"within members":    {"application/json", `{"errors":[{"field":"username.first","code":"X"}]}`, []problem.Fault{{Field: "user_name.first", Code: "X"}}},
		"words":             {"application/json", `{"errors":[{"field":"the user Ada","code":"X"},{"field":"name","code":"is too long"},{"field":"name","code":"X"}]}`, []problem.Fault{{Field: "names.display", Code: "X"}}},
		"of another form":   {"application/json", `{"errors":["secret"]}`, nil},
		"of another kind":   {"application/json", `{"errors":{"field":"name"}}`, nil},
		"none":              {"application/json", `{"error":"secret"}`, nil},
		"no JSON":           {"application/json", `secret`, nil},
		"another type":      {"text/html", `{"errors":[{"field":"name","code":"X"}]}`, nil},
		"no type":           {"", `{"errors":[{"field":"name","code":"X"}]}`, nil},
		"more than is read": {"application/json", `{"pad":"` + strings.Repeat("a", 64<<10) + `","errors":[{"field":"name","code":"X"}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{status: 422, body: c.body, header: http.Header{"Content-Type": {c.media}}}
			w := opened(t, s, route).ask(t, "GET", "/users/7", "")
			if diff := cmp.Diff(told{422, "BAD_USER_INPUT", c.want}, toldBy(t, w)); diff != "" || strings.Contains(w.Body.String(), "secret") {
				t.Error(w.Body, diff)
			}
		})
	}
}

func TestAServiceThatDoesNotAnswerIsAProblem(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want told
	}{
		"nobody there":     {errors.New("dial 10.0.0.7: secret"), told{503, "UPSTREAM_UNAVAILABLE", nil}},
		"too slow":         {attempt.ErrTimeout, told{504, "UPSTREAM_TIMEOUT", nil}},
		"without any room": {problem.New(problem.UpstreamOverloaded, ""), told{503, "UPSTREAM_OVERLOADED", nil}},
	} {
		for _, raw := range []bool{false, true} {
			route, target := users(nil), "/users/7"
			if raw {
				route, target = search(nil), "/search/a"
			}
			w := opened(t, &service{err: c.err}, route).askAs(t, ada("search"), "GET", target, "")
			if diff := cmp.Diff(c.want, toldBy(t, w)); diff != "" || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s, raw %t: %s %s", name, raw, w.Body, diff)
			}
		}
	}
}

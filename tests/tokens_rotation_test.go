package tests

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// An issuer that changes its keys as it should, the new one first in the set and then in use, and the old one then out of the set, is
// not noticed by anybody, however many ask meanwhile.
func TestKeysChangeUnderLoadWithoutARequestThatFails(t *testing.T) {
	for name, discover := range map[string]bool{"a key set": false, "discovery": true} {
		t.Run(name, func(t *testing.T) {
			set, discovered := newIssuer(t), newIssuer(t)
			p := severalIssuers(t, set, discovered)
			changing := set
			if discover {
				changing = discovered
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var answered, failed atomic.Int32
			var load sync.WaitGroup
			for range 4 {
				load.Go(func() {
					for ctx.Err() == nil {
						r := send(t, p.shows(t, http.MethodGet, "/v2/products/1", "", "Authorization: Bearer "+changing.token("7")))
						answered.Add(1)
						if r.status != http.StatusOK {
							failed.Add(1)
							t.Errorf("a request is answered with %d %s", r.status, r.body)
							return
						}
					}
				})
			}
			more := func(n int32) {
				from := answered.Load()
				waitFor(t, func() string { return "nothing is answered" }, func() bool { return answered.Load() >= from+n || failed.Load() > 0 })
			}
			first, second := changing.signing, publicKey{"second", newRSA()[1]}
			more(20)
			changing.publishes(first, second)
			more(20)
			changing.signs(second.id, second.private)
			more(40)
			changing.publishes(second)
			more(20)
			stop()
			load.Wait()
			if n := changing.asked.Load(); n < 2 || n > 6 {
				t.Errorf("the issuer was asked %d times", n)
			}
		})
	}
}

// While an issuer is down, what it signed before with a key that is known is good, and of the rest nobody can say.
func TestKeysThatWereReadOutliveTheirIssuer(t *testing.T) {
	set, discovered := newIssuer(t), newIssuer(t)
	p := severalIssuers(t, set, discovered)
	for _, each := range []*issuer{set, discovered} {
		ask := func(token string) reply {
			return send(t, p.shows(t, http.MethodGet, "/v2/products/1", "", "Authorization: Bearer "+token))
		}
		waitFor(t, func() string { return "the keys are not read" }, func() bool { return ask(each.token("7")).status == http.StatusOK })
		each.fails(true)
		for _, subject := range []string{"7", "8", "9"} { // none of which but the first is remembered
			if r := ask(each.token(subject)); r.status != http.StatusOK {
				t.Errorf("a token by a key that is known is answered with %d %s", r.status, r.body)
			}
		}
		p.services.ResetCalls()
		each.signs("second", newRSA()[1])
		r := ask(each.token("7"))
		refusal{503, problemJSON, "UNAVAILABLE", "", ""}.check(t, r)
		if got := r.header.Get("Retry-After"); got != "5" {
			t.Errorf("Retry-After: %q", got)
		}
		saysNothingOf(t, string(r.body)+p.log.String(), pieces(each.token("7"))...)
		saysNothingOf(t, string(r.body), each.URL, strings.TrimPrefix(each.URL, "http://"))
		if calls := p.services.Calls(); len(calls) > 0 {
			t.Errorf("the services were called: %v", calls)
		}
	}
	if r := send(t, p.shows(t, http.MethodGet, "/v2/products/1", "", "Authorization: Bearer "+own(nil))); r.status != http.StatusOK {
		t.Errorf("a token of another issuer is answered with %d", r.status)
	}
}

// An issuer that is down from the start keeps nobody else out, and readiness tells of it.
func TestAnIssuerThatWasNeverThereKeepsNobodyElseOut(t *testing.T) {
	set, discovered := newIssuer(t), newIssuer(t)
	set.fails(true)
	p := severalIssuers(t, set, discovered)
	refusal{503, problemJSON, "UNAVAILABLE", "", ""}.check(t, send(t, p.shows(t, http.MethodGet, "/v2/products/1", "", "Authorization: Bearer "+set.token("7"))))
	for _, token := range []string{own(nil), discovered.token("7")} {
		if r := send(t, p.shows(t, http.MethodGet, "/v2/products/1", "", "Authorization: Bearer "+token)); r.status != http.StatusOK {
			t.Errorf("a token of another issuer is answered with %d %s", r.status, r.body)
		}
	}
	if r := get(t, p.admin+"/readyz"); r.status != http.StatusOK || !strings.Contains(string(r.body), set.URL) {
		t.Errorf("readiness says %d %s", r.status, r.body)
	}
}

// opaque answers about tokens that only it can read: those that begin with good- are good.
type opaque struct {
	*httptest.Server

	down atomic.Bool
}

func newOpaque(t *testing.T) *opaque {
	t.Helper()
	o := new(opaque)
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", plainJSON)
		_, _ = io.WriteString(w, inJSON(members{"active": strings.HasPrefix(r.FormValue("token"), "good-"), "sub": "7", "client_id": canary}))
	}))
	t.Cleanup(o.Close)
	return o
}

func TestAnOpaqueTokenIsNoGoodWhileNobodyCanReadIt(t *testing.T) {
	o := newOpaque(t)
	p := startBefore(t, recorded(t), with(withREST(nil, demoSection()), "auth", `shared_subjects: true
  introspection: {url: "`+o.URL+`"}`))
	status := func(token string) int {
		t.Helper()
		for _, req := range p.askedBy(t, "Authorization: Bearer "+token) {
			r := send(t, req)
			saysNothingOf(t, string(r.body), token, canary, strings.TrimPrefix(o.URL, "http://"))
			if r.status != http.StatusOK {
				refusal{r.status, problemJSON, map[int]string{401: "UNAUTHENTICATED", 503: "UNAVAILABLE"}[r.status], "", ""}.check(t, r)
				if calls := p.services.Calls(); len(calls) > 0 {
					t.Errorf("the services were called: %v", calls)
				}
				return r.status
			}
		}
		p.services.ResetCalls()
		return http.StatusOK
	}
	type step struct {
		token string
		down  bool
		want  int
	}
	for _, c := range []step{
		{"good-first-7731", false, 200},
		{"bad-first-7731", false, 401},
		{"good-second-7731", true, 503},
		{"bad-second-7731", true, 503},
		{"good-first-7731", true, 200},
		{"bad-first-7731", true, 401},
		{"good-second-7731", false, 200},
		{"bad-second-7731", false, 401},
	} {
		o.down.Store(c.down)
		if got := status(c.token); got != c.want {
			t.Errorf("%s is answered with %d, want %d, while the issuer is down: %t", c.token, got, c.want, c.down)
		}
	}
	saysNothingOf(t, p.log.String(), "good-first", "bad-first", "good-second", "bad-second", canary)
}

package tests

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
)

func TestACallerIsKnownByAToken(t *testing.T) {
	closed := start(t, standard)
	open := start(t, with(standard, "auth", "anonymous: true"))
	sign := func(settings auth.Config, subject string, lifetime time.Duration) string {
		token, err := auth.Sign(settings, subject, nil, lifetime, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	good := sign(closed.config.Auth, "7", time.Hour)
	other := closed.config.Auth
	other.Issuers = slices.Clone(other.Issuers)
	other.Issuers[0].Keys.Secret = "another-secret-of-enough-bytes-to-be-used"
	const needed = `Bearer realm="concierge"`
	const invalid = needed + `, error="invalid_token", error_description="the credential is not valid here"`
	const expired = needed + `, error="invalid_token", error_description="the credential has expired"`
	for name, c := range map[string]struct {
		p             *program
		authorization []string
		me            string // what me is, or empty where the caller is refused
		challenge     string
	}{
		"a good token":                         {closed, []string{good}, `{"id":"7"}`, ""},
		"a good token, with anonymous callers": {open, []string{good}, `{"id":"7"}`, ""},
		"no token":                             {closed, nil, "", needed},
		"a token of another gateway":           {closed, []string{sign(other, "7", time.Hour)}, "", invalid},
		"an old token":                         {closed, []string{sign(closed.config.Auth, "7", -time.Hour)}, "", expired},
		"an old token, with anonymous callers": {open, []string{sign(open.config.Auth, "7", -time.Hour)}, "", expired},
		"a changed token":                      {closed, []string{good + "x"}, "", invalid},
		"a token without a signature":          {closed, []string{good[:strings.LastIndex(good, ".")+1]}, "", invalid},
		"words":                                {closed, []string{"Bearer " + canary}, "", invalid},
		"words, with anonymous callers":        {open, []string{canary}, "", invalid},
		"a password":                           {closed, []string{"Basic dXNlcjpwYXNz"}, "", invalid},
		"two tokens":                           {closed, []string{good, good}, "", invalid},
		"a user who does not exist":            {closed, []string{sign(closed.config.Auth, "999999", time.Hour)}, "null", ""},
	} {
		t.Run(name, func(t *testing.T) {
			req := c.p.request(t, operation{as: "nobody", query: `{ me { id } }`})
			req.Header["Authorization"] = c.authorization
			r := send(t, req)
			if c.me != "" {
				if got, want := string(r.body), `{"data":{"me":`+c.me+`}}`; r.status != http.StatusOK || got != want {
					t.Errorf("got %d %s, want %s", r.status, got, want)
				}
				return
			}
			refusal{Status: 401, Form: problemJSON, Code: "UNAUTHENTICATED"}.check(t, r)
			if got := r.header.Get("WWW-Authenticate"); got != c.challenge {
				t.Errorf("WWW-Authenticate: %s, want %s", got, c.challenge)
			}
			saysNothingOf(t, string(r.body), append(c.p.inside(), canary)...)
		})
	}
}

// Who shows nothing is let in where the configuration says so, and sees what is public.
func TestACallerWithoutANameSeesWhatIsPublic(t *testing.T) {
	p := start(t, with(standard, "auth", "anonymous: true"))
	r := p.run(t, operation{as: "nobody", query: `{ product(id: 1) { id } }`})
	if got, want := string(r.body), `{"data":{"product":{"id":"1"}}}`; r.status != http.StatusOK || got != want {
		t.Errorf("got %d %s, want %s", r.status, got, want)
	}
	p.services.ResetCalls()
	r = p.run(t, operation{as: "nobody", query: `{ me { id } }`})
	refusal{200, plainJSON, "UNAUTHENTICATED", "a valid credential is needed", `{"me":null}`}.check(t, r)
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services were called: %v", calls)
	}
}

func TestAnAnonymousCallerCannotWrite(t *testing.T) {
	p := start(t, with(standard, "auth", "anonymous: true"))
	r := p.run(t, operation{as: "nobody", query: `mutation { cancelOrder(id: 1) { order { id } } }`})
	refusal{200, plainJSON, "UNAUTHENTICATED", "a valid credential is needed", `{"cancelOrder":null}`}.check(t, r)
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services were called: %v", calls)
	}
}

package auth_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

// planned takes credentials of every kind that name a plan.
func planned(t testing.TB) (c auth.Config, issuer signer, key string) {
	t.Helper()
	issuer = newES256(t, issuerName)
	c = billing()
	c.Issuers = []token.Config{shared()}
	c.Issuers[0].Keys.Secret, c.Issuers[0].Keys.PEM, c.Issuers[0].Algorithms = "", issuer.file(t), []string{"ES256"}
	c.Issuers[0].Plan = []string{"plan", "shop.plan"}
	c.Introspection.SubjectPrefix, c.Introspection.Plan = "idp:", []string{"tier"}
	c.Introspection.URL = asked(t, map[string]string{
		"opaque-1": `{"active":true,"sub":"7","tier":"lead","client_id":"app"}`,
		"opaque-2": `{"active":true,"sub":"7","tier":["lead"],"client_id":8}`,
	})
	c.Certificates.Identities[0].Plan = "copper"
	key = withKey(t, &c, apikey.Entry{ID: "nightly", Owner: "export", Plan: "silver"})
	return c, issuer, key
}

func TestEachCredentialNamesItsPlanAndItsClient(t *testing.T) {
	c, issuer, key := planned(t)
	a := newAuthority(t)
	s := overTLS(t, c, a)
	text := issuer.token(t, map[string]any{"shop": map[string]any{"plan": "gold"}, "azp": "web"})
	none := issuer.token(t, map[string]any{"plan": 7, "shop": map[string]any{"plan": "gold"}, "client_id": []string{"web"}})
	for name, tt := range map[string]struct {
		s            *site
		q            request
		plan, client string
	}{
		"a token":                   {s, bearer(text), "gold", "web"},
		"a token in a cookie":       {s, withHeader("Cookie", cookieName+"="+text, "Sec-Fetch-Site", "same-origin"), "gold", "web"},
		"a token that names none":   {s, bearer(none), "", ""},
		"an opaque token":           {s, bearer("opaque-1"), "lead", "app"},
		"one that names none":       {s, bearer("opaque-2"), "", ""},
		"a key":                     {s, withHeader(keyHeader, key), "silver", "nightly"},
		"a certificate":             {s.showing(t, a.client(t, "billing.example")), request{}, "copper", "billing"},
		"a token beside the others": {s.showing(t, a.client(t, "billing.example")), bearer(text), "gold", "web"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time, the verdict is remembered
				got := tt.s.ask(t, tt.q)
				if got.status != 200 || got.seen.Plan != tt.plan || got.seen.Client != tt.client {
					t.Errorf("got %d, %+v", got.status, got.seen)
				}
			}
		})
	}
}

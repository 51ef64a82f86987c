package auth_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

// planned takes credentials of every kind that name a plan and a tenant.
func planned(t testing.TB) (c auth.Config, issuer signer, key string) {
	t.Helper()
	issuer = newES256(t, issuerName)
	c = billing()
	c.Issuers = []token.Config{shared()}
	c.Issuers[0].Keys.Secret, c.Issuers[0].Keys.PEM, c.Issuers[0].Algorithms = "", issuer.file(t), []string{"ES256"}
	c.Issuers[0].Plan, c.Issuers[0].Tenant = []string{"plan", "shop.plan"}, []string{"org"}
	c.Introspection.SubjectPrefix, c.Introspection.Plan, c.Introspection.Tenant = "idp:", []string{"tier"}, []string{"org"}
	c.Introspection.URL = asked(t, map[string]string{
		"opaque-1": `{"active":true,"sub":"7","tier":"lead","client_id":"app","org":"globex"}`,
		"opaque-2": `{"active":true,"sub":"7","tier":["lead"],"client_id":8}`,
	})
	c.Certificates.Identities[0].Plan, c.Certificates.Identities[0].Tenant = "copper", "umbrella"
	key = withKey(t, &c, apikey.Entry{ID: "nightly", Owner: "export", Plan: "silver", Tenant: "initech"})
	return c, issuer, key
}

func TestEachCredentialNamesItsPlanItsClientAndItsTenant(t *testing.T) {
	c, issuer, key := planned(t)
	a := newAuthority(t)
	s := overTLS(t, c, a)
	text := issuer.token(t, map[string]any{"shop": map[string]any{"plan": "gold"}, "azp": "web", "org": "acme"})
	none := issuer.token(t, map[string]any{"plan": 7, "shop": map[string]any{"plan": "gold"}, "client_id": []string{"web"}})
	for name, tt := range map[string]struct {
		s                    *site
		q                    request
		plan, client, tenant string
	}{
		"a token":                   {s, bearer(text), "gold", "web", "acme"},
		"a token in a cookie":       {s, withHeader("Cookie", cookieName+"="+text, "Sec-Fetch-Site", "same-origin"), "gold", "web", "acme"},
		"a token that names none":   {s, bearer(none), "", "", ""},
		"an opaque token":           {s, bearer("opaque-1"), "lead", "app", "globex"},
		"one that names none":       {s, bearer("opaque-2"), "", "", ""},
		"a key":                     {s, withHeader(keyHeader, key), "silver", "nightly", "initech"},
		"a certificate":             {s.showing(t, a.client(t, "billing.example")), request{}, "copper", "billing", "umbrella"},
		"a token beside the others": {s.showing(t, a.client(t, "billing.example")), bearer(text), "gold", "web", "acme"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time, the verdict is remembered
				got := tt.s.ask(t, tt.q)
				if got.status != 200 || got.seen.Plan != tt.plan || got.seen.Client != tt.client || got.seen.Tenant != tt.tenant {
					t.Errorf("got %d, %+v", got.status, got.seen)
				}
			}
		})
	}
}

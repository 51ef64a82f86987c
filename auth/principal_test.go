package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

func TestAPrincipalHasWhatItWasGranted(t *testing.T) {
	p := auth.Principal{ID: "7", Scopes: []string{"users:read"}}
	for scope, want := range map[string]bool{"users:read": true, "users": false, "users:read ": false, "": false} {
		if got := p.Has(scope); got != want {
			t.Errorf("Has(%q) = %v, want %v", scope, got, want)
		}
	}
	nobody := auth.FromContext(t.Context())
	if !nobody.Anonymous() || nobody.Has("users:read") {
		t.Errorf("a context that names nobody has %+v", nobody)
	}
	if got := auth.FromContext(auth.WithPrincipal(t.Context(), p)); !got.Has("users:read") || got.Anonymous() {
		t.Errorf("got %+v", got)
	}
}

// Scopes are told to services in a row. A group whose name has a space in it must not become two scopes there.
func TestScopesThatWouldReadAsOthersAreLeftOut(t *testing.T) {
	idp := newES256(t, issuerName)
	c := settings()
	c.Issuers[0].Keys.Secret, c.Issuers[0].Keys.JWKS = "", serving(t, idp.keySet(t))
	s := listening(t, c)
	groups := []string{"users:read", "x admin", "a\nb", "größe", `"`, `\`, "\u007f", "orders:read"}
	got := s.ask(t, bearer(idp.token(t, map[string]any{"scope": groups})))
	if diff := cmp.Diff([]string{"users:read", "orders:read"}, got.seen.Scopes); diff != "" {
		t.Error(diff)
	}
}

func TestSignMakesTokensThatTheGatewayTakes(t *testing.T) {
	nameless := token.DefaultConfig()
	nameless.Keys.Secret = auth.DevelopmentSecret
	second := settings()
	second.Issuers = append([]token.Config{{Issuer: "https://idp.example"}}, second.Issuers...)
	second.Issuers[0].Keys.PEM = newES256(t, "").file(t)
	withKey(t, &second, apikey.Entry{ID: "a", Owner: "a"})
	for name, c := range map[string]auth.Config{
		"with issuer and audience":   settings(),
		"the demo's":                 {Issuers: []token.Config{nameless}},
		"anonymous callers, as well": {Issuers: []token.Config{nameless}, Anonymous: true},
		"behind others":              second,
	} {
		t.Run(name, func(t *testing.T) {
			text, err := auth.Sign(c, "42", []string{"users:read", "users:pii"}, time.Minute, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			wantSeen(t, open(t, c).ask(t, bearer(text)),
				seen{ID: "42", Scopes: []string{"users:read", "users:pii"}, Method: "token", Token: "42"})
		})
	}
	for name, c := range map[string]auth.Config{"nobody": auth.DefaultConfig(), "keys that are not ours": {Issuers: second.Issuers[:1]}} {
		if _, err := auth.Sign(c, "7", nil, time.Minute, time.Now()); err == nil {
			t.Error("signed by", name)
		}
	}
}

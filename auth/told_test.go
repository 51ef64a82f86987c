package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/auth/token"
)

// told is the header of a call to a service that is made for a request, whose header passes on as far as nobody objects.
func told(t testing.TB, c auth.Config, service identity.Config, q request) (http.Header, *auth.Authenticator) {
	t.Helper()
	s := open(t, c)
	var got http.Header
	handler := s.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		if err := identity.Propagate(r.Context(), got, service); err != nil {
			t.Error(err)
		}
	}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = q.header
	handler.ServeHTTP(httptest.NewRecorder(), r)
	return got, s.Authenticator
}

func TestServicesAreToldWhoCalls(t *testing.T) {
	c := settings()
	c.Anonymous = true
	c.APIKeys.Header = "x-partner-key"
	key := withKey(t, &c, apikey.Entry{ID: "a", Owner: "export", Scopes: []string{"a", "b:c"}})
	belongs := withKey(t, &c, apikey.Entry{ID: "b", Owner: "export", Tenant: "acme"})
	forged := []string{"X-User-Id", "1", "X-User-Scopes", "admin", "X-User-Tenant", "x", "X-Gateway-Token", "x", "X-Other", "y"}
	wants := func(id, scopes string, more ...string) http.Header {
		return withHeader(append(more, "X-Other", "y", "X-User-Id", id, "X-User-Scopes", scopes)...).header
	}
	text := "Bearer " + signed(t, token.Claims{Scopes: []string{"users:read"}})
	for name, tt := range map[string]struct {
		service identity.Config
		q       request
		want    http.Header
	}{
		"nobody":                      {identity.Config{Audience: "users"}, withHeader(forged...), http.Header{"X-Other": {"y"}}},
		"an owner of a key":           {identity.Config{}, withHeader(append(forged, "X-Partner-Key", key)...), wants("export", "a b:c")},
		"with the key":                {identity.Config{Credentials: []string{"X-Partner-Key"}}, withHeader(append(forged, "X-Partner-Key", key)...), wants("export", "a b:c", "X-Partner-Key", key)},
		"no token without one":        {identity.Config{Audience: "users"}, withHeader(append(forged, "X-Partner-Key", key)...), wants("export", "a b:c")},
		"one who belongs to somebody": {identity.Config{}, withHeader(append(forged, "X-Partner-Key", belongs)...), wants("export", "", "X-User-Tenant", "acme")},
		"with the token": {
			identity.Config{Credentials: []string{"Authorization"}},
			withHeader(append(forged, "Authorization", text)...),
			wants("7", "users:read", "Authorization", text),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := told(t, c, tt.service, tt.q)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestServicesThatAskForItGetATokenOfTheGatewayAboutTheCaller(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := settings()
	c.Anonymous = true
	c.Passport.Issuer, c.Passport.Key = "https://gateway.example", filepath.Join(t.TempDir(), "key.pem")
	replace(t, c.Passport.Key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))

	q := bearer(signed(t, token.Claims{Scopes: []string{"users:read"}, ID: "j"}))
	header, authenticator := told(t, c, identity.Config{Audience: "users"}, q)
	set, err := jwk.Parse(authenticator.Passport().JWKS())
	if err != nil {
		t.Fatal(err)
	}
	said, err := jwt.ParseString(header.Get("X-Gateway-Token"), jwt.WithKeySet(set), jwt.WithIssuer("https://gateway.example"), jwt.WithAudience("users"))
	if err != nil {
		t.Fatal(err)
	}
	var scope string
	if subject, _ := said.Subject(); subject != "7" || said.Get("scope", &scope) != nil || scope != "users:read" {
		t.Errorf("it says %v", said)
	}
	for name, tt := range map[string]struct {
		service identity.Config
		q       request
	}{"a service that asks for none": {identity.Config{}, q}, "nobody": {identity.Config{Audience: "users"}, request{header: http.Header{}}}} {
		if header, _ := told(t, c, tt.service, tt.q); header.Get("X-Gateway-Token") != "" {
			t.Errorf("%s: there is a token", name)
		}
	}
}

package auth

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

// known is a Config of several methods, and a token and a key that it takes.
func known(t testing.TB) (c Config, text, key string) {
	t.Helper()
	issuer := token.DefaultConfig()
	issuer.Issuer, issuer.Audience, issuer.Keys.Secret = "https://issuer.example", []string{"concierge"}, "a secret of 32 bytes and a few more"
	c = DefaultConfig()
	c.Issuers = []token.Config{issuer}
	c.Cookie.Name = "token"
	c.Revoked.Entries.Tokens = []string{"stolen"}
	key, hash, err := apikey.Generate("nightly")
	if err != nil {
		t.Fatal(err)
	}
	c.APIKeys.Keys = []apikey.Entry{{ID: "nightly", Owner: "export", Scopes: []string{"orders:read"}, Hashes: []apikey.Hash{{SHA256: hash}}}}
	text, err = Sign(c, "7", []string{"users:read", "users:pii", "orders:read", "payments:read"}, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c, text, key
}

// asking adds an issuer that opaque tokens are asked about. Nobody is there.
func asking(c Config) Config {
	c.Introspection.URL, c.Introspection.SubjectPrefix = "http://127.0.0.1:1/", "idp:"
	return c
}

func opened(t testing.TB, c Config) *Authenticator {
	t.Helper()
	a, err := New(c, nil, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func withHeader(t testing.TB, name, value string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://gateway.example/graphql", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(name, value)
	return r
}

func wantCaller(t testing.TB, a *Authenticator, r *http.Request, id string) {
	t.Helper()
	if caller, _, result := a.caller(r); caller.ID != id || result != accepted {
		t.Fatalf("%s: %+v", result, caller)
	}
}

package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
)

func TestSignMakesTokensThatAVerifierTakes(t *testing.T) {
	tests := map[string]auth.Config{
		"a secret alone":             {Secret: secret},
		"the demo's":                 {Secret: auth.DevelopmentSecret},
		"with issuer and audience":   settings(),
		"with an issuer, no leeway":  {Secret: secret, Issuer: "i"},
		"anonymous callers, as well": {Secret: secret, Anonymous: true},
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := auth.Sign(cfg, "42", []string{"users:read", "users:pii"}, time.Minute, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			v, _ := verifier(t, cfg)
			want := auth.Principal{ID: "42", Scopes: []string{"users:read", "users:pii"}}
			if diff := cmp.Diff(want, serve(v, "Bearer "+text).principal); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretsThatCouldBeGuessedAreRefused(t *testing.T) {
	tests := map[string]auth.Config{
		"none":                          {},
		"short":                         {Secret: "31 bytes are a bit too few here"},
		"short, though not needed":      {Secret: "31 bytes are a bit too few here", Anonymous: true},
		"the default, which names none": auth.DefaultConfig(),
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := auth.New(cfg, prometheus.NewRegistry()); err == nil {
				t.Error("New took it")
			}
			if _, err := auth.Sign(cfg, "7", nil, time.Minute, time.Now()); err == nil {
				t.Error("Sign took it")
			}
		})
	}
}

func TestPrincipalHasWhatItWasGranted(t *testing.T) {
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

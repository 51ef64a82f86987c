package token_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/token"
	"github.com/concierge-gateway/concierge/secret"
)

func TestSignMakesTokensThatAVerifierTakes(t *testing.T) {
	for name, change := range map[string]func(*token.Config){
		"with issuer and audience": func(*token.Config) {},
		"a secret alone":           func(c *token.Config) { c.Issuer, c.Audience = "", nil },
		"two audiences":            func(c *token.Config) { c.Audience = []string{"a", "b"} },
		"a longer hash":            func(c *token.Config) { c.Algorithms = []string{"HS512", "HS256"} },
		"claims of other names":    func(c *token.Config) { c.Subject, c.Scopes = "uid", []string{"realm_access.roles", "scope"} },
		"access tokens alone":      func(c *token.Config) { c.Types = []string{"at+jwt"} },
		"tokens of no type":        func(c *token.Config) { c.Types = []string{""} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := settings()
				cfg.Keys.Secret = secretText
				change(&cfg)
				text, err := token.Sign(cfg, token.Claims{"42", []string{"users:read", "users:pii"}, "t1", time.Minute}, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				now := time.Now().UTC()
				got := takes(t, verifier(cfg, ring{[]byte(secretText)}), text)
				got.Token = nil
				want := credential.Grant{
					Subject: "42", Scopes: []string{"users:read", "users:pii"}, ID: "t1", Issued: now, Until: now.Add(time.Minute),
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestSignMakesTokensThatHaveExpired(t *testing.T) {
	cfg := settings()
	cfg.Keys.Secret = secretText
	text := must(token.Sign(cfg, token.Claims{Subject: "7", Lifetime: -time.Minute}, time.Now()))
	refuses(t, verifier(cfg, ring{[]byte(secretText)}), text, credential.ErrExpired, "")
}

func TestSignRefusesKeysThatCouldBeGuessed(t *testing.T) {
	for name, change := range map[string]func(*token.Config){
		"none":                       func(*token.Config) {},
		"a short one":                func(c *token.Config) { c.Keys.Secret = secret.Text(secretText[:31]) },
		"too short for the hash":     func(c *token.Config) { c.Keys.Secret, c.Algorithms = secret.Text(secretText[:63]), []string{"HS512"} },
		"public ones":                func(c *token.Config) { c.Keys.PEM = "keys.pem" },
		"public ones, said to be no": func(c *token.Config) { c.Keys.PEM, c.Algorithms = "keys.pem", []string{"HS256"} },
		"no algorithm":               func(c *token.Config) { c.Keys.Secret, c.Algorithms = secretText, []string{"none"} },
		"another's algorithm":        func(c *token.Config) { c.Keys.Secret, c.Algorithms = secretText, []string{"RS256"} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			change(&cfg)
			if text, err := token.Sign(cfg, token.Claims{Subject: "7", Lifetime: time.Minute}, time.Now()); err == nil {
				t.Errorf("it signed %s", text)
			}
		})
	}
}

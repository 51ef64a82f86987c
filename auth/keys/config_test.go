package keys_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/keys"
)

const shared = "a secret of thirty-two bytes or so"

func TestConfigReportsWhatCannotWork(t *testing.T) {
	tests := map[string]struct {
		change func(*keys.Config)
		want   []string
	}{
		"a secret":         {func(c *keys.Config) { c.Secret = shared }, nil},
		"a file":           {func(c *keys.Config) { c.PEM = "keys.pem" }, nil},
		"a key set":        {func(c *keys.Config) { c.JWKS = "https://idp.example/keys?v=1" }, nil},
		"discovery":        {func(c *keys.Config) { c.Discovery = true }, nil},
		"on this machine":  {func(c *keys.Config) { c.JWKS = "http://localhost:8080/keys" }, nil},
		"its IPv4 address": {func(c *keys.Config) { c.JWKS = "http://127.0.0.2/keys" }, nil},
		"its IPv6 address": {func(c *keys.Config) { c.JWKS = "http://[::1]:8080/keys" }, nil},
		"insecure":         {func(c *keys.Config) { c.JWKS, c.Insecure = "http://idp.example/keys", true }, nil},
		"nothing":          {func(*keys.Config) {}, []string{"secret or pem, jwks or discovery is needed: without a key no token is good"}},
		"three sources": {
			func(c *keys.Config) { c.Secret, c.PEM, c.Discovery = shared, "keys.pem", true },
			[]string{"pem contradicts secret: keys come from one source", "discovery contradicts secret: keys come from one source"},
		},
		"a short secret": {
			func(c *keys.Config) { c.Secret = "31 bytes are a bit too few here" },
			[]string{"secret is shorter than 32 bytes, the least that HS256 allows"},
		},
		"http": {
			func(c *keys.Config) { c.JWKS = "http://localhost.example/keys" },
			[]string{"jwks must be https: whoever is on the way could put in keys of their own (insecure: true allows it)"},
		},
		"no scheme":  {func(c *keys.Config) { c.JWKS = "idp.example" }, []string{"jwks must be a URL with https and a host"}},
		"no host":    {func(c *keys.Config) { c.JWKS = "https://:443/" }, []string{"jwks must be a URL with https and a host"}},
		"a file URL": {func(c *keys.Config) { c.JWKS = "file:///keys" }, []string{"jwks must be a URL with https and a host"}},
		"a password": {func(c *keys.Config) { c.JWKS = "https://a:b@idp.example" }, []string{"jwks must not hold a user or a password"}},
		"a fragment": {func(c *keys.Config) { c.JWKS = "https://idp.example/#k" }, []string{"jwks must not have a fragment"}},
		"times that are none": {
			func(c *keys.Config) { c.Discovery, c.Refresh, c.UnknownEvery = true, 0, -time.Second },
			[]string{"refresh must lie between 1s and 24h", "unknown_every must lie between 1s and 1h"},
		},
		"times that nobody needs": {func(c *keys.Config) { c.Secret, c.Refresh = shared, 0 }, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := keys.DefaultConfig()
			tt.change(&cfg)
			var got []string
			cfg.Validate(func(path, message string) { got = append(got, path+" "+message) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnIssuerThatKeysAreFoundByIsAURL(t *testing.T) {
	tests := map[string]struct {
		issuer  string
		mistake bool
	}{
		"https":           {"https://idp.example/tenant", false},
		"a slash":         {"https://idp.example/", false},
		"on this machine": {"http://127.0.0.1:8080", false},
		"http":            {"http://idp.example", true},
		"a word":          {"idp", true},
		"a query":         {"https://idp.example/?tenant=1", true},
		"an empty query":  {"https://idp.example/?", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (keys.Config{Discovery: true}).IssuerMistake(tt.issuer); (got != "") != tt.mistake {
				t.Errorf("got %q", got)
			}
			if got := (keys.Config{Secret: shared}).IssuerMistake(tt.issuer); got != "" {
				t.Errorf("with a secret, got %q", got)
			}
		})
	}
}

func TestAPublicKeyIsNeverTakenForASecretNorTheOtherWayRound(t *testing.T) {
	long := keys.Config{Secret: "sixty-four bytes, which the longest of the three hashes asks for."}
	tests := map[string]struct {
		cfg  keys.Config
		want []string
	}{
		"a secret":      {keys.Config{Secret: shared}, []string{"HS256"}},
		"a long secret": {long, []string{"HS256", "HS384", "HS512"}},
		"a file":        {keys.Config{PEM: "keys.pem"}, public()},
		"a key set":     {keys.Config{JWKS: "https://idp.example"}, public()},
		"discovery":     {keys.Config{Discovery: true}, public()},
		"nothing":       {keys.Config{}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, algorithm := range append(public(), "HS256", "HS384", "HS512", "none", "", "rs256", "ES256K", "Ed448") {
				if tt.cfg.Kinds().Fit(algorithm) {
					got = append(got, algorithm)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func public() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/token"
	"github.com/concierge-gateway/concierge/secret"
)

func TestConfigReportsWhatCannotWork(t *testing.T) {
	shared := func(c *token.Config) { c.Keys.Secret, c.Keys.PEM = secretText, "" }
	remote := func(c *token.Config) { c.Keys.JWKS, c.Keys.PEM = "https://issuer.example/jwks", "" }
	algorithms := func(names ...string) func(*token.Config) { return func(c *token.Config) { c.Algorithms = names } }
	for name, c := range map[string]struct {
		change []func(*token.Config)
		want   []string
	}{
		"a file":                        {nil, nil},
		"a secret":                      {[]func(*token.Config){shared}, nil},
		"a key set":                     {[]func(*token.Config){remote}, nil},
		"every asymmetric algorithm":    {[]func(*token.Config){algorithms(strings.Fields("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA")...)}, nil},
		"every symmetric algorithm":     {[]func(*token.Config){shared, algorithms("HS256", "HS384", "HS512")}, nil},
		"none":                          {[]func(*token.Config){algorithms("none", "None")}, []string{"algorithms[0]", "algorithms[1]"}},
		"an algorithm in another case":  {[]func(*token.Config){algorithms("rs256")}, []string{"algorithms[0]"}},
		"a secret's among public ones":  {[]func(*token.Config){algorithms("RS256", "HS256")}, []string{"algorithms[1]"}},
		"a public key's with a secret":  {[]func(*token.Config){shared, algorithms("HS256", "RS256")}, []string{"algorithms[1]"}},
		"a hash longer than the secret": {[]func(*token.Config){shared, algorithms("HS512"), func(c *token.Config) { c.Keys.Secret = secret.Text(secretText[:63]) }}, []string{"algorithms[0]"}},
		"an algorithm twice":            {[]func(*token.Config){algorithms("RS256", "ES256", "RS256")}, []string{"algorithms[2]"}},
		"no keys":                       {[]func(*token.Config){algorithms("RS256", "HS256"), func(c *token.Config) { c.Keys.PEM = "" }}, []string{"keys.secret"}},
		"nameless, of a file":           {[]func(*token.Config){func(c *token.Config) { c.Issuer = "" }}, nil},
		"nameless, of a secret":         {[]func(*token.Config){shared, func(c *token.Config) { c.Issuer = "" }}, nil},
		"nameless, of a key set":        {[]func(*token.Config){remote, func(c *token.Config) { c.Issuer = "" }}, []string{"issuer"}},
		"nameless, to be discovered":    {[]func(*token.Config){func(c *token.Config) { c.Issuer, c.Keys.PEM, c.Keys.Discovery = "", "", true }}, []string{"issuer"}},
		"no URL, to be discovered":      {[]func(*token.Config){func(c *token.Config) { c.Issuer, c.Keys.PEM, c.Keys.Discovery = "me", "", true }}, []string{"issuer"}},
		"for anybody, of a file":        {[]func(*token.Config){func(c *token.Config) { c.Audience = nil }}, nil},
		"for anybody, of a key set":     {[]func(*token.Config){remote, func(c *token.Config) { c.Audience = nil }}, []string{"audience"}},
		"an empty audience":             {[]func(*token.Config){func(c *token.Config) { c.Audience = []string{"a", ""} }}, []string{"audience[1]"}},
		"too much leeway":               {[]func(*token.Config){func(c *token.Config) { c.Leeway = 5*time.Minute + 1 }}, []string{"leeway"}},
		"leeway below zero":             {[]func(*token.Config){func(c *token.Config) { c.Leeway = -1 }}, []string{"leeway"}},
		"no subject":                    {[]func(*token.Config){func(c *token.Config) { c.Subject = "" }}, []string{"subject"}},
		"a prefix with a line end":      {[]func(*token.Config){func(c *token.Config) { c.SubjectPrefix = "a\n" }}, []string{"subject_prefix"}},
		"a long prefix":                 {[]func(*token.Config){func(c *token.Config) { c.SubjectPrefix = strings.Repeat("a", 65) }}, []string{"subject_prefix"}},
		"a claim without a name":        {[]func(*token.Config){func(c *token.Config) { c.Scopes = []string{""} }}, []string{"scopes[0]"}},
		"a plan's claim without one":    {[]func(*token.Config){func(c *token.Config) { c.Plan = []string{"plan", ""} }}, []string{"plan[1]"}},
		"a client's claim without one":  {[]func(*token.Config){func(c *token.Config) { c.Client = []string{""} }}, []string{"client[0]"}},
		"a tenant's claim without one":  {[]func(*token.Config){func(c *token.Config) { c.Tenant = []string{""} }}, []string{"tenant[0]"}},
		"no claims for plan and client": {[]func(*token.Config){func(c *token.Config) { c.Plan, c.Client = nil, nil }}, nil},
		"a scope without a name":        {[]func(*token.Config){func(c *token.Config) { c.ScopeMap = map[string][]string{"a": {"b", ""}} }}, []string{"scope_map.a[1]"}},
		"no types":                      {[]func(*token.Config){func(c *token.Config) { c.Types = nil }}, []string{"types"}},
		"a type of nothing":             {[]func(*token.Config){func(c *token.Config) { c.Types = []string{"", "application/"} }}, []string{"types[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Keys.PEM = "keys.pem"
			for _, change := range c.change {
				change(&cfg)
			}
			var got []string
			cfg.Validate(func(path, message string) {
				got = append(got, path)
				if message == "" {
					t.Errorf("%s: nothing is said", path)
				}
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAListLeavesOutIsTheDefault(t *testing.T) {
	var cfg token.Config
	cfg.SetDefaults()
	if diff := cmp.Diff(token.DefaultConfig(), cfg); diff != "" {
		t.Error(diff)
	}
}

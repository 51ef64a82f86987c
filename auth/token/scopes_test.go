package token_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestScopesStandWhereTheIssuerPutsThem(t *testing.T) {
	const named = "https://issuer.example/roles"
	usual := []string{"scope", "scp"}
	for name, c := range map[string]struct {
		claims  []string
		changes []string
		want    []string
	}{
		"none":                           {usual, nil, nil},
		"a string":                       {usual, []string{"scope", `"a b"`}, []string{"a", "b"}},
		"an empty string":                {usual, []string{"scope", `""`}, nil},
		"spaces all over":                {usual, []string{"scope", `" a  b "`}, []string{"a", "b"}},
		"no other space parts them":      {usual, []string{"scope", `"a\tb\u00a0c"`}, []string{"a\tb\u00a0c"}},
		"a list":                         {usual, []string{"scope", `["a","b c",""]`}, []string{"a", "b c"}},
		"an empty list":                  {usual, []string{"scope", `[]`}, nil},
		"scp":                            {usual, []string{"scp", `["a"]`}, []string{"a"}},
		"the first counts":               {usual, []string{"scope", `"a"`, "scp", `"b"`}, []string{"a"}},
		"the first, though it be empty":  {usual, []string{"scope", `""`, "scp", `"b"`}, nil},
		"256 of them":                    {usual, []string{"scope", `"` + strings.Repeat("a ", 256) + `"`}, strings.Fields(strings.Repeat("a ", 256))},
		"inside an object":               {[]string{"realm_access.roles"}, []string{"realm_access", `{"roles":["a"]}`}, []string{"a"}},
		"deep inside":                    {[]string{"a.b.c"}, []string{"a", `{"b":{"c":"x"}}`}, []string{"x"}},
		"under a name with dots":         {[]string{"a.my.client.c"}, []string{"a", `{"my.client":{"c":"x"}}`}, []string{"x"}},
		"a claim whose name has dots":    {[]string{named}, []string{named, `["a"]`}, []string{"a"}},
		"the whole name is found first":  {[]string{"a.b"}, []string{"a.b", `"x"`, "a", `{"b":"y"}`}, []string{"x"}},
		"not through what is no object":  {[]string{"a.b", "scope"}, []string{"a", `["b"]`, "scope", `"x"`}, []string{"x"}},
		"not where the object lacks it":  {[]string{"a.b", "scope"}, []string{"a", `{"c":"y"}`, "scope", `"x"`}, []string{"x"}},
		"a name that is nothing but dot": {[]string{"."}, []string{"", `{"":"x"}`}, []string{"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Scopes = c.claims
			grant := takes(t, verifier(cfg, everyKey()), made(private().p256, "ES256", head("ES256"), claims(c.changes...)))
			if diff := cmp.Diff(c.want, grant.Scopes, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAScopeMapSaysWhatRolesMeanHere(t *testing.T) {
	cfg := settings()
	cfg.Scopes = []string{"roles"}
	cfg.ScopeMap = map[string][]string{"support": {"users:read", "orders:read"}, "billing": {"orders:read"}, "guest": nil}
	for roles, want := range map[string][]string{
		`"support billing"`:                  {"orders:read", "users:read"},
		`["billing","billing"]`:              {"orders:read"},
		`["guest","users:pii","Support",""]`: nil,
	} {
		grant := takes(t, verifier(cfg, everyKey()), made(private().p256, "ES256", head("ES256"), claims("roles", roles)))
		if diff := cmp.Diff(want, grant.Scopes, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", roles, diff)
		}
	}
}

package certificate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/certificate"
)

func TestConfigReportsWhatCannotWork(t *testing.T) {
	type identity = certificate.Identity
	tests := map[string]struct {
		identities []identity
		want       []string
	}{
		"nobody": {nil, nil},
		"one of each": {[]identity{
			{URI: "spiffe://example/a", Owner: "a", Scopes: []string{"orders:read"}},
			{DNS: "a.example", Owner: "a"},
			{Email: "a@example.com", Owner: "a"},
			{Subject: `CN=a b,O=Example\, Inc.`, Owner: "a"},
		}, nil},
		"no name":                        {[]identity{{Owner: "a"}}, []string{"identities[0]"}},
		"two names":                      {[]identity{{DNS: "a.example", URI: "a:b", Owner: "a"}}, []string{"identities[0]"}},
		"no owner":                       {[]identity{{DNS: "a.example"}}, []string{"identities[0].owner"}},
		"an owner with a line feed":      {[]identity{{DNS: "a.example", Owner: "a\n"}}, []string{"identities[0].owner"}},
		"a long owner":                   {[]identity{{DNS: "a.example", Owner: strings.Repeat("a", 257)}}, []string{"identities[0].owner"}},
		"an empty scope":                 {[]identity{{DNS: "a.example", Owner: "a", Scopes: []string{"a", ""}}}, []string{"identities[0].scopes[1]"}},
		"two scopes in one":              {[]identity{{DNS: "a.example", Owner: "a", Scopes: []string{"a b"}}}, []string{"identities[0].scopes[0]"}},
		"a plan":                         {[]identity{{DNS: "a.example", Owner: "a", Plan: strings.Repeat("a", 100)}}, nil},
		"a long plan":                    {[]identity{{DNS: "a.example", Owner: "a", Plan: strings.Repeat("a", 101)}}, []string{"identities[0].plan"}},
		"a plan with a space":            {[]identity{{DNS: "a.example", Owner: "a", Plan: "pure gold"}}, []string{"identities[0].plan"}},
		"a tenant":                       {[]identity{{DNS: "a.example", Owner: "a", Tenant: strings.Repeat("a", 100)}}, nil},
		"a long tenant":                  {[]identity{{DNS: "a.example", Owner: "a", Tenant: strings.Repeat("a", 101)}}, []string{"identities[0].tenant"}},
		"a tenant with a space":          {[]identity{{DNS: "a.example", Owner: "a", Tenant: "acme inc"}}, []string{"identities[0].tenant"}},
		"a plan with a line feed":        {[]identity{{DNS: "a.example", Owner: "a", Plan: "a\n"}}, []string{"identities[0].plan"}},
		"a URI without a scheme":         {[]identity{{URI: "example/a", Owner: "a"}}, []string{"identities[0].uri"}},
		"a URI that is none":             {[]identity{{URI: "a://%", Owner: "a"}}, []string{"identities[0].uri"}},
		"a URI with a password":          {[]identity{{URI: "a://b:c@d", Owner: "a"}}, []string{"identities[0].uri"}},
		"a URI beyond ASCII":             {[]identity{{URI: "a://b/ü", Owner: "a"}}, []string{"identities[0].uri"}},
		"a wildcard":                     {[]identity{{DNS: "*.example", Owner: "a"}}, []string{"identities[0].dns"}},
		"a DNS name beyond ASCII":        {[]identity{{DNS: "ü.example", Owner: "a"}}, []string{"identities[0].dns"}},
		"an email without a host":        {[]identity{{Email: "a@", Owner: "a"}}, []string{"identities[0].email"}},
		"an email without an at":         {[]identity{{Email: "a.example", Owner: "a"}}, []string{"identities[0].email"}},
		"a subject without a kind":       {[]identity{{Subject: "a", Owner: "a"}}, []string{"identities[0].subject"}},
		"a subject with spaces between":  {[]identity{{Subject: "CN=a, O=b", Owner: "a"}}, []string{"identities[0].subject"}},
		"a subject with a space behind":  {[]identity{{Subject: "CN=a ,O=b", Owner: "a"}}, []string{"identities[0].subject"}},
		"a subject with a space at last": {[]identity{{Subject: "CN=a ", Owner: "a"}}, []string{"identities[0].subject"}},
		"a subject that ends in \\":      {[]identity{{Subject: `CN=a\`, Owner: "a"}}, nil},
		"a subject that is no UTF-8":     {[]identity{{Subject: "CN=\xff", Owner: "a"}}, []string{"identities[0].subject"}},
		"a subject with U+FFFD":          {[]identity{{Subject: "CN=\ufffd", Owner: "a"}}, []string{"identities[0].subject"}},
		"a name twice":                   {[]identity{{DNS: "a.example", Owner: "a"}, {DNS: "A.example", Owner: "b"}}, []string{"identities[1].dns"}},
		"a text of two kinds":            {[]identity{{DNS: "a@b", Owner: "a"}, {Email: "a@b", Owner: "b"}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			certificate.Config{Identities: tt.identities}.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package browser_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/browser"
)

func TestSettingsThatProveNothingAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		config browser.Config
		want   []string // the paths that fail
	}{
		"the default":                        {browser.DefaultConfig(), nil},
		"a cookie":                           {browser.Config{Name: "__Host-token", Header: "X-Concierge-CSRF"}, nil},
		"any X- header":                      {browser.Config{Name: "token", Header: "x-shop"}, nil},
		"Apollo's header":                    {browser.Config{Name: "token", Header: "Apollo-Require-Preflight"}, nil},
		"a cookie with a blank":              {browser.Config{Name: "a token", Header: "X-Shop"}, []string{"name"}},
		"a cookie with =":                    {browser.Config{Name: "a=b", Header: "X-Shop"}, []string{"name"}},
		"a cookie with ;":                    {browser.Config{Name: "a;b", Header: "X-Shop"}, []string{"name"}},
		"a cookie beyond ASCII":              {browser.Config{Name: "é", Header: "X-Shop"}, []string{"name"}},
		"a long cookie":                      {browser.Config{Name: strings.Repeat("x", 101), Header: "X-Shop"}, []string{"name"}},
		"no header":                          {browser.Config{Name: "token"}, []string{"header"}},
		"a header that is none":              {browser.Config{Name: "token", Header: "X-A: b"}, []string{"header"}},
		"a header that CORS lets pass":       {browser.Config{Name: "token", Header: "accept-language"}, []string{"header"}},
		"a header of the browser":            {browser.Config{Name: "token", Header: "Sec-Fetch-Mode"}, []string{"header"}},
		"a header of proxies":                {browser.Config{Name: "token", Header: "x-forwarded-for"}, []string{"header"}},
		"the header that Envoy adds":         {browser.Config{Name: "token", Header: "X-Envoy-Internal"}, []string{"header"}},
		"the id that every request has":      {browser.Config{Name: "token", Header: "X-Request-ID"}, []string{"header"}},
		"the header that Android's apps add": {browser.Config{Name: "token", Header: "X-Requested-With"}, []string{"header"}},
		"both":                               {browser.Config{Name: "a b", Header: "Accept"}, []string{"name", "header"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			c.config.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

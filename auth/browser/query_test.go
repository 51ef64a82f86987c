package browser_test

import (
	"errors"
	"testing"

	"github.com/concierge-gateway/concierge/auth/browser"
)

func TestAPageOfAnotherSiteAsksNoQuestionsUnlessItIsTrusted(t *testing.T) {
	const site = "Sec-Fetch-Site"
	for name, c := range map[string]struct {
		fields []string
		want   bool
	}{
		"no browser":                       {nil, true},
		"an old browser's script":          {[]string{"Origin", "https://evil.example"}, true},
		"a page of ours":                   {[]string{site, "same-origin"}, true},
		"a person who types the address":   {[]string{site, "none"}, true},
		"a neighbour":                      {[]string{site, "same-site"}, true},
		"a neighbour's script":             {[]string{site, "same-site", "Origin", "https://blog.shop.example"}, true},
		"a link or an image elsewhere":     {[]string{site, "cross-site"}, false},
		"a script elsewhere":               {[]string{site, "cross-site", "Origin", "https://evil.example"}, false},
		"a script elsewhere, of nobody":    {[]string{site, "cross-site", "Origin", "null"}, false},
		"a trusted script elsewhere":       {[]string{site, "cross-site", "Origin", listed}, true},
		"a script of two origins":          {[]string{site, "cross-site", "Origin", listed, "Origin", listed}, false},
		"something that no browser says":   {[]string{site, "Cross-Site"}, false},
		"two things, one of them harmless": {[]string{site, "same-origin", site, "cross-site"}, false},
		"nothing, said":                    {[]string{site, ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := rules().Query(sent("GET", c.fields...))
			if c.want != (err == nil) || err != nil && !errors.Is(err, browser.ErrCrossSite) {
				t.Errorf("got %v, want it answered: %t", err, c.want)
			}
		})
	}
}

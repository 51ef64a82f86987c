package auth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/token"
)

// The rules themselves are those of package browser. This shows that requests are held to them.
func TestACookieStandsForItsOwnerWhereTheRightPageAsks(t *testing.T) {
	c := settings()
	c.Anonymous = true
	s := listening(t, c)
	const json, form = "application/json", "application/x-www-form-urlencoded"
	for name, tt := range map[string]struct {
		method, site, origin, contentType, mark string
		status                                  int
	}{
		"a read by a page of ours":                     {"GET", "same-origin", "", "", "", 200},
		"an address that was typed":                    {"GET", "none", "", "", "", 200},
		"a write by a script of ours":                  {"POST", "same-origin", "", json, "", 200},
		"a write with the mark of a script":            {"POST", "same-origin", "", form, "1", 200},
		"a write by a form of ours":                    {"POST", "same-origin", "", form, "", 403},
		"a write without a type":                       {"DELETE", "same-origin", "", "", "", 403},
		"a write by a trusted page":                    {"POST", "cross-site", appOrigin, json, "", 200},
		"a form on a trusted page":                     {"POST", "cross-site", appOrigin, form, "", 403},
		"a write by another page":                      {"POST", "cross-site", "https://evil.example", json, "1", 403},
		"a link on another page":                       {"GET", "cross-site", "", "", "", 403},
		"a page of a neighbour":                        {"POST", "same-site", "https://blog.example", json, "1", 403},
		"a page that is kept apart":                    {"POST", "cross-site", "null", json, "1", 403},
		"no browser, and no mark":                      {"GET", "", "", "", "", 403},
		"no browser, with the mark":                    {"POST", "", "", "", "1", 200},
		"an old browser, on a page of ours":            {"POST", "", s.url, json, "", 200},
		"an old browser, on another page":              {"POST", "", "https://evil.example", json, "", 403},
		"a site that no browser says":                  {"GET", "same-planet", "", "", "1", 403},
		"a trusted page, as if it were over a network": {"POST", "", "http://app.example", json, "1", 403},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Cookie": {"other=1; " + cookieName + "=" + signed(t, token.Claims{ID: "j"})}}
			for field, value := range map[string]string{
				"Sec-Fetch-Site": tt.site, "Origin": tt.origin, "Content-Type": tt.contentType, c.Cookie.Header: tt.mark,
			} {
				if value != "" {
					header.Set(field, value)
				}
			}
			got := s.ask(t, request{method: tt.method, header: header})
			if tt.status == http.StatusOK {
				wantSeen(t, got, seen{ID: "7", Method: "cookie", Credential: "j", Token: "7"})
				return
			}
			wantRefused(t, got, tt.status, "")
		})
	}
}

func TestACookieIsHeldToTheSameAsAToken(t *testing.T) {
	c := settings()
	c.Anonymous = true
	s := listening(t, c)
	good := cookieName + "=" + signed(t, token.Claims{})
	for name, tt := range map[string]struct{ cookie, challenge string }{
		"garbage":            {cookieName + "=garbage", challengeInvalid},
		"expired":            {cookieName + "=" + signed(t, token.Claims{Lifetime: -time.Hour}), challengeExpired},
		"two of them":        {good + "; " + good, challengeInvalid},
		"two, one of them x": {good + "; " + cookieName + "=x", challengeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, s.ask(t, withHeader("Cookie", tt.cookie, "Sec-Fetch-Site", "same-origin")), 401, tt.challenge)
		})
	}
	for name, cookie := range map[string]string{"an empty one": cookieName + "=", "another": "token=x"} {
		t.Run(name, func(t *testing.T) {
			wantSeen(t, s.ask(t, withHeader("Cookie", cookie, "Sec-Fetch-Site", "cross-site")), seen{})
		})
	}
}

func TestOnlyPagesOfTrustedOriginsOpenWebSockets(t *testing.T) {
	s := open(t, auth.Config{Anonymous: true})
	for origin, want := range map[string]bool{"": true, appOrigin: true, "http://gateway.example": true, "https://evil.example": false, "null": false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if err := s.Upgrade(r); (err == nil) != want {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

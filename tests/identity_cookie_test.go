package tests

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

const (
	csrf    = "X-Concierge-CSRF: 1"
	textual = "Content-Type: text/plain"
)

// A browser adds a cookie to whatever a page sends: it counts where the browser says that the page may use it, and where what changes
// something comes from a script.
func TestACookieCountsForPagesThatMayUseIt(t *testing.T) {
	_, entry := newKey(t, "export", "7", "")
	const shop, stranger = "Origin: https://shop.example", "Origin: https://evil.example"
	yaml := with(withREST(nil, demoSection()), "server", `cors: {allowed_origins: ["https://shop.example"], allow_credentials: true}`)
	p := startBefore(t, recorded(t), with(with(yaml, "auth", "cookie: {name: __Host-token}"), "auth", keyed(entry)))
	cookie, own := "Cookie: a=1; __Host-token="+p.token(t, "customer"), "Origin: "+p.public
	site := func(value string, further ...string) []string {
		return append([]string{"Sec-Fetch-Site: " + value}, further...)
	}
	for name, c := range map[string]struct {
		fields     []string
		get, patch int
	}{
		"a page of its own":                            {site("same-origin", own), 200, 200},
		"a page of its own, as a form":                 {site("same-origin", own, textual), 200, 403},
		"a page of its own, as a form, by a script":    {site("same-origin", own, textual, csrf), 200, 415},
		"an address that is typed":                     {site("none"), 200, 200},
		"a neighbour":                                  {site("same-site", stranger), 403, 403},
		"a neighbour that does not say":                {site("same-site"), 403, 403},
		"a neighbour that is listed":                   {site("same-site", shop), 200, 200},
		"a page that is listed":                        {site("cross-site", shop), 403, 200},
		"a page that is listed, as a form":             {site("cross-site", shop, textual), 403, 403},
		"a stranger":                                   {site("cross-site", stranger), 403, 403},
		"a stranger with the header":                   {site("cross-site", stranger, csrf), 403, 403},
		"a stranger that does not say":                 {site("cross-site"), 403, 403},
		"an old browser, its own page":                 {[]string{own}, 200, 200},
		"an old browser, a page that is listed":        {[]string{shop}, 200, 200},
		"an old browser, a stranger":                   {[]string{stranger}, 403, 403},
		"an old browser, a page of nowhere":            {[]string{"Origin: null"}, 403, 403},
		"who says nothing":                             {nil, 403, 403},
		"who says nothing but the header":              {[]string{csrf}, 200, 200},
		"two cookies":                                  {site("same-origin", own, "Cookie: __Host-token=x"), 401, 401},
		"a cookie beside a token, which is looked at":  {site("cross-site", stranger, "Authorization: Bearer "+p.token(t, "customer")), 200, 200},
		"a cookie beside a token of nobody":            {site("same-origin", own, "Authorization: Bearer "+canary), 401, 401},
		"a cookie beside a key of nobody":              {site("same-origin", own, "X-API-Key: cgk_nobody_"+canary), 401, 401},
		"what browsers say of themselves, twice":       {site("same-origin", "Sec-Fetch-Site: cross-site", stranger), 403, 403},
		"a header that proxies add":                    {[]string{"X-Requested-With: XMLHttpRequest"}, 403, 403},
		"a page of its own, of another port or scheme": {[]string{"Origin: https" + p.public[len("http"):]}, 403, 403},
	} {
		t.Run(name, func(t *testing.T) {
			fields := append([]string{cookie}, c.fields...)
			query := c.get
			if slices.Contains(c.fields, "Sec-Fetch-Site: cross-site") { // whoever it is that a token names
				query = http.StatusForbidden
			}
			for what, each := range map[string]struct {
				req  *http.Request
				want int
			}{
				"GET of a route":          {p.shows(t, http.MethodGet, "/v2/users/7", "", fields...), c.get},
				"GET of GraphQL":          {p.shows(t, http.MethodGet, "/graphql?query=%7Bme%7Bid%7D%7D", "", fields...), query},
				"PATCH of a route":        {p.shows(t, http.MethodPatch, "/v2/me", `{"name": "Yuki"}`, fields...), c.patch},
				"POST to GraphQL":         {p.shows(t, http.MethodPost, "/graphql", `{"query": "{ me { id } }"}`, fields...), c.patch},
				"HEAD of an endpoint":     {p.shows(t, http.MethodHead, "/v2/orders/7/summary", "", fields...), c.get},
				"PATCH that is no change": {p.shows(t, http.MethodPatch, "/v2/me", `{"phone": "1"}`, fields...), c.patch},
			} {
				p.services.ResetCalls()
				r := send(t, each.req)
				if r.status != each.want {
					t.Errorf("%s is answered with %d %s, want %d", what, r.status, r.body, each.want)
				}
				for _, call := range p.services.Calls() {
					saysNothingOf(t, fmt.Sprint(call.Header), "__Host-token", "eyJ")
				}
			}
		})
	}
}

// Where no cookie is configured, none is looked at.
func TestACookieIsNotLookedAtUnlessItHasAName(t *testing.T) {
	p := start(t, standard)
	for _, name := range []string{"token", "__Host-token", "Authorization"} {
		r := send(t, p.shows(t, http.MethodPost, "/graphql", whoami, "Cookie: "+name+"="+p.token(t, "customer"), "Sec-Fetch-Site: same-origin", csrf))
		refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
	}
}

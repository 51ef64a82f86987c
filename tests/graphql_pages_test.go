package tests

import (
	"net/http"
	"net/url"
	"testing"
)

// What a page of another site can make a browser ask. That cookies stand for nobody then is tested with cookies.
func TestAPageOfAnotherSiteAsksNothingByGET(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	const shop = "https://shop.example"
	p := start(t, with(anonymous(standard), "server", `cors: {allowed_origins: ["`+shop+`"]}`))
	question := "/graphql?query=" + url.QueryEscape(`{ product(id: 1) { id } }`)
	forbidden := refusal{403, problemJSON, "FORBIDDEN", "a page of another site may not ask by this method: use POST", ""}
	type fields = map[string]string
	for name, c := range map[string]struct {
		method string
		header fields
		asks   bool
	}{
		"no browser":                      {http.MethodGet, nil, true},
		"a page of ours":                  {http.MethodGet, fields{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, true},
		"a neighbour":                     {http.MethodGet, fields{"Sec-Fetch-Site": "same-site"}, true},
		"a person":                        {http.MethodGet, fields{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, true},
		"a link":                          {http.MethodGet, fields{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, false},
		"an image":                        {http.MethodGet, fields{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, false},
		"a script":                        {http.MethodGet, fields{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, false},
		"a script of who is listed":       {http.MethodGet, fields{"Sec-Fetch-Site": "cross-site", "Origin": shop}, true},
		"what no browser says":            {http.MethodGet, fields{"Sec-Fetch-Site": "everywhere"}, false},
		"a script that was let, by POST":  {http.MethodPost, fields{"Sec-Fetch-Site": "cross-site", "Origin": shop}, true},
		"a script's HEAD":                 {http.MethodHead, fields{"Sec-Fetch-Site": "cross-site"}, false},
		"the Node.js client, which fetch": {http.MethodGet, fields{"Sec-Fetch-Mode": "cors"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			path, body := question, ""
			if c.method == http.MethodPost {
				path, body = "/graphql", `{"query": "{ product(id: 1) { id } }"}`
			}
			r := send(t, p.raw(t, c.method, path, c.header, body, false))
			switch {
			case c.asks:
				if got := string(r.body); r.status != http.StatusOK || got != `{"data":{"product":{"id":"1"}}}` {
					t.Errorf("it is answered with %d %s", r.status, got)
				}
			case c.method == http.MethodHead:
				if r.status != http.StatusForbidden {
					t.Errorf("it is answered with %d", r.status)
				}
			default:
				forbidden.check(t, r)
			}
		})
	}
}

// What forms can send needs no leave of the browser's either. It is no JSON.
func TestAFormSendsNoOperation(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, batching(anonymous(standard)))
	for _, form := range []string{
		"", "text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/graphql", "application/json+x", "application/json; charset=utf-16", "application/jsonp", "*/*", "application/json, text/plain",
	} {
		for _, body := range []string{`{"query": "{ product(id: 1) { id } }"}`, `[{"query": "{ product(id: 1) { id } }"}]`} {
			r := send(t, p.raw(t, "", "", map[string]string{"Content-Type": form}, body, false))
			refusal{Status: 415, Form: problemJSON, Code: "UNSUPPORTED_MEDIA_TYPE"}.check(t, r)
		}
	}
}

package browser_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/browser"
	"github.com/concierge-gateway/concierge/forwarded"
)

const (
	self   = "https://api.shop.example"
	listed = "https://www.shop.example"
)

// rules trust one origin, and keep the token in the cookie "__Host-token".
func rules() *browser.Rules {
	return browser.New(browser.Config{Name: "__Host-token", Header: "X-Concierge-CSRF"}, []string{listed})
}

// sent is a request to self with a cookie and these fields, each a name and a value.
func sent(method string, fields ...string) *http.Request {
	r := httptest.NewRequest(method, self+"/graphql", nil)
	r.Header.Set("Cookie", "theme=dark; __Host-token=jwt; lang=de")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func TestWhatRealBrowsersSend(t *testing.T) {
	const (
		site   = "Sec-Fetch-Site"
		marker = "X-Concierge-CSRF"
		kind   = "Content-Type"
	)
	for name, c := range map[string]struct {
		r    *http.Request
		want bool
	}{
		"a page of ours reads":                              {sent("GET", site, "same-origin"), true},
		"a page of ours asks by JSON":                       {sent("POST", site, "same-origin", "Origin", self, kind, "application/json"), true},
		"a page of ours sends a form":                       {sent("POST", site, "same-origin", "Origin", self, kind, "application/x-www-form-urlencoded"), false},
		"a page of ours that hides its origin, by JSON":     {sent("POST", site, "same-origin", "Origin", "null", kind, "application/json"), true},
		"a page of ours uploads, marked":                    {sent("POST", site, "same-origin", "Origin", self, kind, "multipart/form-data; boundary=x", marker, "1"), true},
		"a page of ours deletes":                            {sent("DELETE", site, "same-origin", "Origin", self), false},
		"a page of ours deletes, marked":                    {sent("DELETE", site, "same-origin", "Origin", self, marker, "1"), true},
		"a person types the address":                        {sent("GET", site, "none"), true},
		"a listed neighbour asks by JSON":                   {sent("POST", site, "same-site", "Origin", listed, kind, "application/json"), true},
		"a listed neighbour reads by CORS":                  {sent("GET", site, "same-site", "Origin", listed), true},
		"a link on a neighbour":                             {sent("GET", site, "same-site"), false},
		"a neighbour that is not listed":                    {sent("POST", site, "same-site", "Origin", "https://blog.shop.example", kind, "application/json"), false},
		"a link elsewhere":                                  {sent("GET", site, "cross-site"), false},
		"a form elsewhere":                                  {sent("POST", site, "cross-site", "Origin", "https://evil.example", kind, "text/plain"), false},
		"a form elsewhere, in a frame of its own":           {sent("POST", site, "cross-site", "Origin", "null", kind, "text/plain"), false},
		"a script elsewhere":                                {sent("POST", site, "cross-site", "Origin", "https://evil.example", kind, "application/json", marker, "1"), false},
		"an old browser, a page of ours asks by JSON":       {sent("POST", "Origin", self, kind, "application/json"), true},
		"an old browser, a form elsewhere":                  {sent("POST", "Origin", "https://evil.example", kind, "text/plain"), false},
		"an old browser, a link or a page of ours":          {sent("GET"), false},
		"an old browser, a page of ours reads, marked":      {sent("GET", marker, "1"), true},
		"an older one yet, a form without Origin":           {sent("POST", kind, "application/x-www-form-urlencoded"), false},
		"an older one yet, a script without Origin":         {sent("POST", kind, "application/json"), false},
		"an older one yet, a script without Origin, marked": {sent("POST", kind, "application/json", marker, "1"), true},
	} {
		t.Run(name, func(t *testing.T) {
			token, ok, err := rules().Token(c.r)
			if c.want && (token != "jwt" || !ok || err != nil) {
				t.Errorf("got %q, %v and %v, want the token", token, ok, err)
			}
			if !c.want && (token != "" || ok || !errors.Is(err, browser.ErrCrossSite)) {
				t.Errorf("got %q, %v and %v, want a refusal", token, ok, err)
			}
		})
	}
}

func TestOnlyTheOneCookieIsLookedAt(t *testing.T) {
	for name, c := range map[string]struct {
		cookies []string
		token   string
		err     error
	}{
		"none":                 {nil, "", nil},
		"others":               {[]string{"token=jwt; __host-token=jwt; x__Host-token=jwt"}, "", nil},
		"one":                  {[]string{"__Host-token=a.b.c"}, "a.b.c", nil},
		"one in quotes":        {[]string{`__Host-token="a.b.c"`}, "a.b.c", nil},
		"one among others":     {[]string{"a=b", "c=d; __Host-token=a.b.c;e=f"}, "a.b.c", nil},
		"an empty one":         {[]string{"__Host-token="}, "", nil},
		"one that is no value": {[]string{"__Host-token"}, "", nil},
		"two":                  {[]string{"__Host-token=a; __Host-token=b"}, "", browser.ErrSeveral},
		"the same twice":       {[]string{"__Host-token=a; __Host-token=a"}, "", browser.ErrSeveral},
		"two in two fields":    {[]string{"__Host-token=a", "__Host-token=b"}, "", browser.ErrSeveral},
		"one and an empty one": {[]string{"__Host-token=a; __Host-token="}, "", browser.ErrSeveral},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent("GET", "Sec-Fetch-Site", "same-origin")
			r.Header["Cookie"] = c.cookies
			token, ok, err := rules().Token(r)
			if token != c.token || ok != (c.token != "") || !errors.Is(err, c.err) {
				t.Errorf("got %q, %v and %v, want %q and %v", token, ok, err, c.token, c.err)
			}
		})
	}
}

func TestWithoutACookieNothingIsRefused(t *testing.T) {
	r := sent("POST", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if token, ok, err := browser.New(browser.DefaultConfig(), nil).Token(r); token != "" || ok || err != nil {
		t.Errorf("with no cookie configured, got %q, %v and %v", token, ok, err)
	}
	r.Header.Del("Cookie")
	if token, ok, err := rules().Token(r); token != "" || ok || err != nil {
		t.Errorf("with no cookie sent, got %q, %v and %v", token, ok, err)
	}
}

func TestARefusalRepeatsNothing(t *testing.T) {
	r := sent("POST", "Origin", "https://evil.example", "X-Concierge-CSRF", "canary")
	r.Header.Set("Cookie", "__Host-token=canary")
	_, _, err := rules().Token(r)
	r.Header.Set("Cookie", "__Host-token=canary; __Host-token=canary")
	_, _, several := rules().Token(r)
	for _, err := range []error{err, several, rules().Upgrade(r)} {
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "evil") {
			t.Errorf("got %v", err)
		}
	}
}

func TestAnOriginIsComparedAsAWhole(t *testing.T) {
	for origin, want := range map[string]bool{
		self:                                 true,
		"HTTPS://API.Shop.Example":           true,
		self + ":443":                        true,
		listed:                               true,
		listed + ":443":                      true,
		self + ":8443":                       false,
		self + ":80":                         false,
		self + ":":                           false,
		self + "/":                           false,
		self + ".":                           false,
		self + ".evil.example":               false,
		"http://api.shop.example":            false,
		"http://api.shop.example:443":        false,
		"wss://api.shop.example":             false,
		"http\u017f://api.shop.example":      false, // the long s, which some take for an s
		"https://api.\u017fhop.example":      false,
		"https://evil.example/" + self:       false,
		"https://evil.example#" + self:       false,
		"https://api.shop.example@evil":      false,
		"https://evilapi.shop.example":       false,
		"https://shop.example":               false,
		"https://a.www.shop.example":         false,
		"https://other.example":              false, // the list names it as a pattern
		"https://*":                          false,
		"https://":                           false,
		"://api.shop.example":                false,
		"api.shop.example":                   false,
		"*":                                  false,
		"null":                               false,
		"Null":                               false,
		"":                                   false,
		" " + self:                           false,
		self + " " + listed:                  false,
		self + ", " + listed:                 false,
		"file://":                            false,
		"chrome-extension://api":             false,
		"https:api.shop.example":             false,
		"https://api.shop.example\x00.evil":  false,
		"https://[::1]":                      false,
		"https://xn--shp-0na.example":        false,
		"https://www.shop.example.:443":      false,
		"https://www.shop.example:443:443":   false,
		"https://www.shop.example,evil.test": false,
	} {
		t.Run(origin, func(t *testing.T) {
			r := browser.New(browser.Config{Name: "__Host-token", Header: "X-Concierge-CSRF"},
				[]string{listed, "*", "null", "https://*.example", "https://*", "", "chrome-extension://api"})
			request := sent("POST", "Content-Type", "application/json")
			request.Header["Origin"] = []string{origin}
			if _, ok, err := r.Token(request); ok != want || (err == nil) != want {
				t.Errorf("a cookie: got %v and %v, want %v", ok, err, want)
			}
			if err := r.Upgrade(request); (err == nil) != want {
				t.Errorf("a WebSocket: got %v, want %v", err, want)
			}
		})
	}
}

func TestAWebSocketIsOpenedForTrustedPagesAndForNoBrowsers(t *testing.T) {
	for name, c := range map[string]struct {
		origins []string
		want    bool
	}{
		"no browser":     {nil, true},
		"ours":           {[]string{self}, true},
		"a listed page":  {[]string{listed}, true},
		"another page":   {[]string{"https://evil.example"}, false},
		"null":           {[]string{"null"}, false},
		"nothing said":   {[]string{""}, false},
		"ours and other": {[]string{self, "https://evil.example"}, false},
		"ours twice":     {[]string{self, self}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent("GET")
			r.Header["Origin"] = c.origins
			if err := rules().Upgrade(r); (err == nil) != c.want || err != nil && !errors.Is(err, browser.ErrCrossSite) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAPageWhoseNameWasLedHereIsNotOurs(t *testing.T) {
	const stated, rebound = "https://agents.shop.example", self
	for name, c := range map[string]struct {
		own     string
		origins []string
		want    bool
	}{
		"no browser":                       {stated, nil, true},
		"the origin that is stated":        {stated, []string{stated}, true},
		"a listed page":                    {stated, []string{listed}, true},
		"a page of what the request names": {stated, []string{rebound}, false},
		"the same, where nothing is said":  {"", []string{rebound}, true},
		"null":                             {stated, []string{"null"}, false},
		"two":                              {stated, []string{stated, rebound}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent("POST")
			r.Header["Origin"] = c.origins
			if err := rules().Page(r, c.own); (err == nil) != c.want || err != nil && !errors.Is(err, browser.ErrCrossSite) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestTheRequestsOwnOriginIsWhatTheClientAsked(t *testing.T) {
	trust, err := forwarded.New(forwarded.Config{TrustedProxies: []string{"10.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	const plain, port = "http://api.shop.example", "https://api.shop.example:8443"
	for name, c := range map[string]struct {
		peer, host   string
		tls, trusted bool // trusted has the forwarded package in front
		proto, said  string
		origin       string
		want         bool
	}{
		"by TLS":                           {"203.0.113.7:1", "api.shop.example", true, false, "", "", self, true},
		"by TLS, with the port":            {"203.0.113.7:1", "api.shop.example:443", true, false, "", "", self, true},
		"by TLS, another port":             {"203.0.113.7:1", "api.shop.example:8443", true, false, "", "", port, true},
		"by TLS, the port left out":        {"203.0.113.7:1", "api.shop.example:8443", true, false, "", "", self, false},
		"by TLS, in capitals":              {"203.0.113.7:1", "API.shop.example", true, false, "", "", self, true},
		"by TLS, from a plain page":        {"203.0.113.7:1", "api.shop.example", true, false, "", "", plain, false},
		"without TLS":                      {"203.0.113.7:1", "api.shop.example", false, false, "", "", plain, true},
		"without TLS, with the port":       {"203.0.113.7:1", "api.shop.example:80", false, false, "", "", plain, true},
		"without TLS, from a page of TLS":  {"203.0.113.7:1", "api.shop.example", false, false, "", "", self, false},
		"IPv6":                             {"203.0.113.7:1", "[::1]:8080", false, false, "", "", "http://[::1]:8080", true},
		"a trusted proxy ended TLS":        {"10.0.0.1:1", "10.9.9.9:8080", false, true, "https", "api.shop.example", self, true},
		"a trusted proxy, its own address": {"10.0.0.1:1", "10.9.9.9:8080", false, true, "https", "api.shop.example", "http://10.9.9.9:8080", false},
		"a stranger says so":               {"203.0.113.7:1", "api.shop.example", false, true, "https", "evil.example", "https://evil.example", false},
		"a stranger, and nobody asks":      {"203.0.113.7:1", "api.shop.example", false, false, "https", "evil.example", "https://evil.example", false},
		"no host":                          {"203.0.113.7:1", "", true, false, "", "", "https://", false},
		"a host that is none":              {"203.0.113.7:1", "a/b", true, true, "", "", "https://a/b", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent("POST", "Content-Type", "application/json", "Origin", c.origin)
			r.RemoteAddr, r.Host, r.TLS = c.peer, c.host, nil
			if c.tls {
				r.TLS = new(tls.ConnectionState)
			}
			if c.proto != "" {
				r.Header.Set("X-Forwarded-For", "203.0.113.9")
				r.Header.Set("X-Forwarded-Proto", c.proto)
				r.Header.Set("X-Forwarded-Host", c.said)
			}
			var handler http.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, ok, _ := rules().Token(r)
				if opened := rules().Upgrade(r) == nil; ok != c.want || opened != c.want {
					t.Errorf("got the token %v, and a WebSocket %v, want %v", ok, opened, c.want)
				}
			})
			if c.trusted {
				handler = trust.Middleware(handler)
			}
			handler.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

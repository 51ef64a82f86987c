package resource

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/problem"
)

const issuer = "https://id.example.com"

// told asks for the metadata of a resource at a host.
func told(t testing.TB, r *Resource, method, host, path string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, http.NoBody)
	req.Host = host
	w := httptest.NewRecorder()
	trusting(t).Middleware(r.Handler()).ServeHTTP(w, req)
	return w
}

// trusting believes the proxy that httptest's requests come from.
func trusting(t testing.TB) *forwarded.Trust {
	t.Helper()
	trust, err := forwarded.New(forwarded.Config{TrustedProxies: []string{"192.0.2.1"}})
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// challenged is the challenge to somebody without a name.
func challenged(t testing.TB, r *Resource, host string, fields ...string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/mcp", http.NoBody)
	req.Host = host
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := auth.Require(w, r); problem.KindOf(err) != problem.Unauthenticated {
			t.Errorf("got %v", err)
		}
	})
	trusting(t).Middleware(auth.Pointing(r.MetadataURL)(handler)).ServeHTTP(w, req)
	return w.Header().Get("WWW-Authenticate")
}

func TestMetadataTellAllThatAClientNeedsForAToken(t *testing.T) {
	r := New(Config{
		URL: "https://api.example.com/mcp", Path: "/mcp", Name: "Shop",
		Issuers: []string{issuer, "", "urn:partner", "http://id.example.com", "https://id.example.com/?a=b", "http://localhost:8080/realms/shop", issuer},
		Scopes:  func() []string { return []string{"orders:write", "orders:read", "orders:write"} },
	})
	w := told(t, r, http.MethodGet, "api.example.com", WellKnown+"/mcp")
	want := map[string]any{
		"resource":                 "https://api.example.com/mcp",
		"resource_name":            "Shop",
		"authorization_servers":    []any{issuer, "http://localhost:8080/realms/shop"},
		"scopes_supported":         []any{"orders:read", "orders:write"},
		"bearer_methods_supported": []any{"header"},
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("its fields are %v", w.Header())
	}
}

func TestMembersThatAreEmptyAreLeftOut(t *testing.T) {
	r := New(Config{URL: "https://api.example.com", Issuers: []string{issuer}})
	const want = `{"resource":"https://api.example.com","authorization_servers":["https://id.example.com"],"bearer_methods_supported":["header"]}`
	if got := told(t, r, http.MethodGet, "x", WellKnown).Body.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The pairs of the first three are those of RFC 9728, section 3.1.
func TestWhereMetadataAreFollowsFromTheResource(t *testing.T) {
	for resource, want := range map[string]string{
		"https://resource.example.com":              "https://resource.example.com/.well-known/oauth-protected-resource",
		"https://resource.example.com/":             "https://resource.example.com/.well-known/oauth-protected-resource",
		"https://resource.example.com/resource1":    "https://resource.example.com/.well-known/oauth-protected-resource/resource1",
		"https://api.example.com:8443/gateway/mcp":  "https://api.example.com:8443/.well-known/oauth-protected-resource/gateway/mcp",
		`https://api.example.com/a"b\%22c%0d%0aD:e`: "https://api.example.com/.well-known/oauth-protected-resource/a%22b%5C%22c%0D%0AD:e",
	} {
		if message := Mistake(resource); message != "" {
			t.Errorf("%s %s", resource, message)
		}
		got := challenged(t, New(Config{URL: resource, Issuers: []string{issuer}}), "other.example")
		if want = auth.Challenge + `, resource_metadata="` + want + `"`; got != want {
			t.Errorf("the challenge is %s, want %s", got, want)
		}
	}
}

func TestAClientIsToldOfTheHostThatItAsked(t *testing.T) {
	r := New(Config{Path: "/mcp", Issuers: []string{issuer}})
	for name, c := range map[string]struct {
		host   string
		fields []string
		want   string // no parameter where it is empty
	}{
		"a name":               {"api.example.com", nil, "http://api.example.com"},
		"with a port":          {"localhost:8080", nil, "http://localhost:8080"},
		"an address":           {"192.0.2.7:80", nil, "http://192.0.2.7:80"},
		"of IPv6":              {"[2001:db8::1]:80", nil, "http://[2001:db8::1]:80"},
		"behind a proxy":       {"10.0.0.1", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "api.example.com"}, "https://api.example.com"},
		"none":                 {"", nil, ""},
		"a port alone":         {":80", nil, ""},
		"no port":              {"a.example:", nil, ""},
		"a port of letters":    {"a.example:http", nil, ""},
		"a quote":              {`a.example", error="x`, nil, ""},
		"a field":              {"a.example\r\nSet-Cookie: a=b", nil, ""},
		"a path":               {"a.example/x", nil, ""},
		"a user":               {"api.example.com@a.example", nil, ""},
		"an open bracket":      {"[::1", nil, ""},
		"brackets of nothing":  {"[]", nil, ""},
		"a name in brackets":   {"[a.example]", nil, ""},
		"a zone":               {"[fe80::1%25eth0]", nil, ""},
		"two ports":            {"a:1:2", nil, ""},
		"a quote by the proxy": {"a.example", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-Host", `b.example"`}, "http://a.example"},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := challenged(t, r, c.host, c.fields...), auth.Challenge
			if c.want != "" {
				want += `, resource_metadata="` + c.want + WellKnown + `/mcp"`
			}
			if got != want {
				t.Errorf("the challenge is %s, want %s", got, want)
			}
		})
	}
}

func TestMetadataNameTheResourceThatTheyWereAskedForBy(t *testing.T) {
	asked, set := New(Config{Path: "/mcp", Issuers: []string{issuer}}), New(Config{URL: "https://api.example.com/mcp", Issuers: []string{issuer}})
	for _, c := range []struct {
		resource         *Resource
		path, want, keep string
	}{
		{asked, WellKnown + "/mcp", "http://a.example/mcp", "no-store"},
		{asked, WellKnown, "http://a.example", "no-store"},
		{set, WellKnown + "/mcp", "https://api.example.com/mcp", "public, max-age=3600"},
		{set, WellKnown, "https://api.example.com", "public, max-age=3600"},
	} {
		w := told(t, c.resource, http.MethodGet, "a.example", c.path)
		if !strings.Contains(w.Body.String(), `"resource":"`+c.want+`"`) || w.Header().Get("Cache-Control") != c.keep {
			t.Errorf("%s: %s, kept by %q", c.path, w.Body, w.Header().Get("Cache-Control"))
		}
	}
	if w := told(t, asked, http.MethodGet, `a.example"`, WellKnown); w.Code != http.StatusBadRequest {
		t.Errorf("a host that is none is answered with %d", w.Code)
	}
}

func TestMetadataAreForGetAndHead(t *testing.T) {
	r := New(Config{URL: "https://api.example.com/mcp", Issuers: []string{issuer}})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if w := told(t, r, method, "a.example", WellKnown); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	if w := told(t, r, http.MethodHead, "a.example", WellKnown); w.Code != http.StatusOK {
		t.Errorf("HEAD: %d", w.Code)
	}
}

func TestWithoutAnIssuerThereIsNothingToTell(t *testing.T) {
	for _, issuers := range [][]string{nil, {""}, {"concierge"}, {"http://id.example.com"}, {"https://id.example.com/#a"}} {
		r := New(Config{URL: "https://api.example.com/mcp", Issuers: issuers})
		if r.Handler() != nil {
			t.Errorf("there is something to tell of %q", issuers)
		}
		if got := challenged(t, r, "api.example.com"); got != auth.Challenge {
			t.Errorf("the challenge is %s", got)
		}
	}
}

func TestAResourceIsNamedByAURLThatTokensAreSafeWith(t *testing.T) {
	for text, good := range map[string]bool{
		"https://api.example.com/mcp": true, "https://api.example.com": true, "http://localhost:8080/mcp": true, "http://[::1]/mcp": true,
		"http://127.0.0.1/mcp": true,
		"":                     false, "/mcp": false, "api.example.com": false, "http://api.example.com/mcp": false, "ftp://api.example.com": false,
		"https://api.example.com/mcp?a=b": false, "https://api.example.com/mcp?": false, "https://api.example.com/mcp#a": false,
		"https://u:p@api.example.com/mcp": false, `https://api"example.com/mcp`: false, "https://[fe80::1%25e]/mcp": false, "https://:443/mcp": false,
	} {
		if message := Mistake(text); (message == "") != good {
			t.Errorf("%q: %q", text, message)
		}
	}
}

// Scopes change under requests. This test is for the race detector.
func TestAResourceIsAskedByManyAtTheSameTime(t *testing.T) {
	var scopes sync.Map
	r := New(Config{Path: "/mcp", Issuers: []string{issuer}, Scopes: func() (all []string) {
		scopes.Range(func(name, _ any) bool { all = append(all, name.(string)); return true })
		return all
	}})
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		all.Go(func() {
			scopes.Store(name, true)
			told(t, r, http.MethodGet, name+".example", WellKnown+"/mcp")
			if got := challenged(t, r, name+".example"); !strings.Contains(got, "//"+name+".example/") {
				t.Errorf("%s is challenged by %s", name, got)
			}
		})
	}
	all.Wait()
}

func FuzzNoHostEndsTheQuotedStringThatItStandsIn(f *testing.F) {
	for _, host := range []string{"a.example:80", `a"`, "[::1]:80", "a\\", "a\r\nb", "[::1%25a]"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if isHost(host) && strings.ContainsAny(host, "\"\\ ,;/?#@%\r\n\x00") {
			t.Errorf("%q is taken for a host", host)
		}
	})
}

func BenchmarkMetadata(b *testing.B) {
	r := New(Config{URL: "https://api.example.com/mcp", Issuers: []string{issuer}, Scopes: func() []string { return []string{"orders:read"} }})
	handler, req := r.Handler(), httptest.NewRequest(http.MethodGet, WellKnown+"/mcp", http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), req)
	}
}

package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

func wantSeen(t testing.TB, got answer, want seen) {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("refused: %d %s", got.status, got.body)
	}
	if diff := cmp.Diff(want, got.seen); diff != "" {
		t.Error(diff)
	}
}

func wantRefused(t testing.TB, got answer, status int, challenge string) {
	t.Helper()
	if got.status != status || got.challenge != challenge {
		t.Errorf("got %d with the challenge %q, want %d with %q: %s", got.status, got.challenge, status, challenge, got.body)
	}
}

const (
	challengeInvalid = auth.Challenge + `, error="invalid_token", error_description="the credential is not valid here"`
	challengeExpired = auth.Challenge + `, error="invalid_token", error_description="the credential has expired"`
)

// serving answers each call with the same text.
func serving(t testing.TB, text string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
	t.Cleanup(server.Close)
	return server.URL
}

// threeIssuers are ours, a partner with a key set, and an old one with a key in a file.
func threeIssuers(t testing.TB) (c auth.Config, partner, old signer) {
	t.Helper()
	partner, old = newES256(t, "https://partner.example"), newEdDSA(t, "https://old.example")
	second := token.DefaultConfig()
	second.Issuer, second.Audience, second.SubjectPrefix = partner.name, []string{"concierge"}, "partner:"
	second.Keys.JWKS = serving(t, partner.keySet(t))
	second.Scopes, second.ScopeMap = []string{"realm.roles"}, map[string][]string{"clerk": {"orders:read"}}
	third := token.DefaultConfig()
	third.Issuer, third.Subject, third.SubjectPrefix, third.Algorithms = old.name, "client_id", "old:", []string{"EdDSA"}
	third.Keys.PEM = old.file(t)
	c = settings()
	c.Issuers = append(c.Issuers, second, third)
	return c, partner, old
}

func TestATokenOfEachIssuerNamesItsCaller(t *testing.T) {
	c, partner, old := threeIssuers(t)
	s := listening(t, c)
	for name, tt := range map[string]struct {
		text string
		want seen
	}{
		"by a secret": {
			signed(t, token.Claims{Subject: "7", Scopes: []string{"users:read", "orders:read"}, ID: "jti-1"}),
			seen{ID: "7", Scopes: []string{"users:read", "orders:read"}, Method: "token", Credential: "jti-1", Token: "7"},
		},
		"by a key set, whose roles are translated": {
			partner.token(t, map[string]any{"realm": map[string]any{"roles": []string{"clerk", "boss"}}}),
			seen{ID: "partner:7", Scopes: []string{"orders:read"}, Method: "token", Token: "7"},
		},
		"by a file, by another claim": {
			old.token(t, map[string]any{"client_id": "export", "scp": []string{"a"}}),
			seen{ID: "old:export", Scopes: []string{"a"}, Method: "token", Client: "export", Token: "7"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time, the verdict is remembered
				wantSeen(t, s.ask(t, bearer(tt.text)), tt.want)
			}
		})
	}
	if names := s.Unready(); len(names) > 0 {
		t.Errorf("the keys of %q are said to be missing", names)
	}
}

func TestAnIssuerCannotSpeakForAnother(t *testing.T) {
	c, partner, old := threeIssuers(t)
	c.Anonymous = true
	s := listening(t, c)
	stranger := newES256(t, partner.name)
	for name, text := range map[string]string{
		"the partner for ours":          partner.token(t, map[string]any{"iss": issuerName}),
		"the partner for the old one":   partner.token(t, map[string]any{"iss": old.name, "client_id": "export"}),
		"a stranger for the partner":    stranger.token(t, nil),
		"the partner for nobody":        partner.token(t, map[string]any{"iss": "https://nobody.example"}),
		"the partner for another place": partner.token(t, map[string]any{"aud": "elsewhere"}),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, s.ask(t, bearer(text)), 401, challengeInvalid) })
	}
}

func TestTheSchemeMayBeWrittenInAnyCase(t *testing.T) {
	s := listening(t, settings())
	text := signed(t, token.Claims{})
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER   "} {
		if got := s.ask(t, withHeader("Authorization", scheme+text)); got.seen.ID != "7" {
			t.Errorf("%q: %+v", scheme, got)
		}
	}
}

func TestAKeyNamesItsOwner(t *testing.T) {
	c := settings()
	c.APIKeys.Header = "x-partner-key" // fields are found in any case
	key := withKey(t, &c, apikey.Entry{ID: "nightly", Owner: "export", Scopes: []string{"orders:read"}})
	s := listening(t, c)
	want := seen{ID: "export", Scopes: []string{"orders:read"}, Method: "api_key", Credential: "key:nightly", Client: "nightly"}
	wantSeen(t, s.ask(t, withHeader("X-Partner-Key", key)), want)
	for name, q := range map[string]request{
		"one whose end is changed": withHeader("X-Partner-Key", key[:len(key)-2]+"AA"),
		"an empty one":             withHeader("X-Partner-Key", ""),
		"as a token":               bearer(key),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, s.ask(t, q), 401, challengeInvalid) })
	}
	wantRefused(t, s.ask(t, withHeader(keyHeader, key)), 401, auth.Challenge) // in a field that means nothing
}

func TestAKeyThatHasEndedIsRefused(t *testing.T) {
	c := settings()
	expired := withKey(t, &c, apikey.Entry{ID: "last-year", Owner: "export", Expires: time.Now().Add(-time.Hour)})
	s := listening(t, c)
	wantRefused(t, s.ask(t, withHeader(keyHeader, expired)), 401, challengeExpired)
}

// asked is an issuer that knows these opaque tokens.
func asked(t testing.TB, answers map[string]string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := answers[r.FormValue("token")]
		switch {
		case !ok:
			text = `{"active":false}`
		case text == "":
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAnIssuerIsAskedAboutOpaqueTokens(t *testing.T) {
	c := settings()
	c.Introspection.SubjectPrefix = "idp:"
	looking := newES256(t, "https://idp.example").token(t, nil)
	c.Introspection.URL = asked(t, map[string]string{
		"opaque-1":  `{"active":true,"sub":"7","scope":"users:read  a","jti":"jti-2","iss":"https://idp.example"}`,
		"opaque-2":  `{"active":true,"sub":"7","exp":1}`,
		"opaque-3":  "",
		looking:     `{"active":true,"sub":"7"}`,
		"opaque.4.": `{"active":true,"sub":"8"}`,
	})
	s := listening(t, c)
	wantSeen(t, s.ask(t, bearer("opaque-1")),
		seen{ID: "idp:7", Scopes: []string{"users:read", "a"}, Method: "introspection", Credential: "jti-2"})
	wantSeen(t, s.ask(t, bearer("opaque.4.")), seen{ID: "idp:8", Method: "introspection"}) // has three parts, and no header
	wantRefused(t, s.ask(t, bearer("opaque-0")), 401, challengeInvalid)
	wantRefused(t, s.ask(t, bearer("opaque-2")), 401, challengeExpired)
	wantRefused(t, s.ask(t, bearer(looking)), 401, challengeInvalid) // is verified here, by keys that its issuer does not have
	wantSeen(t, s.ask(t, bearer(signed(t, token.Claims{}))), seen{ID: "7", Method: "token", Token: "7"})
	got := s.ask(t, bearer("opaque-3"))
	wantRefused(t, got, 503, "")
	if got.header.Get("Retry-After") == "" {
		t.Error("nothing says when to try again")
	}

	c.Issuers, c.Cookie.Name = nil, ""
	wantSeen(t, listening(t, c).ask(t, bearer(looking)), seen{ID: "idp:7", Method: "introspection"}) // nobody else can tell
}

func TestTokensElsewhereAreNotSeen(t *testing.T) {
	s := listening(t, settings())
	text := signed(t, token.Claims{})
	s.url += "/?access_token=" + text + "&jwt=" + text + "&" + cookieName + "=" + text + "#"
	for name, q := range map[string]request{
		"in the URL":          {},
		"in another cookie":   withHeader("Cookie", "jwt="+text),
		"in X-Authorization":  withHeader("X-Authorization", "Bearer "+text),
		"in a proxy's field":  withHeader("Proxy-Authorization", "Bearer "+text),
		"in X-User-Id":        withHeader("X-User-Id", "7"),
		"in the key's field":  withHeader(keyHeader, text), // no keys are taken
		"in a gateway's turn": withHeader("X-Gateway-Token", text),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, s.ask(t, q), 401, auth.Challenge) })
	}
}

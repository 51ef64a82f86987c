package auth_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/jwtauth/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/telemetry"
)

const secret = "a secret of the tests, 32 bytes and more"

// settings are those of most tests. A test that forges tokens gives them the matching issuer and audience, so that
// nothing but the forgery can be what they are refused for.
func settings() auth.Config {
	return auth.Config{Secret: secret, Issuer: "https://issuer.example", Audience: "concierge", Leeway: 30 * time.Second}
}

type claims map[string]any

// good returns the claims of a token that is accepted, with some of them changed. A nil value removes a claim.
func good(changes claims) claims {
	c := claims{
		"sub": "7",
		"iss": "https://issuer.example",
		"aud": "concierge",
		"exp": time.Now().Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		if value == nil {
			delete(c, name)
			continue
		}
		c[name] = value
	}
	return c
}

func segment(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// forge signs with HMAC, whatever the header says.
func forge(t *testing.T, header, payload claims, newHash func() hash.Hash, key string) string {
	t.Helper()
	signed := segment(t, header) + "." + segment(t, payload)
	mac := hmac.New(newHash, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func token(t *testing.T, payload claims) string {
	t.Helper()
	return forge(t, claims{"alg": "HS256", "typ": "JWT"}, payload, sha256.New, secret)
}

func signedByRSA(t *testing.T, payload claims) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signed := segment(t, claims{"alg": "RS256"}) + "." + segment(t, payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// served is what one request with these Authorization fields met with.
type served struct {
	status    int
	principal auth.Principal
	subject   string // as jwtauth carries it
	challenge string
	body      string
}

func verifier(t *testing.T, cfg auth.Config) (*auth.Verifier, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	v, err := auth.New(cfg, registry)
	if err != nil {
		t.Fatal(err)
	}
	return v, registry
}

func serve(v *auth.Verifier, authorization ...string) served {
	var s served
	handler := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.principal = auth.FromContext(r.Context())
		if token, _, _ := jwtauth.FromContext(r.Context()); token != nil {
			s.subject, _ = token.Subject()
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	r.Header["Authorization"] = authorization
	handler.ServeHTTP(w, r)
	s.status, s.challenge, s.body = w.Code, w.Header().Get("WWW-Authenticate"), w.Body.String()
	return s
}

// counted is what concierge_auth_total says, without what is zero.
func counted(t *testing.T, registry *prometheus.Registry) []string {
	t.Helper()
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "concierge_auth_total"); ok && !strings.HasSuffix(text, " 0") {
			lines = append(lines, text)
		}
	}
	return lines
}

func TestGoodTokensNameTheirCaller(t *testing.T) {
	inHalfASecond := float64(time.Now().Add(time.Hour).UnixMilli()) / 1000
	tests := map[string]struct {
		claims claims
		scopes []string
	}{
		"no scope":                       {nil, nil},
		"an empty scope":                 {claims{"scope": ""}, []string{}},
		"scopes as one string":           {claims{"scope": "users:read  orders:read"}, []string{"users:read", "orders:read"}},
		"scopes as a list":               {claims{"scope": []string{"a", "b"}}, []string{"a", "b"}},
		"scopes as scp":                  {claims{"scp": []string{"a"}}, []string{"a"}},
		"scope counts more than scp":     {claims{"scope": "a", "scp": "b"}, []string{"a"}},
		"one of several audiences":       {claims{"aud": []string{"other", "concierge"}}, nil},
		"expired less than leeway ago":   {claims{"exp": time.Now().Add(-10 * time.Second).Unix()}, nil},
		"valid in less than leeway":      {claims{"nbf": time.Now().Add(10 * time.Second).Unix()}, nil},
		"a fraction of a second is fine": {claims{"exp": inHalfASecond}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, registry := verifier(t, settings())
			text := token(t, good(tt.claims))
			for _, round := range []string{"verified", "remembered"} {
				got := serve(v, "Bearer "+text)
				if got.status != http.StatusNoContent {
					t.Fatalf("%s: %+v", round, got)
				}
				if diff := cmp.Diff(auth.Principal{ID: "7", Scopes: tt.scopes}, got.principal); diff != "" {
					t.Error(round, diff)
				}
				if got.subject != "7" {
					t.Errorf("%s: jwtauth carries %q", round, got.subject)
				}
			}
			if diff := cmp.Diff([]string{`{result="ok"} 2`}, counted(t, registry)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSchemeMayBeWrittenInAnyCase(t *testing.T) {
	v, _ := verifier(t, settings())
	text := token(t, good(nil))
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER   "} {
		if got := serve(v, scheme+text); got.principal.ID != "7" {
			t.Errorf("%q: %+v", scheme, got)
		}
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	hs := func(alg string) claims { return claims{"alg": alg} }
	fine := token(t, good(nil))
	parts := strings.Split(fine, ".")
	unsigned := func(alg string) string { return segment(t, hs(alg)) + "." + parts[1] + "." }
	signed := func(header claims, newHash func() hash.Hash, key string) string {
		return forge(t, header, good(nil), newHash, key)
	}
	withKey := claims{"alg": "HS256", "jwk": claims{"kty": "oct", "k": "bWluZQ"}}
	critical := claims{"alg": "HS256", "crit": []string{"x"}, "x": 1}
	notEncoded := claims{"alg": "HS256", "crit": []string{"b64"}, "b64": false}

	wantRefused(t, "invalid", map[string][]string{
		"alg none, not signed":            {"Bearer " + unsigned("none")},
		"alg none, in another case":       {"Bearer " + unsigned("nOnE")},
		"alg none, signed all the same":   {"Bearer " + signed(hs("none"), sha256.New, secret)},
		"alg missing":                     {"Bearer " + signed(claims{"typ": "JWT"}, sha256.New, secret)},
		"alg empty":                       {"Bearer " + signed(hs(""), sha256.New, secret)},
		"alg in lower case":               {"Bearer " + signed(hs("hs256"), sha256.New, secret)},
		"HS384, as it says":               {"Bearer " + signed(hs("HS384"), sha512.New384, secret)},
		"HS384 said, HS256 done":          {"Bearer " + signed(hs("HS384"), sha256.New, secret)},
		"HS512, as it says":               {"Bearer " + signed(hs("HS512"), sha512.New, secret)},
		"RS256, by a key of the caller's": {"Bearer " + signedByRSA(t, good(nil))},
		"RS256 said, HS256 done":          {"Bearer " + signed(hs("RS256"), sha256.New, secret)},
		"a key of the caller's as jwk":    {"Bearer " + signed(withKey, sha256.New, "mine")},
		"an extension nobody knows":       {"Bearer " + signed(critical, sha256.New, secret)},
		"a payload that is not encoded":   {"Bearer " + signed(notEncoded, sha256.New, secret)},
		"another secret":                  {"Bearer " + signed(hs("HS256"), sha256.New, "another secret, of 32 bytes and more")},
		"an empty secret":                 {"Bearer " + signed(hs("HS256"), sha256.New, "")},
		"the signature of another token":  {"Bearer " + parts[0] + "." + segment(t, good(claims{"sub": "1"})) + "." + parts[2]},
		"a signature cut short":           {"Bearer " + fine[:len(fine)-4]},
		"no signature":                    {"Bearer " + parts[0] + "." + parts[1] + "."},
	})
}

func TestTokensWithBadClaimsAreRefused(t *testing.T) {
	future := time.Now().Add(time.Hour).Unix()
	changes := map[string]claims{
		"not valid yet":              {"nbf": future},
		"issued in the future":       {"iat": future},
		"no exp":                     {"exp": nil},
		"an exp that is no time":     {"exp": "tomorrow"},
		"an exp that is a list":      {"exp": []int{1}},
		"another issuer":             {"iss": "https://issuer.example.evil"},
		"no issuer":                  {"iss": nil},
		"another audience":           {"aud": "other"},
		"no audience":                {"aud": nil},
		"no subject":                 {"sub": nil},
		"an empty subject":           {"sub": ""},
		"a subject that is a number": {"sub": 7},
		"a scope that is a number":   {"scope": 7},
		"a scope that lists numbers": {"scope": []any{"a", 7}},
	}
	headers := map[string][]string{"no claims at all": {"Bearer " + token(t, nil)}}
	for name, change := range changes {
		headers[name] = []string{"Bearer " + token(t, good(change))}
	}
	wantRefused(t, "invalid", headers)
}

func TestExpiredTokensAreRefused(t *testing.T) {
	past := time.Now().Add(-time.Hour).Unix()
	wantRefused(t, "expired", map[string][]string{
		"an hour ago":               {"Bearer " + token(t, good(claims{"exp": past}))},
		"in 1970":                   {"Bearer " + token(t, good(claims{"exp": 0}))},
		"and not of this issuer":    {"Bearer " + token(t, good(claims{"exp": past, "iss": "evil"}))},
		"and not for this audience": {"Bearer " + token(t, good(claims{"exp": past, "aud": "other"}))},
	})
}

func TestMalformedHeadersAreRefused(t *testing.T) {
	fine := token(t, good(nil))
	tooLarge := token(t, good(claims{"scope": strings.Repeat("a ", 4<<10)}))
	wantRefused(t, "invalid", map[string][]string{
		"two parts":                       {"Bearer " + fine[:strings.LastIndex(fine, ".")]},
		"four parts":                      {"Bearer " + fine + ".x"},
		"garbage":                         {"Bearer garbage"},
		"two dots":                        {"Bearer .."},
		"four dots":                       {"Bearer ...."},
		"broken base64":                   {"Bearer ~.~.~"},
		"claims without a signature":      {"Bearer " + segment(t, good(nil))},
		"claims without any encoding":     {`Bearer {"sub":"7"}`},
		"larger than allowed, and signed": {"Bearer " + tooLarge},
		"enormous":                        {"Bearer " + strings.Repeat("a", 1<<20)},
		"two headers":                     {"Bearer " + fine, "Bearer " + fine},
		"two headers of different kinds":  {"Bearer " + fine, "Basic YTpi"},
		"two tokens in one header":        {"Bearer " + fine + ", Bearer " + fine},
		"a tab instead of a space":        {"Bearer\t" + fine},
		"no space":                        {"Bearer" + fine},
		"a space behind":                  {"Bearer " + fine + " "},
		"a line break within":             {"Bearer " + fine[:10] + "\n" + fine[10:]},
		"a scheme and no token":           {"Bearer"},
		"a scheme and a space":            {"Bearer "},
		"an empty header":                 {""},
		"a token and no scheme":           {fine},
		"a name and a password":           {"Basic YTpi"},
	})
}

// wantRefused sends each of the Authorization headers twice. Callers without a token are let in, so that only the token
// can be what is refused.
func wantRefused(t *testing.T, result string, headers map[string][]string) {
	t.Helper()
	for name, header := range headers {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Anonymous = true
			v, registry := verifier(t, cfg)
			for range 2 {
				got := serve(v, header...)
				if got.status != http.StatusUnauthorized || !got.principal.Anonymous() {
					t.Fatalf("let in: %+v", got)
				}
				wantRefusal(t, got, result)
			}
			if diff := cmp.Diff([]string{`{result="` + result + `"} 2`}, counted(t, registry)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func wantRefusal(t *testing.T, got served, result string) {
	t.Helper()
	words := map[string]string{"invalid": "the token is not valid here", "expired": "the token has expired"}[result]
	want := `Bearer realm="concierge", error="invalid_token", error_description="` + words + `"`
	if got.challenge != want {
		t.Errorf("challenge %s, want %s", got.challenge, want)
	}
	wantBody := `{"title":"Unauthorized","status":401,"detail":"` + words + `","code":"UNAUTHENTICATED"}` + "\n"
	if diff := cmp.Diff(wantBody, got.body); diff != "" {
		t.Error(diff)
	}
}

func TestARequestWithoutATokenIsAnonymousWhereThatIsAllowed(t *testing.T) {
	tests := map[string]struct {
		cfg       auth.Config
		status    int
		challenge string
		result    string
	}{
		"allowed":                      {auth.Config{Secret: secret, Anonymous: true}, 204, "", "anonymous"},
		"allowed, and nothing else is": {auth.Config{Anonymous: true}, 204, "", "anonymous"},
		"not allowed":                  {auth.Config{Secret: secret}, 401, `Bearer realm="concierge"`, "missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, registry := verifier(t, tt.cfg)
			got := serve(v)
			if got.status != tt.status || got.challenge != tt.challenge || !got.principal.Anonymous() {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff([]string{`{result="` + tt.result + `"} 1`}, counted(t, registry)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWithoutASecretNoTokenIsGood(t *testing.T) {
	v, _ := verifier(t, auth.Config{Anonymous: true})
	got := serve(v, "Bearer "+forge(t, claims{"alg": "HS256"}, good(nil), sha256.New, ""))
	wantRefusal(t, got, "invalid")
}

func TestTokensElsewhereThanInTheHeaderAreNotSeen(t *testing.T) {
	v, _ := verifier(t, settings())
	fine := token(t, good(nil))
	r := httptest.NewRequest(http.MethodGet, "/graphql?jwt="+fine+"&access_token="+fine, nil)
	r.AddCookie(&http.Cookie{Name: "jwt", Value: fine})
	w := httptest.NewRecorder()
	v.Middleware(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("status %d", w.Code)
	}
}

func TestARememberedTokenIsNotParsedAgain(t *testing.T) {
	v, _ := verifier(t, settings())
	handler := v.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	r.Header.Set("Authorization", "Bearer "+token(t, good(nil)))
	if got := testing.AllocsPerRun(100, func() { handler.ServeHTTP(w, r) }); got > 20 { // parsing makes well over 100
		t.Errorf("%v allocations for a token that is known", got)
	}
}

func TestARememberedTokenStillExpires(t *testing.T) {
	tests := map[string]time.Duration{ // how long a token is good
		"before the verdict is forgotten": 2 * time.Minute,
		"after the verdict is forgotten":  20 * time.Minute,
	}
	for name, lifetime := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := settings()
				v, registry := verifier(t, cfg)
				begin := time.Now()
				text, err := auth.Sign(cfg, "7", nil, lifetime, begin)
				if err != nil {
					t.Fatal(err)
				}
				end := lifetime + cfg.Leeway
				var got []int
				for _, at := range []time.Duration{0, end / 2, end - time.Second, end, end + time.Hour} {
					time.Sleep(time.Until(begin.Add(at)))
					got = append(got, serve(v, "Bearer "+text).status)
				}
				if diff := cmp.Diff([]int{204, 204, 204, 401, 401}, got); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff([]string{`{result="expired"} 2`, `{result="ok"} 3`}, counted(t, registry)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

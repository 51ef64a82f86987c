package auth_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/revocation"
	"github.com/concierge-gateway/concierge/auth/token"
)

func TestARequestWithoutACredentialIsAnonymousWhereThatIsAllowed(t *testing.T) {
	c := settings()
	wantRefused(t, listening(t, c).ask(t, request{}), 401, auth.Challenge)
	c.Anonymous = true
	wantSeen(t, listening(t, c).ask(t, request{}), seen{})
	wantSeen(t, listening(t, auth.Config{Anonymous: true}).ask(t, request{}), seen{})
}

// Each of them is good by itself.
func TestCredentialsThatCouldNameTwoCallersAreRefused(t *testing.T) {
	c := settings()
	c.Anonymous = true
	key, another := withKey(t, &c, apikey.Entry{ID: "a", Owner: "a"}), withKey(t, &c, apikey.Entry{ID: "b", Owner: "b"})
	s := listening(t, c)
	text := "Bearer " + signed(t, token.Claims{})
	for name, q := range map[string]request{
		"a token and a key":           withHeader("Authorization", text, keyHeader, key),
		"a token and an empty key":    withHeader("Authorization", text, keyHeader, ""),
		"an empty field and a key":    withHeader("Authorization", "", keyHeader, key),
		"another scheme and a key":    withHeader("Authorization", "Basic YTpi", keyHeader, key),
		"a token twice":               withHeader("Authorization", text, "Authorization", text),
		"two tokens":                  withHeader("Authorization", text, "Authorization", "Bearer "+signed(t, token.Claims{Subject: "8"})),
		"a token and another scheme":  withHeader("Authorization", text, "Authorization", "Basic YTpi"),
		"two keys":                    withHeader(keyHeader, key, keyHeader, another),
		"a key twice":                 withHeader(keyHeader, key, keyHeader, key),
		"two keys in one field":       withHeader(keyHeader, key+", "+another),
		"two tokens in one field":     withHeader("Authorization", text+", "+text),
		"a key and two tokens, so to": withHeader("Authorization", text, "Authorization", text, keyHeader, key),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, s.ask(t, q), 401, challengeInvalid) })
	}
	if diff := cmp.Diff([]string{`{result="invalid"} 12`}, s.counted(t)); diff != "" {
		t.Error(diff)
	}
}

// What browsers and connections show by themselves does not count beside what somebody wrote into the request.
func TestWhatIsWrittenCountsMoreThanTheCookie(t *testing.T) {
	c := settings()
	key := withKey(t, &c, apikey.Entry{ID: "a", Owner: "export"})
	s := listening(t, c)
	cookie := cookieName + "=" + signed(t, token.Claims{Subject: "8"})
	own := []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}
	for name, tt := range map[string]struct {
		q  request
		id string
	}{
		"the cookie alone": {withHeader(own...), "8"},
		"and a token":      {withHeader(append(own, "Authorization", "Bearer "+signed(t, token.Claims{}))...), "7"},
		"and a key":        {withHeader(append(own, keyHeader, key)...), "export"},
		"and a bad token":  {withHeader(append(own, "Authorization", "Bearer x")...), ""},
	} {
		if got := s.ask(t, tt.q); got.seen.ID != tt.id {
			t.Errorf("%s: %+v, want %q", name, got, tt.id)
		}
	}
}

func TestABadCredentialIsRefusedWhereNoneIsNeeded(t *testing.T) {
	c := settings()
	c.Anonymous = true
	key := withKey(t, &c, apikey.Entry{ID: "a", Owner: "a"})
	s := listening(t, c)
	good := signed(t, token.Claims{})
	cut := good[:strings.LastIndex(good, ".")]
	tooLarge := signed(t, token.Claims{Scopes: []string{strings.Repeat("a", 8<<10)}})
	for name, q := range map[string]request{
		"no signature":                     bearer(cut + "."),
		"two parts":                        bearer(cut),
		"four parts":                       bearer(good + ".x"),
		"the signature of another token":   bearer(cut + signed(t, token.Claims{Subject: "8"})[strings.LastIndex(good, "."):]),
		"garbage":                          bearer("garbage"),
		"dots":                             bearer("..."),
		"larger than allowed, and signed":  bearer(tooLarge),
		"enormous":                         bearer(strings.Repeat("a", 64<<10)),
		"a tab instead of a space":         withHeader("Authorization", "Bearer\t"+good),
		"no space":                         withHeader("Authorization", "Bearer"+good),
		"a scheme and no token":            withHeader("Authorization", "Bearer"),
		"an empty field":                   withHeader("Authorization", ""),
		"a token and no scheme":            withHeader("Authorization", good),
		"a name and a password":            withHeader("Authorization", "Basic YTpi"),
		"a subject that cannot be printed": bearer(signed(t, token.Claims{Subject: "\u007f"})),
		"a subject that looks like 7":      bearer(signed(t, token.Claims{Subject: " 7"})),
		"a subject that ends like no name": bearer(signed(t, token.Claims{Subject: "7\u00a0"})),
		"a key that nobody has":            withHeader(keyHeader, strings.Replace(key, "_a_", "_b_", 1)),
		"a key with more behind it":        withHeader(keyHeader, key+"A"),
		"an empty key":                     withHeader(keyHeader, ""),
		"a cookie":                         withHeader("Cookie", cookieName+"=x", "Sec-Fetch-Site", "same-origin"),
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // nothing bad is remembered as good
				wantRefused(t, s.ask(t, q), 401, challengeInvalid)
			}
		})
	}
}

// A caller learns what would help, by RFC 6750, section 3, and nothing of what was sent is repeated.
func TestEachRefusalSaysWhatWouldHelp(t *testing.T) {
	c := settings()
	c.Revoked.Entries.Tokens = []string{"stolen"}
	s := listening(t, c)
	cross := withHeader("Cookie", cookieName+"="+signed(t, token.Claims{}), "Sec-Fetch-Site", "cross-site")
	problem := func(title, status, detail, code string) string {
		return `{"title":"` + title + `","status":` + status + `,"detail":"` + detail + `","code":"` + code + `"}` + "\n"
	}
	for name, tt := range map[string]struct {
		q               request
		challenge, body string
	}{
		"missing":    {request{}, auth.Challenge, problem("Unauthorized", "401", "a credential is needed, such as Authorization: Bearer", "UNAUTHENTICATED")},
		"invalid":    {bearer("x"), challengeInvalid, problem("Unauthorized", "401", "the credential is not valid here", "UNAUTHENTICATED")},
		"expired":    {bearer(signed(t, token.Claims{Lifetime: -time.Hour})), challengeExpired, problem("Unauthorized", "401", "the credential has expired", "UNAUTHENTICATED")},
		"revoked":    {bearer(signed(t, token.Claims{ID: "stolen"})), challengeInvalid, problem("Unauthorized", "401", "the credential is not valid here", "UNAUTHENTICATED")},
		"cross-site": {cross, "", problem("Forbidden", "403", "a page of another site may not use the credential", "FORBIDDEN")},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.ask(t, tt.q)
			if diff := cmp.Diff([]string{tt.challenge, tt.body, "application/problem+json", "no-store"}, []string{
				got.challenge, got.body, got.header.Get("Content-Type"), got.header.Get("Cache-Control"),
			}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// flaky is an issuer's key set, which is there while the issuer is up.
func flaky(t testing.TB, keySet string) (url string, up *atomic.Bool) {
	t.Helper()
	up = &atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(keySet))
	}))
	t.Cleanup(server.Close)
	return server.URL, up
}

func TestWhileAnIssuersKeysCannotBeReadItsTokensAreNeitherGoodNorBad(t *testing.T) {
	idp := newES256(t, "https://idp.example")
	issuer := token.DefaultConfig()
	issuer.Issuer, issuer.Audience, issuer.SubjectPrefix = idp.name, []string{"concierge"}, "idp:"
	url, up := flaky(t, idp.keySet(t))
	issuer.Keys.JWKS = url
	c := settings()
	again := issuer
	again.Audience = []string{"other"}
	c.Issuers = append(c.Issuers, issuer, again)
	c.Anonymous = true
	s := listening(t, c)
	text := idp.token(t, nil)

	got := s.ask(t, bearer(text))
	wantRefused(t, got, 503, "")
	if got.header.Get("Retry-After") != "5" || !strings.Contains(got.body, `"code":"UNAVAILABLE"`) {
		t.Errorf("got %v %s", got.header, got.body)
	}
	wantSeen(t, s.ask(t, bearer(signed(t, token.Claims{}))), seen{ID: "7", Method: "token", Token: "7"}) // the others' go on
	if diff := cmp.Diff([]string{idp.name}, s.Unready()); diff != "" {
		t.Error(diff)
	}

	up.Store(true)
	end := s.run(t)
	defer end()
	for len(s.Unready()) > 0 {
		runtime.Gosched()
	}
	wantSeen(t, s.ask(t, bearer(text)), seen{ID: "idp:7", Method: "token", Token: "7"})
}

func TestEachResultIsCountedAndEachRefusalAudited(t *testing.T) {
	c := settings()
	c.Anonymous = true
	c.Introspection.URL = asked(t, map[string]string{"down": ""})
	c.Introspection.SubjectPrefix = "idp:"
	c.Revoked.Entries = revocation.Entries{Tokens: []string{"key:stolen"}, Subjects: []revocation.Subject{{ID: "8"}}}
	key := withKey(t, &c, apikey.Entry{ID: "stolen", Owner: "export"})
	cookie := cookieName + "=" + signed(t, token.Claims{})
	for name, tt := range map[string]struct {
		q      request
		result string
		want   map[string]any // of the line, as far as it is not the same for all
	}{
		"good":             {bearer(signed(t, token.Claims{})), "ok", nil},
		"anonymous":        {request{}, "anonymous", nil},
		"invalid":          {bearer("x.y.z"), "invalid", map[string]any{"reason": "invalid", "authentication": "introspection"}},
		"invalid, a key":   {withHeader(keyHeader, "x"), "invalid", map[string]any{"reason": "invalid", "authentication": "api_key"}},
		"ambiguous":        {withHeader(keyHeader, key, "Authorization", "Bearer x"), "invalid", map[string]any{"reason": "invalid"}},
		"expired":          {bearer(signed(t, token.Claims{Lifetime: -time.Hour})), "expired", map[string]any{"reason": "expired", "authentication": "token"}},
		"a revoked key":    {withHeader(keyHeader, key), "revoked", map[string]any{"reason": "revoked", "authentication": "api_key", "caller": "export", "credential": "key:stolen"}},
		"a revoked caller": {bearer(signed(t, token.Claims{Subject: "8", ID: "j"})), "revoked", map[string]any{"reason": "revoked", "authentication": "token", "caller": "8", "credential": "j"}},
		"unavailable":      {bearer("down"), "unavailable", map[string]any{"reason": "unavailable", "authentication": "introspection"}},
		"cross-site":       {withHeader("Cookie", cookie, "Sec-Fetch-Site", "cross-site"), "cross_site", map[string]any{"reason": "cross_site", "authentication": "cookie"}},
		"two cookies":      {withHeader("Cookie", cookie+"; "+cookie), "invalid", map[string]any{"reason": "invalid", "authentication": "cookie"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := listening(t, c)
			s.ask(t, tt.q)
			if diff := cmp.Diff([]string{`{result="` + tt.result + `"} 1`}, s.counted(t)); diff != "" {
				t.Error(diff)
			}
			wantDenied(t, s, tt.want)
		})
	}
	c.Anonymous = false
	s := listening(t, c)
	s.ask(t, request{})
	wantDenied(t, s, map[string]any{"reason": "unauthenticated"})
}

// wantDenied wants one line of the audit, or none.
func wantDenied(t testing.TB, s *site, with map[string]any) {
	t.Helper()
	var want []map[string]any
	if with != nil {
		line := map[string]any{
			"level": "INFO", "msg": "denied", "door": "rest", "rule": "credential", "times": 1.0, "request_id": "r-1",
			"caller": "", "authentication": "", "credential": "", "operation": "",
		}
		maps.Copy(line, with)
		want = append(want, line)
	}
	got := s.written.denials(t)
	for _, line := range got {
		delete(line, "time")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The names of rules end up in metrics, so that they must be told in advance.
func TestAllRulesAreNamed(t *testing.T) {
	if diff := cmp.Diff([]string{"credential", "scopes"}, auth.Rules()); diff != "" {
		t.Error(diff)
	}
}

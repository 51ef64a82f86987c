package tests

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// askedBy are requests of each door that is open with these header fields.
func (p *program) askedBy(t *testing.T, fields ...string) []*http.Request {
	t.Helper()
	all := []*http.Request{
		p.shows(t, http.MethodPost, "/graphql", `{"query": "{ me { id } product(id: 1) { name } }"}`, fields...),
		p.shows(t, http.MethodGet, "/v2/products/1", "", fields...),
	}
	if p.config.MCP.Enabled {
		all = append(all, p.shows(t, http.MethodPost, "/mcp", callOf("both", "{}"), append(slices.Clip(fields), asAgents)...))
	}
	return all
}

// turnedAway checks that requests are refused as nobody's, that no service hears of them, and that nothing of what they show is
// told.
func (p *program) turnedAway(t *testing.T, secret string, requests ...*http.Request) {
	t.Helper()
	p.services.ResetCalls()
	for _, req := range requests {
		r := send(t, req)
		refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
		if got := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer realm="concierge"`) {
			t.Errorf("WWW-Authenticate: %s", got)
		}
		saysNothingOf(t, fmt.Sprint(r.header)+string(r.body), pieces(secret)...)
	}
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services were called: %v", calls)
	}
}

// pieces are those parts of a credential that would give it away.
func pieces(credential string) []string {
	var all []string
	for each := range strings.FieldsFuncSeq(credential, func(c rune) bool { return strings.ContainsRune(`._ "{},:`, c) }) {
		if len(each) >= 12 {
			all = append(all, each)
		}
	}
	return all
}

func TestNoTokenIsTakenThatItsIssuerDidNotSignForHere(t *testing.T) {
	set, discovered, stranger := newIssuer(t), newIssuer(t), newIssuer(t)
	p := severalIssuers(t, set, discovered)
	for name, good := range map[string]string{"a secret": own(nil), "a key set": set.token("7"), "discovery": discovered.token("7")} {
		for _, req := range p.askedBy(t, "Authorization: Bearer "+good) {
			if r := send(t, req); r.status != http.StatusOK {
				t.Fatalf("a good token of an issuer with %s is answered with %d %s", name, r.status, r.body)
			}
		}
	}
	all := attacks(set, discovered, stranger)
	for name, token := range all {
		t.Run(name, func(t *testing.T) { p.turnedAway(t, token, p.askedBy(t, "Authorization: Bearer "+token)...) })
	}
	if n := stranger.asked.Load(); n > 0 {
		t.Errorf("the keys of a stranger were asked for %d times", n)
	}
	log := p.log.await(t, func(log string) bool { return strings.Count(log, `"msg":"request"`) >= 2*len(all) })
	for name, token := range all {
		for _, piece := range pieces(token) {
			if strings.Contains(log, piece) {
				t.Errorf("%s: the log tells %s", name, piece)
			}
		}
	}
}

// A credential counts in its place alone, and alone.
func TestACredentialInAnotherPlaceIsNone(t *testing.T) {
	set, discovered := newIssuer(t), newIssuer(t)
	p := severalIssuers(t, set, discovered)
	token, key := own(nil), machineKey("own")
	for name, fields := range map[string][]string{
		"two tokens":                      {"Authorization: Bearer " + token, "Authorization: Bearer " + token},
		"a token and nothing":             {"Authorization: Bearer " + token, "Authorization: "},
		"two tokens in one field":         {"Authorization: Bearer " + token + ", Bearer " + token},
		"two words":                       {"Authorization: Bearer " + token + " " + token},
		"without a scheme":                {"Authorization: " + token},
		"of another scheme":               {"Authorization: Token " + token},
		"as a password":                   {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("7:"+token))},
		"quoted":                          {`Authorization: Bearer "` + token + `"`},
		"a scheme alone":                  {"Authorization: Bearer"},
		"for a proxy":                     {"Proxy-Authorization: Bearer " + token},
		"in a field with an underscore":   {"X_Authorization: Bearer " + token},
		"in a field of its own":           {"X-Access-Token: " + token},
		"in a cookie of another name":     {"Cookie: token=" + token, "X-Concierge-CSRF: 1"},
		"in two cookies":                  {"Cookie: session=" + token + "; session=" + token, "X-Concierge-CSRF: 1"},
		"in two cookies, in two fields":   {"Cookie: session=" + token, "Cookie: session=" + token, "X-Concierge-CSRF: 1"},
		"in a cookie, signed by nobody":   {"Cookie: session=" + token + "x", "X-Concierge-CSRF: 1"},
		"a key as a token":                {"Authorization: Bearer " + key},
		"a key of another scheme":         {"Authorization: ApiKey " + key},
		"a key in another field":          {"X-Api-Token: " + key},
		"a key, spelt with _":             {"X_API_Key: " + key},
		"a key in a cookie":               {"Cookie: session=" + key, "X-Concierge-CSRF: 1"},
		"two keys":                        {"X-API-Key: " + key, "X-API-Key: " + key},
		"two keys in one field":           {"X-API-Key: " + key + "," + key},
		"a key of another secret":         {"X-API-Key: " + key[:len(key)-1] + "A"},
		"a key of another name":           {"X-API-Key: " + strings.Replace(key, "own", "any", 1)},
		"a key beside a token":            {"X-API-Key: " + key, "Authorization: Bearer " + token},
		"a key beside what is no token":   {"X-API-Key: " + key, "Authorization: Basic eA=="},
		"a token beside what is no key":   {"X-API-Key: x", "Authorization: Bearer " + token},
		"a bad token beside a good cooky": {"Authorization: Bearer " + token + "x", "Cookie: session=" + token, "X-Concierge-CSRF: 1"},
	} {
		t.Run(name, func(t *testing.T) { p.turnedAway(t, token+" "+key, p.askedBy(t, fields...)...) })
	}
	t.Run("in the URL", func(t *testing.T) {
		for _, query := range []string{"access_token=" + token, "token=" + token, "authorization=Bearer%20" + token, "api_key=" + key, "X-API-Key=" + key, "session=" + token} {
			p.turnedAway(t, token+" "+key, p.shows(t, http.MethodGet, "/graphql?query=%7Bme%7Bid%7D%7D&"+query, ""),
				p.shows(t, http.MethodGet, "/v2/products/1?"+query, ""), p.shows(t, http.MethodPost, "/graphql?"+query, `{"query": "{ me { id } }"}`))
		}
	})
	t.Run("in a body", func(t *testing.T) {
		p.turnedAway(t, token, p.shows(t, http.MethodPost, "/graphql", "access_token="+token, "Content-Type: application/x-www-form-urlencoded"),
			p.shows(t, http.MethodPost, "/graphql", `{"query": "{ me { id } }", "access_token": "`+token+`", "extensions": {"authorization": "Bearer `+token+`"}}`))
	})
	t.Run("in a cookie that no script sends", func(t *testing.T) {
		p.services.ResetCalls()
		for _, req := range []*http.Request{
			p.shows(t, http.MethodGet, "/v2/users/7", "", "Cookie: session="+token), p.shows(t, http.MethodGet, "/graphql?query=%7Bme%7Bid%7D%7D", "", "Cookie: session="+token),
			p.shows(t, http.MethodPost, "/graphql", `{"query": "{ me { id } }"}`, "Cookie: session="+token, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example"),
		} {
			refusal{403, problemJSON, "FORBIDDEN", "", ""}.check(t, send(t, req))
		}
		if calls := p.services.Calls(); len(calls) > 0 {
			t.Errorf("the services were called: %v", calls)
		}
		for _, req := range p.askedBy(t, "Cookie: session="+token, "X-Concierge-CSRF: 1") {
			if r := send(t, req); r.status != http.StatusOK {
				t.Errorf("a cookie that a script sends is answered with %d %s", r.status, r.body)
			}
		}
	})
	saysNothingOf(t, p.log.String(), append(pieces(token), pieces(key)...)...)
}

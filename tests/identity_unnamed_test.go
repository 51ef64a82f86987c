package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unnamedRoutes leave it to the service who calls, or do not. Nobody is let in without a name who needs one.
const unnamedRoutes = `
    - {match: "/left/{path...}", upstream: files, raw: true, public: true, authentication: service, forward: [Authorization, Cookie]}
    - {match: "/silent/{path...}", upstream: files, raw: true, public: true, authentication: service}
    - {match: "GET /kept/{path...}", upstream: files, raw: true, public: true, forward: [Authorization, Cookie]}
`

func unnamedConfig(url string) string {
	return strings.Replace(rawConfig(unnamedRoutes, url), "anonymous: true", `cookie: {name: "__Host-token"}`, 1)
}

func TestAServiceFindsOutWhoCallsWhereThatIsLeftToIt(t *testing.T) {
	url, noted := noting(t)
	s := startRaw(t, unnamedConfig(url))
	const foreign = "Cookie: __Host-token=x\r\nSec-Fetch-Site: cross-site\r\nOrigin: http://evil.example\r\n"
	named := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}
	withCookie := named.Clone()
	withCookie["Cookie"] = []string{"__Host-token=x"}
	for name, c := range map[string]struct {
		line, fields string
		want         http.Header
	}{
		"nothing":                   {"GET /left/a", "", http.Header{}},
		"a token that is none":      {"GET /left/a", "Authorization: Bearer guessed\r\n", http.Header{"Authorization": {"Bearer guessed"}}},
		"a password":                {"GET /left/a", "Authorization: Basic YTpi\r\n", http.Header{"Authorization": {"Basic YTpi"}}},
		"a token of the gateway's":  {"GET /left/a", "Authorization: " + s.writer(t) + "\r\n", http.Header{"Authorization": {s.writer(t)}}},
		"a cookie":                  {"GET /left/a", foreign, withCookie},
		"a write":                   {"DELETE /left/a", "Authorization: Basic YTpi\r\n", http.Header{"Authorization": {"Basic YTpi"}}},
		"a method of somebody's":    {"M-SEARCH /left/a", "", http.Header{}},
		"who the caller says it is": {"GET /left/a", "X-User-Id: 1\r\nX_User_Scopes: a\r\nX-Gateway-Token: x\r\n", http.Header{}},
		"what is not forwarded":     {"GET /silent/a", "Authorization: Basic YTpi\r\n" + foreign, named},
	} {
		t.Run(name, func(t *testing.T) {
			got := arrives(t, s, noted, c.line+" HTTP/1.1\r\nHost: test\r\n"+c.fields+"\r\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the service gets (-want +got):\n%s", diff)
			}
		})
	}
}

// What one route leaves to its service, the others do not.
func TestOtherRoutesStillFindOutWhoCalls(t *testing.T) {
	url, noted := noting(t)
	s := startRaw(t, unnamedConfig(url))
	for name, fields := range map[string]string{
		"nothing":              "",
		"a token that is none": "Authorization: Bearer guessed\r\n",
		"a password":           "Authorization: Basic YTpi\r\n",
	} {
		conn := dial(t, s.program)
		write(t, conn, "GET /kept/a HTTP/1.1\r\nHost: test\r\n"+fields+"\r\n")
		if r := received(t, conn, http.MethodGet); r.status != http.StatusUnauthorized {
			t.Errorf("%s: answered with %d", name, r.status)
		}
	}
	if n := len(noted); n > 0 {
		t.Errorf("the service was asked %d times", n)
	}
}

// Who guesses credentials at a service is counted by address, whatever the service says of each.
func TestWhoHasNoNameIsLimitedByAddress(t *testing.T) {
	url, noted := noting(t)
	p := startBefore(t, nil, limitedBy(unnamedConfig(url), `
rules: [{name: address, by: ip, limit: 2, per: 1h}]
`))
	var got []int
	for _, token := range []string{"a", "b", "c"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+"/left/a", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		got = append(got, send(t, r).status)
	}
	if diff := cmp.Diff([]int{200, 200, 429}, got); diff != "" || len(noted) != 2 {
		t.Errorf("the service was asked %d times, and the answers are (-want +got):\n%s", len(noted), diff)
	}
}

// A page of another origin could use a cookie by a WebSocket and read what comes, which no service expects.
func TestWhoHasNoNameOpensNoWebSocketFromAnotherOrigin(t *testing.T) {
	url, noted := noting(t)
	s := startRaw(t, unnamedConfig(url))
	conn := dial(t, s.program)
	write(t, conn, "GET /left/a HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\nCookie: session=x\r\n\r\n")
	if r := received(t, conn, http.MethodGet); r.status != http.StatusForbidden || len(noted) > 0 {
		t.Errorf("answered with %d, and the service was asked %d times", r.status, len(noted))
	}
}

package tests

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shows is a request without anybody's token, with these header fields: "Name: value" each. A body makes it a POST of JSON, unless a
// field says otherwise.
func (p *program) shows(t *testing.T, method, path, body string, fields ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.public+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, each := range fields {
		name, value, _ := strings.Cut(each, ": ")
		if name == "Content-Type" {
			req.Header.Del(name)
		}
		req.Header.Add(name, value)
	}
	return req
}

// whoami asks for an order of user 7 and one of user 1. What comes tells who calls.
const whoami = `{"query": "{ own: order(id: 7) { id } other: order(id: 1) { id } }"}`

// The answers to whoami.
const (
	ofUser7   = `{"data":{"own":{"id":"7"},"other":null}}`
	ofReaders = `{"data":{"own":{"id":"7"},"other":{"id":"1"}}}` // who has orders:read
)

// answered checks that an answer is 200 and this body.
func answered(t *testing.T, r reply, want string) {
	t.Helper()
	if got := string(bytes.TrimSpace(r.body)); r.status != http.StatusOK || got != want {
		t.Errorf("got %d %s, want %s", r.status, got, want)
	}
}

// put lets a file be this from now on: another takes its place, so that nobody reads half of it.
func put(t *testing.T, file, text string) {
	t.Helper()
	next := file + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, file); err != nil {
		t.Fatal(err)
	}
}

// newFile is a file with this text in a directory of the test's own.
func newFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	put(t, file, text)
	return file
}

// A request that brings no credential, or a wrong one, is refused at each door, and its words never leave.
func TestEachDoorAsksForACredential(t *testing.T) {
	_, entry := newKey(t, "export", "7", "")
	p := startBefore(t, recorded(t), withTools(t, with(withREST(nil, demoSection()), "auth", keyed(entry)), tools()))
	for name, fields := range map[string][]string{
		"nothing":            nil,
		"a cookie":           {"Cookie: token=" + canary},
		"a key of nobody":    {"X-API-Key: cgk_nobody_" + canary},
		"a token of nobody":  {"Authorization: Bearer " + canary},
		"a token and a key":  {"Authorization: Bearer " + p.token(t, "customer"), "X-API-Key: cgk_nobody_" + canary},
		"a name in a header": {"X-User-ID: 7", "X-User-Scopes: orders:read"},
		"a name in disguise": {"X_User_Id: 7", "X-Gateway-Token: " + canary},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			for _, req := range []*http.Request{
				p.shows(t, http.MethodPost, "/graphql", whoami, fields...), p.shows(t, http.MethodGet, "/v2/users/7", "", fields...),
				p.shows(t, http.MethodGet, "/v2/orders/7/summary?access_token="+p.token(t, "customer"), "", fields...),
				p.shows(t, http.MethodPost, "/mcp", callOf("own_orders", "{}"), append(slices.Clip(fields), asAgents)...),
			} {
				r := send(t, req)
				refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
				saysNothingOf(t, string(r.body), canary)
			}
			if calls := p.services.Calls(); len(calls) > 0 {
				t.Errorf("the services were called: %v", calls)
			}
		})
	}
	saysNothingOf(t, p.log.String(), canary, p.token(t, "customer"))
}

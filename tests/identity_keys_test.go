package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// newKey makes an API key by the program, and the entry for the configuration that it prints.
func newKey(t *testing.T, id, owner, scopes string) (key, entry string) {
	t.Helper()
	p := run(t, nil, "key", "--id", id, "--owner", owner, "--scope", scopes)
	if code := p.end(t); code != 0 {
		t.Fatalf("it exits with %d and says %s", code, p.stderr)
	}
	key, entry, found := strings.Cut(p.stdout.String(), "\n\n")
	if !found || !strings.HasPrefix(key, "cgk_"+id+"_") {
		t.Fatalf("it prints %q", p.stdout)
	}
	return key, entry
}

// keyFile is a file of these entries.
func keyFile(entries string) string { return "keys:\n" + indented(entries, "  ") }

// keyed is what stands below auth for them.
func keyed(entries string) string {
	return strings.TrimRight("api_keys:\n"+indented(keyFile(entries), "    "), "\n")
}

func TestAnAPIKeyNamesItsOwnerAtBothDoors(t *testing.T) {
	machine, first := newKey(t, "nightly-export", "export", "orders:read")
	customer, second := newKey(t, "of-a-user", "7", "")
	ended, third := newKey(t, "ended", "export", "orders:read")
	third = strings.TrimSpace(third) + "\n  expires: 2020-01-01T00:00:00Z\n"
	p := startBefore(t, recorded(t), with(withREST(nil, demoSection()), "auth", keyed(first+second+third)))
	other, _ := newKey(t, "nightly-export", "export", "orders:read") // of the same id, and never registered
	for name, c := range map[string]struct {
		fields []string
		want   string // what whoami says; empty where the caller is refused
		status int    // of an order over REST
	}{
		"a machine's":        {[]string{"X-API-Key: " + machine}, ofReaders, 200},
		"a user's":           {[]string{"X-API-Key: " + customer}, ofUser7, 404},
		"one that has ended": {[]string{"X-API-Key: " + ended}, "", 401},
		"of another secret":  {[]string{"X-API-Key: " + other}, "", 401},
		"cut off":            {[]string{"X-API-Key: " + machine[:len(machine)-1]}, "", 401},
		"twice":              {[]string{"X-API-Key: " + machine, "X-API-Key: " + machine}, "", 401},
		"beside a token":     {[]string{"X-API-Key: " + machine, "Authorization: Bearer " + p.token(t, "support")}, "", 401},
		"as a token":         {[]string{"Authorization: Bearer " + machine}, "", 401},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			r := send(t, p.shows(t, http.MethodPost, "/graphql", whoami, c.fields...))
			if c.want != "" {
				answered(t, r, c.want)
			} else {
				refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
			}
			if r := send(t, p.shows(t, http.MethodGet, "/v2/orders/1", "", c.fields...)); r.status != c.status {
				t.Errorf("over REST, it is answered with %d %s, want %d", r.status, r.body, c.status)
			}
			for _, call := range p.services.Calls() {
				saysNothingOf(t, fmt.Sprint(call.Header), "cgk_")
			}
		})
	}
	saysNothingOf(t, p.log.String(), "cgk_", machine[len(machine)-43:])
}

// A key is changed without a moment in which none is good: the file of keys is read again.
func TestAFileOfKeysIsReadAgain(t *testing.T) {
	inOneRun(t)
	old, first := newKey(t, "export", "7", "")
	next, second := newKey(t, "export", "7", "")
	_, hash, _ := strings.Cut(second, "hashes: [")
	both := strings.Replace(first, "hashes: [", "hashes: ["+strings.TrimSuffix(strings.TrimSpace(hash), "]")+", ", 1)
	file := newFile(t, "keys.yml", keyFile(first))
	p := start(t, with(standard, "auth", fmt.Sprintf("api_keys: {file: %q}", file)))
	good := func(key string) bool {
		return send(t, p.shows(t, http.MethodPost, "/graphql", whoami, "X-API-Key: "+key)).status == http.StatusOK
	}
	becomes := func(what, text string, oldIsGood, nextIsGood bool) {
		t.Helper()
		put(t, file, text)
		waitFor(t, func() string { return what }, func() bool { return good(old) == oldIsGood && good(next) == nextIsGood })
	}
	if !good(old) || good(next) {
		t.Fatal("at first, the old key alone is good")
	}
	becomes("both keys are never good", keyFile(both), true, true)
	becomes("the old key stays good", keyFile(second), false, true)
	becomes("a file that is no good takes keys away", "keys: [", false, true)
	p.log.await(t, func(log string) bool { return strings.Contains(log, "keys.yml") })
}

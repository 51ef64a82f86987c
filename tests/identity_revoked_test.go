package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/token"
)

// What is taken back is gone a moment after the file says so, at both doors, though it was found good before.
func TestACredentialIsTakenBack(t *testing.T) {
	inOneRun(t)
	key, entry := newKey(t, "export", "export", "orders:read")
	file := newFile(t, "revoked.yml", "tokens: []\n")
	yaml := with(withREST(nil, demoSection()), "auth", fmt.Sprintf("revoked: {file: %q}", file))
	p := startBefore(t, recorded(t), with(yaml, "auth", keyed(entry)))
	sign := func(subject, id string, issued time.Time) string {
		said := token.Claims{Subject: subject, ID: id, Scopes: []string{"orders:read"}, Lifetime: 24 * time.Hour}
		signed, err := token.Sign(p.config.Auth.Issuers[0], said, issued)
		if err != nil {
			t.Fatal(err)
		}
		return "Authorization: Bearer " + signed
	}
	now := time.Now()
	fields := map[string]string{
		"one":   sign("7", "token-1", now),
		"other": sign("7", "token-2", now),
		"old":   sign("8", "token-3", now.Add(-2*time.Hour)),
		"new":   sign("8", "token-4", now),
		"third": sign("9", "token-5", now),
		"key":   "X-API-Key: " + key,
	}
	refused := func() string {
		var gone []string
		for _, name := range []string{"one", "other", "old", "new", "third", "key"} {
			status := send(t, p.shows(t, http.MethodPost, "/graphql", whoami, fields[name])).status
			if again := send(t, p.shows(t, http.MethodGet, "/v2/orders/7", "", fields[name])).status; again != status {
				return fmt.Sprintf("%s is %d by GraphQL and %d by REST", name, status, again)
			}
			if status != http.StatusOK {
				gone = append(gone, name)
			}
		}
		return strings.Join(gone, " ")
	}
	before := now.Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, step := range []struct{ text, want string }{
		{`tokens: ["token-1"]`, "one"},
		{`tokens: ["token-1", "key:export"]`, "one key"},
		{`{tokens: ["token-2"], subjects: [{id: "8", before: ` + before + `}]}`, "other old"},
		{`subjects: [{id: "9"}, {id: "export"}]`, "third key"},
		{`subjects: [{id: "9"`, "third key"}, // a file that is no good changes nothing
		{`tokens: []`, ""},
	} {
		put(t, file, step.text+"\n")
		waitFor(t, func() string { return fmt.Sprintf("%s refuses %q, want %q", step.text, refused(), step.want) },
			func() bool { return refused() == step.want })
	}
	put(t, file, `tokens: ["token-1"]`)
	waitFor(t, func() string { return "the token stays good" }, func() bool { return refused() == "one" })
	r := send(t, p.shows(t, http.MethodPost, "/graphql", whoami, fields["one"]))
	refusal{401, problemJSON, "UNAUTHENTICATED", "the credential is not valid here", ""}.check(t, r)
	if n := counted(t, p, `concierge_auth_total{result="revoked"}`); n == 0 {
		t.Error("nobody counts it")
	}
	saysNothingOf(t, p.log.String(), fields["one"], key)
}

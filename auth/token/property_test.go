package token_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/token"
)

// One byte makes another token, which nobody signed; also one that writes the same bytes in another way.
func TestATokenWithAnyByteChangedIsRefused(t *testing.T) {
	p := private()
	cfg := settings("RS256", "PS256", "ES256", "ES512", "EdDSA")
	v := verifier(cfg, everyKey())
	good := []string{
		made(p.rsa, "RS256", head("RS256", "kid", `"k"`), claims()), made(p.rsa, "PS256", head("PS256"), claims("sub", "7")),
		made(p.p256, "ES256", head("ES256"), claims()), made(p.p521, "ES512", head("ES512", "typ", `"JWT"`), claims()),
		made(p.ed25519, "EdDSA", head("EdDSA"), claims()),
	}
	for _, text := range good {
		takes(t, v, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(good).Draw(t, "token")
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		char := rapid.OneOf(rapid.SampledFrom([]byte("ABCDEFGHabcdefgh0189-_.=+/ \r\n")), rapid.Byte()).Draw(t, "byte")
		changed := text[:at] + string([]byte{char}) + text[at+1:]
		switch rapid.SampledFrom([]string{"change", "insert", "remove"}).Draw(t, "what") {
		case "insert":
			changed = text[:at] + string([]byte{char}) + text[at:]
		case "remove":
			changed = text[:at] + text[at+1:]
		}
		if changed == text {
			t.Skip("the same token")
		}
		if grant, err := v.Verify(t.Context(), changed); err == nil {
			t.Fatalf("%q was taken for %+v", changed, grant)
		}
	})
}

// FuzzVerify signs whatever stands in the header and the payload, so that what lies behind the signature is reached, too.
func FuzzVerify(f *testing.F) {
	f.Add(head("HS256"), claims("scope", `"a b"`, "jti", `"x"`), "", true)
	f.Add(head("HS256", "crit", "[]"), claims("exp", "1e400"), "", true)
	f.Add(head("none"), claims("sub", `{"a":{}}`), "", false)
	f.Add(`{"alg":"HS256","alg":"none"}`, `{"realm_access":{"roles":["a"]},"sub":7,"exp":9e10}`, "", true)
	f.Add(head("HS256"), claims("plan", `"gold"`, "shop", `{"plan":["gold"]}`, "azp", `"a\u0085b"`), "", true)
	f.Add(head("HS256"), claims("tenant", `7`, "shop", `{"id":"acme"}`), "", true)
	f.Add("null", "[[[[", "a.b.c", false)
	f.Add("", "", encode("{}")+"..", false)
	cfg := settings("HS256")
	cfg.Issuer, cfg.Audience, cfg.Scopes = "", nil, []string{"realm_access.roles", "scope", "a.b.c.d"}
	cfg.Plan, cfg.Tenant = []string{"shop.plan", "plan"}, []string{"shop.id", "tenant"}
	v := verifier(cfg, ring{[]byte(secretText)})
	f.Fuzz(func(t *testing.T, header, payload, text string, sign bool) {
		if sign {
			text = made(secretText, "HS256", header, payload)
		}
		checkVerdict(t, v, text)
	})
}

func checkVerdict(t *testing.T, v *token.Verifier, text string) {
	t.Helper()
	grant, err := v.Verify(t.Context(), text)
	switch {
	case err != nil && (grant.Token != nil || grant.Subject != "" || len(grant.Scopes) > 0):
		t.Fatalf("refused since %v, and yet granted %+v", err, grant)
	case err != nil:
	case !token.Looks(text):
		t.Fatalf("took %q, which looks like no token", text)
	case grant.Subject == "" || len(grant.Subject) > 256 || strings.ContainsAny(grant.Subject, "\x00\r\n"):
		t.Fatalf("took the subject %q", grant.Subject)
	case len(text) > 8<<10 || len(grant.Scopes) > 256 || len(grant.ID) > 256:
		t.Fatalf("took %d bytes with %d scopes", len(text), len(grant.Scopes))
	case grant.Until.IsZero() || grant.Token == nil:
		t.Fatalf("took %+v", grant)
	}
	checkNames(t, grant.Plan, grant.Client, grant.Tenant)
}

func checkNames(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if credential.Name(name) != name {
			t.Fatalf("took %q for a name", name)
		}
	}
}

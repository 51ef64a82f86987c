package auth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

// Whatever is sent, for good or ill, stays out of logs, metrics and answers, as do the secrets that it is checked by.
func TestNoCredentialIsRepeated(t *testing.T) {
	const clientSecret = "the secret of the gateway at the issuer"
	c := settings()
	c.Introspection.URL = asked(t, map[string]string{
		"opaque-good": `{"active":true,"sub":"7"}`, "opaque-down": "", "opaque-broken": `{"active":"opaque-broken"`,
	})
	c.Introspection.SubjectPrefix, c.Introspection.ClientID, c.Introspection.ClientSecret = "idp:", "gateway", clientSecret
	c.Revoked.Entries.Tokens = []string{"stolen", "key:stolen"}
	keys := []string{
		withKey(t, &c, apikey.Entry{ID: "good", Owner: "export"}),
		withKey(t, &c, apikey.Entry{ID: "stolen", Owner: "export"}),
		withKey(t, &c, apikey.Entry{ID: "over", Owner: "export", Expires: time.Now().Add(-time.Hour)}),
	}
	tokens := []string{
		signed(t, token.Claims{}), signed(t, token.Claims{ID: "stolen"}), signed(t, token.Claims{Lifetime: -time.Hour}),
		newES256(t, issuerName).token(t, nil), newES256(t, "https://nobody.example").token(t, nil),
		"opaque-good", "opaque-down", "opaque-broken", "opaque-unknown", "opaque.three.parts", strings.Repeat("longish", 2<<10),
	}
	s := listening(t, c)
	var answers strings.Builder
	send := func(pairs ...string) {
		got := s.ask(t, withHeader(pairs...))
		fmt.Fprintln(&answers, got.status, got.header, got.body)
	}
	for _, text := range tokens {
		send("Authorization", "Bearer "+text)
		send("Authorization", "Basic "+text)
		send("Authorization", "Bearer "+text, keyHeader, keys[0])
		for _, site := range []string{"none", "cross-site"} {
			send("Cookie", cookieName+"="+text, "Sec-Fetch-Site", site)
		}
	}
	for _, key := range keys {
		send(keyHeader, key)
		send(keyHeader, key[:len(key)-1])
		send(keyHeader, key, keyHeader, key)
	}
	places := map[string]string{"the log": s.written.String(), "the metrics": s.metrics(), "the answers": answers.String()}
	if !strings.Contains(places["the log"], `"reason":"revoked"`) || !strings.Contains(places["the answers"], `"code":"UNAVAILABLE"`) {
		t.Error("the test sends less than it says")
	}
	for place, text := range places {
		for _, hidden := range append(pieces(append(tokens, keys...)), secretText, clientSecret) {
			if strings.Contains(text, hidden) {
				t.Errorf("%s show %q", place, hidden)
			}
		}
	}
}

// pieces are the ends of credentials, which nobody else may know: of a signature, or of the secret of a key.
func pieces(texts []string) []string {
	var hidden []string
	for _, text := range texts {
		hidden = append(hidden, text[max(0, len(text)-24):])
	}
	return hidden
}

func TestSecretsShowNowhere(t *testing.T) {
	c := settings()
	c.Introspection.ClientSecret = secretText
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c)
	for _, text := range []string{string(encoded), log.String(), fmt.Sprint(c), fmt.Sprintf("%+v %#v", c, c)} {
		if strings.Contains(text, secretText) || !strings.Contains(text, "[redacted]") {
			t.Errorf("got %s", text)
		}
	}
}

package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/token"
)

// pointing is a site all of whose challenges say where its metadata are.
func pointing(t *testing.T, where string) *site {
	t.Helper()
	s := open(t, settings())
	server := httptest.NewServer(auth.Pointing(func(context.Context) string { return where })(s.handler))
	t.Cleanup(server.Close)
	s.url, s.client = server.URL, server.Client()
	return s
}

func TestEachChallengeOfADoorSaysWhereItsMetadataAre(t *testing.T) {
	const where = "https://api.example.com/.well-known/oauth-protected-resource/mcp"
	there, nowhere, unsaid := pointing(t, where), pointing(t, ""), listening(t, settings())
	for name, c := range map[string]struct {
		q    request
		want string
	}{
		"missing": {request{}, auth.Challenge},
		"invalid": {bearer("x"), challengeInvalid},
		"expired": {bearer(signed(t, token.Claims{Lifetime: -time.Hour})), challengeExpired},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, there.ask(t, c.q), http.StatusUnauthorized, c.want+`, resource_metadata="`+where+`"`)
			wantRefused(t, nowhere.ask(t, c.q), http.StatusUnauthorized, c.want)
			wantRefused(t, unsaid.ask(t, c.q), http.StatusUnauthorized, c.want)
		})
	}
}

func TestWhoLacksAScopeIsToldWhichAndWhereToAskForIt(t *testing.T) {
	challenged := func(caller auth.Principal) []string {
		w := httptest.NewRecorder()
		handler := auth.Pointing(func(context.Context) string { return "https://a.example/x" })(
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = auth.Require(w, r, "orders:read", "orders:write") }))
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		handler.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), caller)))
		return w.Header()["Www-Authenticate"]
	}
	const metadata = `, resource_metadata="https://a.example/x"`
	want := []string{auth.ChallengeScope + `, scope="orders:read orders:write"` + metadata}
	if diff := cmp.Diff(want, challenged(auth.Principal{ID: "7", Scopes: []string{"orders:read"}})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{auth.Challenge + metadata}, challenged(auth.Principal{})); diff != "" {
		t.Error(diff)
	}
}

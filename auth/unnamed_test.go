package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/auth/token"
)

func TestAnUnnamedCallerHasNoNameWhateverItShows(t *testing.T) {
	c := settings()
	c.APIKeys.Header = "x-partner-key"
	c.Cookie.Name = "__Host-token"
	key := withKey(t, &c, apikey.Entry{ID: "a", Owner: "export"})
	good := signed(t, token.Claims{Scopes: []string{"users:read"}})
	forged := []string{"X-User-Id", "1", "X-User-Scopes", "admin", "X-User-Tenant", "acme", "X-Gateway-Token", "x"}
	for name, tt := range map[string]struct {
		service identity.Config
		q       request
		want    http.Header
	}{
		"nothing":              {identity.Config{}, withHeader(forged...), http.Header{}},
		"a token":              {identity.Config{Audience: "users"}, withHeader(append(forged, "Authorization", "Bearer "+good)...), bearer(good).header},
		"a token that is none": {identity.Config{}, bearer("guessed"), bearer("guessed").header},
		"a password":           {identity.Config{}, withHeader("Authorization", "Basic YTpi"), withHeader("Authorization", "Basic YTpi").header},
		"a cookie of a page elsewhere": {
			identity.Config{},
			withHeader("Cookie", "__Host-token=x", "Sec-Fetch-Site", "cross-site"),
			withHeader("Cookie", "__Host-token=x", "Sec-Fetch-Site", "cross-site").header,
		},
		"a key":                       {identity.Config{}, withHeader("X-Partner-Key", key), http.Header{}},
		"a key that the service gets": {identity.Config{Credentials: []string{"X-Partner-Key"}}, withHeader("X-Partner-Key", "guessed"), withHeader("X-Partner-Key", "guessed").header},
		"two credentials":             {identity.Config{}, withHeader("Authorization", "Bearer x", "X-Partner-Key", key), bearer("x").header},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c)
			var got http.Header
			asked := s.Unnamed(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if p := auth.FromContext(r.Context()); !p.Anonymous() {
					t.Errorf("the caller is %+v", p)
				}
				known, _ := r.Context().Value(identity.Key{}).(*identity.Caller)
				if known == nil || known.ID != "" || known.Sign != nil || !known.Unchecked || !cmp.Equal(known.Sent, tt.q.header) {
					t.Errorf("of the caller is known: %+v", known)
				}
				got = r.Header.Clone()
				if err := identity.Propagate(r.Context(), got, tt.service); err != nil {
					t.Error(err)
				}
			}))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
			r.Header = tt.q.header
			asked.ServeHTTP(httptest.NewRecorder(), r)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the service gets (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{`{result="unnamed"} 1`}, s.counted(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

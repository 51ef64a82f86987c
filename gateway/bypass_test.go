package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
)

func TestOnlyWhoMayGoesAroundTheCaches(t *testing.T) {
	may, others := auth.Principal{ID: "1", Scopes: []string{"a", "fresh"}}, auth.Principal{ID: "2", Scopes: []string{"a"}}
	for name, tt := range map[string]struct {
		caller auth.Principal
		header http.Header
		scopes []string
		want   bool
	}{
		"no-cache":                          {may, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, true},
		"no-store among others":             {may, http.Header{"Cache-Control": {"max-stale=3, No-Store"}}, []string{"x", "fresh"}, true},
		"an age of nothing":                 {may, http.Header{"Cache-Control": {"max-age=0"}}, []string{"fresh"}, true},
		"in the old way":                    {may, http.Header{"Pragma": {"no-cache"}}, []string{"fresh"}, true},
		"in both ways, of which one counts": {may, http.Header{"Pragma": {"no-cache"}, "Cache-Control": {"max-age=9"}}, []string{"fresh"}, false},
		"one who does not ask":              {may, http.Header{}, []string{"fresh"}, false},
		"one who may not":                   {others, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, false},
		"nobody":                            {auth.Principal{}, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, false},
		"where nobody may":                  {may, http.Header{"Cache-Control": {"no-cache"}}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header = tt.header
			r = r.WithContext(auth.WithPrincipal(r.Context(), tt.caller))
			got := false
			next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = bypasses(r.Context()) })
			bypassed(tt.scopes)(next).ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("it goes around the caches: %t", got)
			}
		})
	}
}

package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

func TestOnlyWhoMayGoesAroundTheCaches(t *testing.T) {
	may, others := auth.Principal{ID: "1", Scopes: []string{"a", "fresh"}}, auth.Principal{ID: "2", Scopes: []string{"a"}}
	for name, tt := range map[string]struct {
		caller auth.Principal
		header http.Header
		scopes []string
		want   rules.Wish
	}{
		"no-cache":                          {may, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, rules.NoCache},
		"no-store among others":             {may, http.Header{"Cache-Control": {"max-stale=3, No-Store"}}, []string{"x", "fresh"}, rules.NoStore},
		"both":                              {may, http.Header{"Cache-Control": {"no-cache", "no-store"}}, []string{"fresh"}, rules.NoStore},
		"what cannot be read":               {may, http.Header{"Cache-Control": {`a="`}}, []string{"fresh"}, rules.NoCache},
		"no-store in what only quotes it":   {may, http.Header{"Cache-Control": {`a="b, no-store"`}}, []string{"fresh"}, rules.Any},
		"an age of nothing":                 {may, http.Header{"Cache-Control": {"max-age=0"}}, []string{"fresh"}, rules.NoCache},
		"in the old way":                    {may, http.Header{"Pragma": {"no-cache"}}, []string{"fresh"}, rules.NoCache},
		"in both ways, of which one counts": {may, http.Header{"Pragma": {"no-cache"}, "Cache-Control": {"max-age=9"}}, []string{"fresh"}, rules.Any},
		"one who does not ask":              {may, http.Header{}, []string{"fresh"}, rules.Any},
		"one who may not":                   {others, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, rules.Any},
		"nobody":                            {auth.Principal{}, http.Header{"Cache-Control": {"no-cache"}}, []string{"fresh"}, rules.Any},
		"where nobody may":                  {may, http.Header{"Cache-Control": {"no-cache"}}, nil, rules.Any},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header = tt.header
			r = r.WithContext(auth.WithPrincipal(r.Context(), tt.caller))
			got := rules.Any
			next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = bypasses(r.Context()) })
			bypassed(tt.scopes)(next).ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("it wants %q, not %q", got, tt.want)
			}
		})
	}
}

package auth_test

import (
	"net/http/httptest"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
)

func TestACallerNeedsAllScopesOrElseLearnsWhatWouldHelp(t *testing.T) {
	const insufficient = auth.Challenge + `, error="insufficient_scope", scope="`
	nobody, somebody := auth.Principal{}, auth.Principal{ID: "7", Scopes: []string{"orders:read", "orders:write"}}
	for name, c := range map[string]struct {
		caller    auth.Principal
		scopes    []string
		kind      problem.Kind
		challenge string
	}{
		"nobody":                         {nobody, []string{"orders:read"}, problem.Unauthenticated, auth.Challenge},
		"nobody, where a name will do":   {nobody, nil, problem.Unauthenticated, auth.Challenge},
		"nobody, with a scope":           {auth.Principal{Scopes: somebody.Scopes}, []string{"orders:read"}, problem.Unauthenticated, auth.Challenge},
		"somebody, where a name will do": {caller: somebody},
		"one scope":                      {caller: somebody, scopes: []string{"orders:write"}},
		"both scopes":                    {caller: somebody, scopes: []string{"orders:write", "orders:read"}},
		"one of two scopes":              {somebody, []string{"orders:read", "orders:delete"}, problem.Forbidden, insufficient + `orders:read orders:delete"`},
		"part of a scope":                {somebody, []string{"orders"}, problem.Forbidden, insufficient + `orders"`},
		"a scope in another case":        {somebody, []string{"Orders:Read"}, problem.Forbidden, insufficient + `Orders:Read"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := auth.Require(w, c.caller, c.scopes...)
			if c.kind == problem.Internal && err != nil || c.kind != problem.Internal && (err == nil || problem.KindOf(err) != c.kind) {
				t.Errorf("got %v, want %v", err, c.kind)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != c.challenge {
				t.Errorf("the challenge is %s, want %s", got, c.challenge)
			}
		})
	}
}

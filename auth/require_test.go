package auth_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/audit"
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
		reason    string
	}{
		"nobody":                         {nobody, []string{"orders:read"}, problem.Unauthenticated, auth.Challenge, "unauthenticated"},
		"nobody, where a name will do":   {nobody, nil, problem.Unauthenticated, auth.Challenge, "unauthenticated"},
		"nobody, with a scope":           {auth.Principal{Scopes: somebody.Scopes}, []string{"orders:read"}, problem.Unauthenticated, auth.Challenge, "unauthenticated"},
		"somebody, where a name will do": {caller: somebody},
		"one scope":                      {caller: somebody, scopes: []string{"orders:write"}},
		"both scopes":                    {caller: somebody, scopes: []string{"orders:write", "orders:read"}},
		"one of two scopes":              {somebody, []string{"orders:read", "orders:delete"}, problem.Forbidden, insufficient + `orders:read orders:delete"`, "forbidden"},
		"part of a scope":                {somebody, []string{"orders"}, problem.Forbidden, insufficient + `orders"`, "forbidden"},
		"a scope in another case":        {somebody, []string{"Orders:Read"}, problem.Forbidden, insufficient + `Orders:Read"`, "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			out := &written{}
			trails := audit.New(prometheus.NewRegistry(), slog.New(slog.NewJSONHandler(out, nil)))
			ctx := auth.WithPrincipal(t.Context(), c.caller)
			r, trail := trails.Begin(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody), "rest")
			w := httptest.NewRecorder()
			err := auth.Require(w, r, c.scopes...)
			trail.End(ctx)
			if c.kind == problem.Internal && err != nil || c.kind != problem.Internal && (err == nil || problem.KindOf(err) != c.kind) {
				t.Errorf("got %v, want %v", err, c.kind)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != c.challenge {
				t.Errorf("the challenge is %s, want %s", got, c.challenge)
			}
			lines := out.denials(t)
			switch {
			case c.reason == "" && len(lines) > 0:
				t.Errorf("the audit says %v", lines)
			case c.reason != "" && (len(lines) != 1 || lines[0]["rule"] != "scopes" || lines[0]["reason"] != c.reason):
				t.Errorf("the audit says %v, want %s", lines, c.reason)
			}
		})
	}
}

func TestRequireKeepsNoTrailWhereNobodyAsksForOne(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	if err := auth.Require(httptest.NewRecorder(), r); problem.KindOf(err) != problem.Unauthenticated {
		t.Errorf("got %v", err)
	}
}

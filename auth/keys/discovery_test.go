package keys_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
)

func TestAnIssuerSaysWhereItsKeysAre(t *testing.T) {
	const place = "/.well-known/openid-configuration"
	tests := map[string]struct {
		path, document string // ISSUER stands for the issuer's name, HOST for its URL
		result         string
	}{
		"its keys":               {"", `{"issuer": "ISSUER", "jwks_uri": "HOST/keys", "scopes_supported": ["openid"]}`, "ok"},
		"below a path":           {"/tenant", `{"issuer": "ISSUER", "jwks_uri": "HOST/keys"}`, "ok"},
		"with a slash":           {"/tenant/", `{"issuer": "ISSUER", "jwks_uri": "HOST/keys"}`, "ok"},
		"another issuer":         {"", `{"issuer": "https://evil.example", "jwks_uri": "HOST/keys"}`, "unusable"},
		"almost the same issuer": {"", `{"issuer": "ISSUER/", "jwks_uri": "HOST/keys"}`, "unusable"},
		"no issuer":              {"", `{"jwks_uri": "HOST/keys"}`, "unusable"},
		"no keys":                {"", `{"issuer": "ISSUER"}`, "unusable"},
		"keys over http":         {"", `{"issuer": "ISSUER", "jwks_uri": "http://keys.example/"}`, "unusable"},
		"keys in a file":         {"", `{"issuer": "ISSUER", "jwks_uri": "file:///etc/keys"}`, "unusable"},
		"no JSON":                {"", `sensitive`, "unusable"},
		"two issuers":            {"", `{"issuer": "https://evil.example", "issuer": "ISSUER", "jwks_uri": "HOST/keys"}`, "unusable"},
		"too large":              {"", `{"issuer": "ISSUER", "jwks_uri": "HOST/keys"}` + strings.Repeat(" ", 1<<20), "unusable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			server := httptest.NewServer(mux)
			defer server.Close()
			issuer := server.URL + tt.path
			document := strings.NewReplacer("ISSUER", issuer, "HOST", server.URL).Replace(tt.document)
			mux.Handle(strings.TrimSuffix(tt.path, "/")+place, text(200, document))
			mux.Handle("/keys", issuing(set(edKey(t, "a"))))

			w := newWorld()
			cfg := keys.DefaultConfig()
			cfg.Discovery = true
			s, err := keys.Open(cfg, issuer, nil, w.metrics, w.log)
			if err != nil {
				t.Fatal(err)
			}
			if tt.result == "ok" {
				wantKeys(t, s, "a", "EdDSA", 1)
			} else {
				wantError(t, s, "a", "EdDSA", credential.ErrUnavailable)
			}
			wantFetches(t, w, map[string]int{tt.result: 1})
		})
	}
}

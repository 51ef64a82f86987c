package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

const (
	secretText = "a secret of the tests, 32 bytes and more"
	issuerName = "https://issuer.example"
	keyHeader  = "X-API-Key"
	cookieName = "__Host-token"
	appOrigin  = "https://app.example" // whose pages may call
)

// shared is an issuer that signs with a secret.
func shared() token.Config {
	c := token.DefaultConfig()
	c.Issuer, c.Audience, c.Keys.Secret = issuerName, []string{"concierge"}, secretText
	return c
}

// settings take the tokens of one issuer, also from a cookie.
func settings() auth.Config {
	c := auth.DefaultConfig()
	c.Issuers = []token.Config{shared()}
	c.Cookie.Name = cookieName
	return c
}

// withKey has c take a new key, too.
func withKey(t testing.TB, c *auth.Config, entry apikey.Entry) (key string) {
	t.Helper()
	key, hash, err := apikey.Generate(entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	entry.Hashes = []apikey.Hash{{SHA256: hash}}
	c.APIKeys.Keys = append(c.APIKeys.Keys, entry)
	return key
}

// signed is a token of shared.
func signed(t testing.TB, said token.Claims) string {
	t.Helper()
	if said.Subject == "" {
		said.Subject = "7"
	}
	if said.Lifetime == 0 {
		said.Lifetime = time.Hour
	}
	text, err := token.Sign(shared(), said, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signer is an issuer with a key of its own.
type signer struct {
	name      string
	algorithm jwa.SignatureAlgorithm
	private   any
	public    any
}

func newES256(t testing.TB, name string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{name, jwa.ES256(), key, &key.PublicKey}
}

func newEdDSA(t testing.TB, name string) signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{name, jwa.EdDSA(), private, public}
}

// token is one for this gateway, which is good for an hour. Further claims come over those.
func (s signer) token(t testing.TB, claims map[string]any) string {
	t.Helper()
	made := jwt.New()
	for _, some := range []map[string]any{
		{"iss": s.name, "aud": "concierge", "sub": "7", "exp": time.Now().Add(time.Hour), "iat": time.Now()}, claims,
	} {
		for name, value := range some {
			if err := made.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.KeyIDKey, "one"); err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Sign(made, jwt.WithKey(s.algorithm, s.private, jws.WithProtectedHeaders(headers)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keySet is what it publishes.
func (s signer) keySet(t testing.TB) string {
	t.Helper()
	key, err := jwk.Import(s.public)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Set(jwk.KeyIDKey, "one"); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return `{"keys":[` + string(text) + `]}`
}

// file is the same as a PEM file.
func (s signer) file(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(s.public)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	replace(t, path, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	return path
}

// replace puts a file in the place of another.
func replace(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

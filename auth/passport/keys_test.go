package passport_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/concierge-gateway/concierge/auth/passport"
)

func p256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	return ec(t, elliptic.P256())
}

func ec(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	return must(t, key, err)
}

func edwards(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(t, key, err)
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return must(t, key, err)
}

func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func file(t testing.TB, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8Text(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return block("PRIVATE KEY", must(t, der, err))
}

func pkcs8(t testing.TB, key crypto.Signer) string {
	t.Helper()
	return file(t, pkcs8Text(t, key))
}

func sec1Text(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	return block("EC PRIVATE KEY", must(t, der, err))
}

func sec1(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	return file(t, sec1Text(t, key))
}

// parameters name the curve prime256v1.
func parameters(t testing.TB) []byte {
	t.Helper()
	der, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})
	return block("EC PARAMETERS", must(t, der, err))
}

func sec1WithParameters(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	return file(t, append(parameters(t), sec1Text(t, key)...))
}

func public(t testing.TB, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	return file(t, block("PUBLIC KEY", must(t, der, err)))
}

// published are the keys of a set, each with all of its members.
func published(t testing.TB, s *passport.Signer) []map[string]string {
	t.Helper()
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(s.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys
}

func TestThePublicHalvesAreAllThatIsPublished(t *testing.T) {
	signs, before, next := p256(t), p256(t), edwards(t)
	s, _ := signer(t, settings(pkcs8(t, signs), sec1(t, before), public(t, next)))
	keys := published(t, s)
	if len(keys) != 3 {
		t.Fatalf("%d keys", len(keys))
	}
	private, err := signs.Bytes()
	private = must(t, private, err)
	for i, key := range []crypto.Signer{signs, before, next} {
		want := reference(t, key.Public())
		want["use"] = "sig"
		want["alg"] = map[string]string{"EC": "ES256", "OKP": "EdDSA"}[want["kty"]]
		if diff := cmp.Diff(want, keys[i]); diff != "" {
			t.Errorf("key %d: %s", i, diff)
		}
		for member, value := range keys[i] {
			if value == base64.RawURLEncoding.EncodeToString(private) {
				t.Errorf("%s is the private key", member)
			}
		}
	}
}

// reference is what another library makes of a public key, with its thumbprint as kid.
func reference(t testing.TB, key crypto.PublicKey) map[string]string {
	t.Helper()
	imported, err := jwk.Import(key)
	imported = must(t, imported, err)
	text, err := json.Marshal(imported)
	text = must(t, text, err)
	sum, err := imported.Thumbprint(crypto.SHA256)
	sum = must(t, sum, err)
	members := map[string]string{}
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	members["kid"] = base64.RawURLEncoding.EncodeToString(sum)
	return members
}

// The key and its name are those of RFC 8037, appendix A.
func TestAKeyIsNamedByItsThumbprint(t *testing.T) {
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	s, _ := signer(t, settings(pkcs8(t, ed25519.NewKeyFromSeed(must(t, seed, err)))))
	want := []map[string]string{{
		"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		"kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "alg": "EdDSA", "use": "sig",
	}}
	if diff := cmp.Diff(want, published(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestGatewaysWithTheSameKeyGiveItTheSameName(t *testing.T) {
	key := p256(t)
	one, _ := signer(t, settings(pkcs8(t, key)))
	other, _ := signer(t, settings(sec1(t, key)))
	if diff := cmp.Diff(string(one.JWKS()), string(other.JWKS())); diff != "" {
		t.Error(diff)
	}
	text := token(t, one, somebody(), audience)
	if err := verify(t, other, text, audience); err != nil {
		t.Error(err)
	}
	if got, want := part(t, text, 0)["kid"], published(t, other)[0]["kid"]; got != want {
		t.Errorf("kid is %v, want %v", got, want)
	}
}

func TestAPassportOutlivesTheChangeOfItsKey(t *testing.T) {
	before, after := pkcs8(t, p256(t)), pkcs8(t, edwards(t))
	old, _ := signer(t, settings(before, after))
	text := token(t, old, somebody(), audience)

	rotated, _ := signer(t, settings(after, before))
	if err := verify(t, rotated, text, audience); err != nil {
		t.Errorf("of the key before, with the keys after: %v", err)
	}
	if err := verify(t, old, token(t, rotated, somebody(), audience), audience); err != nil {
		t.Errorf("of the key after, with the keys before: %v", err)
	}

	dropped, _ := signer(t, settings(after))
	if err := verify(t, dropped, text, audience); err == nil {
		t.Error("a key that is published no more is still taken")
	}
}

func TestAKeyIsPublishedOnce(t *testing.T) {
	key, other := p256(t), p256(t)
	s, _ := signer(t, settings(pkcs8(t, key), public(t, key), sec1(t, other), public(t, other)))
	if got := len(published(t, s)); got != 2 {
		t.Errorf("%d keys, want 2", got)
	}
}

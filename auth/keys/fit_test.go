package keys_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestAKeyIsFoundForWhatItIsForAlone(t *testing.T) {
	rsaAll := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	rsaKey := rsaKeys()[2048]
	ecPrivate, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	type members = map[string]any
	tests := map[string]struct {
		entry string
		want  []string
	}{
		"RSA":                           {entry(t, &rsaKey.PublicKey, nil), rsaAll},
		"RSA, for one algorithm":        {entry(t, &rsaKey.PublicKey, members{"alg": "PS384"}), []string{"PS384"}},
		"RSA, for an HMAC":              {entry(t, &rsaKey.PublicKey, members{"alg": "HS256"}), nil},
		"RSA, for encryption":           {entry(t, &rsaKey.PublicKey, members{"alg": "RSA-OAEP-256"}), nil},
		"RSA, for an unknown algorithm": {entry(t, &rsaKey.PublicKey, members{"alg": "RS1"}), nil},
		"RSA, exponent 1":               {entry(t, &rsaKey.PublicKey, members{"e": "AQ"}), nil},
		"RSA, even exponent":            {entry(t, &rsaKey.PublicKey, members{"e": "AQAC"}), nil},
		"P-256":                         {entry(t, ecPublic(t, elliptic.P256()), nil), []string{"ES256"}},
		"P-384":                         {entry(t, ecPublic(t, elliptic.P384()), nil), []string{"ES384"}},
		"P-521":                         {entry(t, ecPublic(t, elliptic.P521()), nil), []string{"ES512"}},
		"P-256, said to be for P-384":   {entry(t, ecPublic(t, elliptic.P256()), members{"alg": "ES384"}), nil},
		"P-256, not on the curve":       {entry(t, ecPublic(t, elliptic.P256()), members{"x": "AQ"}), nil},
		"Ed25519":                       {entry(t, edPublic(t), nil), []string{"EdDSA"}},
		"Ed25519, for EdDSA":            {entry(t, edPublic(t), members{"alg": "EdDSA"}), []string{"EdDSA"}},
		"X25519":                        {entry(t, exchange.PublicKey(), nil), nil},
		"use sig":                       {entry(t, edPublic(t), members{"use": "sig"}), []string{"EdDSA"}},
		"use enc":                       {entry(t, edPublic(t), members{"use": "enc"}), nil},
		"an empty use":                  {entry(t, edPublic(t), members{"use": ""}), nil},
		"operations with verify":        {entry(t, edPublic(t), members{"key_ops": []string{"sign", "verify"}}), []string{"EdDSA"}},
		"operations without":            {entry(t, edPublic(t), members{"key_ops": []string{"encrypt"}}), nil},
		"no operations":                 {entry(t, edPublic(t), members{"key_ops": []string{}}), nil},
		"an RSA private key":            {entry(t, rsaKey, nil), nil},
		"an ECDSA private key":          {entry(t, ecPrivate, nil), nil},
		"a shared secret":               {entry(t, []byte(shared), nil), nil},
		"a shared secret with its use":  {entry(t, []byte(shared), members{"alg": "HS256", "use": "sig"}), nil},
		"a weak RSA key":                {weak(), nil},
		"an unknown type":               {`{"kty": "AKP", "pub": "AQ"}`, nil},
		"no type":                       {`{}`, nil},
		"no object":                     {`[1]`, nil},
		"nothing":                       {`null`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			other := entry(t, edPublic(t), members{"kid": "another"})
			s := reading(t, issuing(set(tt.entry, other)))
			var got []string
			for _, algorithm := range append(public(), "HS256", "HS384", "HS512", "none", "") {
				found, err := s.Find(t.Context(), "", algorithm)
				if err == nil && (algorithm != "EdDSA" || len(found) == 2) {
					got = append(got, algorithm)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// weak is an RSA key of 1024 bits.
func weak() string {
	n := base64.RawURLEncoding.EncodeToString(rsaKeys()[1024].N.Bytes())
	return `{"kty": "RSA", "e": "AQAB", "n": "` + n + `"}`
}

func TestATokenMayNameItsKey(t *testing.T) {
	first, second := ecPublic(t, elliptic.P256()), ecPublic(t, elliptic.P384())
	twice := map[string]any{"kid": "twice"}
	s := reading(t, issuing(set(
		edKey(t, "a"), edKey(t, "b"), entry(t, edPublic(t), nil),
		entry(t, first, twice), entry(t, second, twice), edKey(t, "twice"), edKey(t, "twice"),
	)))
	wantKeys(t, s, "a", "EdDSA", 1)
	wantKeys(t, s, "twice", "EdDSA", 2)
	wantKeys(t, s, "twice", "ES256", 1)
	wantKeys(t, s, "twice", "ES384", 1)
	wantKeys(t, s, "", "EdDSA", 5)
	wantError(t, s, "a", "ES256", credential.ErrInvalid)
	wantError(t, s, "c", "EdDSA", credential.ErrInvalid)
}

func TestATokenIsTriedWithFewKeys(t *testing.T) {
	var entries []string
	for range 20 {
		entries = append(entries, edKey(t, "same"))
	}
	s := reading(t, issuing(set(entries...)))
	wantKeys(t, s, "", "EdDSA", 8)
	wantKeys(t, s, "same", "EdDSA", 8)
}

func TestWhatCannotBeAKeyMakesNoCall(t *testing.T) {
	idp := issuing(set(edKey(t, "a")))
	server := httptest.NewServer(idp)
	defer server.Close()
	s := newWorld().open(t, remote(server.URL), server.Client())
	wantError(t, s, string(make([]byte, 257)), "EdDSA", credential.ErrInvalid)
	for _, algorithm := range []string{"HS256", "none", "", "ES256K"} {
		wantError(t, s, "b", algorithm, credential.ErrInvalid)
	}
	if n := idp.calls.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
	wantError(t, s, string(make([]byte, 256)), "EdDSA", credential.ErrInvalid)
	if n := idp.calls.Load(); n != 1 {
		t.Errorf("%d calls for a name that could be one", n)
	}
}

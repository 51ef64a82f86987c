package keys

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// Whatever an issuer answers, what is taken of it are public keys that are good for something.
func FuzzKeySet(f *testing.F) {
	const (
		ed  = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
		ec  = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
		oct = `{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}`
	)
	f.Add([]byte(`{"keys":[` + ed + `,` + ec + `,` + oct + `]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"sig","key_ops":["verify"],"alg":"RS256","kid":"1"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","x5c":["AA=="]}]}`))
	f.Add([]byte(`{"keys":[null,[],{},1]}`))
	f.Add([]byte(ed))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeySet(body)
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys and the error %v", len(keys), err)
		}
		for _, key := range keys {
			checkPublic(t, key)
		}
		for _, key := range named(keys).find("", "EdDSA") {
			if !key.fits("EdDSA") {
				t.Errorf("found %T", key.Public)
			}
		}
	})
}

func FuzzPEM(f *testing.F) {
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n"))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0}}))
	f.Add([]byte("-----BEGIN RSA PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parsePEM(text)
		if (err == nil) != (len(keys) > 0) || len(keys) > maxFound {
			t.Fatalf("%d keys and the error %v", len(keys), err)
		}
		for _, key := range keys {
			checkPublic(t, key)
		}
	})
}

// checkPublic holds a key against Go's own idea of public keys.
func checkPublic(t *testing.T, key Key) {
	t.Helper()
	if _, err := x509.MarshalPKIXPublicKey(key.Public); err != nil {
		t.Errorf("%T is no public key: %v", key.Public, err)
	}
	for _, algorithm := range []string{"HS256", "HS384", "HS512", "none", ""} {
		if key.fits(algorithm) {
			t.Errorf("%T fits %q", key.Public, algorithm)
		}
	}
	if !key.verifies() {
		t.Errorf("%T fits nothing", key.Public)
	}
}

func TestACurveHasOneAlgorithm(t *testing.T) {
	for curve, want := range map[elliptic.Curve]string{
		elliptic.P224(): "", elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512",
	} {
		if got := curveAlgorithm(curve); got != want {
			t.Errorf("%s has %q", curve.Params().Name, got)
		}
	}
}

package keys_test

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
	"github.com/concierge-gateway/concierge/secret"
)

func TestASecretVerifiesHMACAlone(t *testing.T) {
	s := newWorld().open(t, keys.Config{Secret: shared}, nil)
	if !s.Ready() {
		t.Error("it is not ready")
	}
	found, err := s.Find(t.Context(), "whatever the token calls it", "HS256")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]keys.Key{{Public: []byte(shared)}}, found); diff != "" {
		t.Error(diff)
	}
	for _, algorithm := range append(public(), "HS384", "HS512", "none", "") {
		wantError(t, s, "", algorithm, credential.ErrInvalid)
	}
	s.Run(t.Context()) // returns at once
}

func TestALongerHashAsksForALongerSecret(t *testing.T) {
	for length, want := range map[int][]string{
		32: {"HS256"}, 47: {"HS256"}, 48: {"HS256", "HS384"}, 63: {"HS256", "HS384"}, 64: {"HS256", "HS384", "HS512"},
	} {
		s := newWorld().open(t, keys.Config{Secret: secret.Text(strings.Repeat("s", length))}, nil)
		var got []string
		for _, algorithm := range []string{"HS256", "HS384", "HS512"} {
			if _, err := s.Find(t.Context(), "", algorithm); err == nil {
				got = append(got, algorithm)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes: %s", length, diff)
		}
	}
}

func TestAFileHoldsKeysAndCertificates(t *testing.T) {
	rsaKey := &rsaKeys()[2048].PublicKey
	all := slices.Concat(
		[]byte("# keys of the issuer\n"),
		pkix(t, ecPublic(t, elliptic.P256())), pkix(t, ecPublic(t, elliptic.P384())), pkix(t, ecPublic(t, elliptic.P521())),
		pkix(t, edPublic(t)), pkix(t, rsaKey),
		block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rsaKey)), certificate(t),
	)
	s := newWorld().open(t, keys.Config{PEM: file(t, all)}, nil)
	want := map[string]int{
		"RS256": 3, "RS384": 3, "RS512": 3, "PS256": 3, "PS384": 3, "PS512": 3,
		"ES256": 1, "ES384": 1, "ES512": 1, "EdDSA": 1,
	}
	for algorithm, n := range want {
		wantKeys(t, s, "", algorithm, n)
		wantKeys(t, s, "a name that the file does not know", algorithm, n)
	}
	for _, algorithm := range []string{"HS256", "none", ""} {
		wantError(t, s, "", algorithm, credential.ErrInvalid)
	}
	s.Run(t.Context()) // returns at once
}

func TestAFileIsReadWhollyOrNotAtAll(t *testing.T) {
	good := pkix(t, edPublic(t))
	tests := map[string]struct {
		text []byte
		want string
	}{
		"nothing":            {nil, "it holds no PEM block"},
		"no PEM":             {[]byte("ssh-ed25519 AAAA"), "it holds no PEM block"},
		"a private key":      {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKeys()[2048])), "block 1: it is neither a public key nor a certificate"},
		"a weak key":         {slices.Concat(good, pkix(t, &rsaKeys()[1024].PublicKey)), "block 2: no algorithm takes such a key"},
		"an unusual curve":   {pkix(t, ecPublic(t, elliptic.P224())), "block 1: no algorithm takes such a key"},
		"a key for nothing":  {block("PUBLIC KEY", []byte("not DER")), "block 1: "},
		"a certificate, not": {block("CERTIFICATE", []byte("not DER")), "block 1: "},
		"a block cut short":  {slices.Concat(good, good[:len(good)-20]), "2 blocks begin in it, and 1 can be read"},
		"too many":           {slices.Concat(slices.Repeat(good, 9)), "it holds 9 keys"},
		"too large":          {make([]byte, 1<<20+1), "it is larger than 1 MiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			_, err := keys.Open(keys.Config{PEM: file(t, tt.text)}, "idp", nil, w.metrics, w.log)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOpenRefusesWhatValidateReports(t *testing.T) {
	for name, cfg := range map[string]keys.Config{
		"nothing":            {},
		"no file":            {PEM: filepath.Join(t.TempDir(), "none.pem")},
		"a short secret":     {Secret: "short"},
		"http":               {JWKS: "http://idp.example", Refresh: time.Minute, UnknownEvery: time.Minute},
		"an issuer, no URL":  {Discovery: true, Refresh: time.Minute, UnknownEvery: time.Minute},
		"times that are not": {JWKS: "https://idp.example"},
	} {
		w := newWorld()
		if _, err := keys.Open(cfg, "idp", nil, w.metrics, w.log); err == nil || strings.Contains(err.Error(), "short ") {
			t.Errorf("%s: got the error %v", name, err)
		}
	}
}

func pkix(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PUBLIC KEY", der)
}

func certificate(t *testing.T) []byte {
	t.Helper()
	key := rsaKeys()[2048]
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func file(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

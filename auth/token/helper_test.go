package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
	"github.com/concierge-gateway/concierge/auth/token"
)

const (
	issuerName = "https://issuer.example"
	audience   = "https://gateway.example"
	secretText = "a secret of the tests that is good for HS512 as well: 64 bytes it is"
)

// ring is a Source that knows keys by no name.
type ring []any

func (r ring) Find(context.Context, string, string) ([]keys.Key, error) {
	found := make([]keys.Key, len(r))
	for i, public := range r {
		found[i] = keys.Key{Public: public}
	}
	return found, nil
}

// failing is a Source that has only an error.
type failing struct{ error }

func (f failing) Find(context.Context, string, string) ([]keys.Key, error) { return nil, f.error }

// pairs are private keys, made once since that takes long.
type pairs struct {
	rsa, weak, stranger *rsa.PrivateKey
	p256, p384, p521    *ecdsa.PrivateKey
	ed25519             ed25519.PrivateKey
}

var private = sync.OnceValue(func() pairs {
	return pairs{
		rsa: must(rsa.GenerateKey(rand.Reader, 2048)), weak: must(rsa.GenerateKey(rand.Reader, 1024)),
		stranger: must(rsa.GenerateKey(rand.Reader, 2048)),
		p256:     must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		p384:     must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		p521:     must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
		ed25519:  ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
	}
})

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// everyKey is one of each kind.
func everyKey() ring {
	p := private()
	return ring{&p.rsa.PublicKey, &p.p256.PublicKey, &p.p384.PublicKey, &p.p521.PublicKey, p.ed25519.Public()}
}

// settings take tokens of issuerName for audience, signed by these algorithms.
func settings(algorithms ...string) token.Config {
	cfg := token.DefaultConfig()
	cfg.Issuer, cfg.Audience, cfg.Algorithms = issuerName, []string{audience}, algorithms
	return cfg
}

func verifier(cfg token.Config, source token.Source) *token.Verifier {
	return token.New([]token.Issuer{{Config: cfg, Keys: source}})
}

// claims are those of a good token, each as JSON. Changes come in pairs of name and JSON; empty JSON takes a claim away.
func claims(changes ...string) string {
	return object(map[string]string{
		"iss": strconv.Quote(issuerName), "aud": strconv.Quote(audience), "sub": `"7"`, "exp": seconds(time.Hour),
	}, changes)
}

// head is a header, with changes as for claims.
func head(algorithm string, changes ...string) string {
	return object(map[string]string{"alg": strconv.Quote(algorithm)}, changes)
}

func object(members map[string]string, changes []string) string {
	for change := range slices.Chunk(changes, 2) {
		members[change[0]] = change[1]
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			list = append(list, strconv.Quote(name)+":"+members[name])
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

// seconds is a date that lies so far from now.
func seconds(fromNow time.Duration) string {
	return strconv.FormatInt(time.Now().Add(fromNow).Unix(), 10)
}

func encode[T string | []byte](part T) string {
	return base64.RawURLEncoding.EncodeToString([]byte(part))
}

// made is a token of these parts, signed as its key can.
func made(key any, algorithm, header, payload string) string {
	signed := encode(header) + "." + encode(payload)
	return signed + "." + encode(signature(key, algorithm, signed))
}

func signature(key any, algorithm, signed string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[2:]]
	switch key := key.(type) {
	case string:
		mac := hmac.New(hash.New, []byte(key))
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(signed))
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest(hash, signed))
		size := (key.Curve.Params().BitSize + 7) / 8
		return slices.Concat(must(r, err).FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size)))
	case *rsa.PrivateKey:
		if algorithm[0] == 'P' {
			return must(rsa.SignPSS(rand.Reader, key, hash, digest(hash, signed), &rsa.PSSOptions{SaltLength: hash.Size()}))
		}
		return must(rsa.SignPKCS1v15(nil, key, hash, digest(hash, signed)))
	default:
		return nil
	}
}

func digest(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// takes fails the test where a token is refused.
func takes(t *testing.T, v *token.Verifier, text string) credential.Grant {
	t.Helper()
	grant, err := v.Verify(t.Context(), text)
	if err != nil {
		t.Fatalf("a good token was refused: %v", err)
	}
	return grant
}

// refuses fails the test where a token is taken, or refused for another kind of reason, or another reason.
func refuses(t *testing.T, v *token.Verifier, text string, kind error, because string) {
	t.Helper()
	grant, err := v.Verify(t.Context(), text)
	switch {
	case err == nil:
		t.Errorf("it was taken: %+v", grant)
	case !errors.Is(err, kind) || !strings.Contains(err.Error(), because):
		t.Errorf("it was refused since %q, want %q, because %q", err, kind, because)
	case grant.Subject != "" || grant.Token != nil:
		t.Errorf("it was refused, and yet granted %+v", grant)
	}
}

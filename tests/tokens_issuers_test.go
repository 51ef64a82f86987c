package tests

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// issuer is one with a key set, by an RSA key that it can change.
type issuer struct {
	*httptest.Server

	asked atomic.Int32 // how often anything was asked for

	mu        sync.Mutex
	published []publicKey
	signing   publicKey
	down      bool
}

type publicKey struct {
	id      string
	private *rsa.PrivateKey
}

// newRSA makes a key. The tests share two of them, since making one takes long.
var newRSA = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048) // which reads and computes, and cannot fail
	}
	return keys
})

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := new(issuer)
	i.signs("first", newRSA()[0])
	i.publishes(i.signing)
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// signs has the next tokens signed by a key.
func (i *issuer) signs(id string, key *rsa.PrivateKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signing = publicKey{id, key}
}

// publishes says what is in the key set from now on.
func (i *issuer) publishes(keys ...publicKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.published = keys
}

// fails has everything that is asked for answered with 500 from now on.
func (i *issuer) fails(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// ServeHTTP answers with the discovery document and the key set.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.asked.Add(1)
	i.mu.Lock()
	defer i.mu.Unlock()
	w.Header().Set("Content-Type", plainJSON)
	switch {
	case i.down:
		w.WriteHeader(http.StatusInternalServerError)
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		_, _ = io.WriteString(w, inJSON(members{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}))
	default:
		keys := make([]any, 0, len(i.published))
		for _, each := range i.published {
			keys = append(keys, each.jwk())
		}
		_, _ = io.WriteString(w, inJSON(members{"keys": keys}))
	}
}

func (k publicKey) jwk() map[string]any {
	return map[string]any{
		"kty": "RSA", "kid": k.id, "use": "sig", "n": base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
	}
}

// token is a good one for a subject, of the key that signs now.
func (i *issuer) token(subject string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return rs256(i.signing.private, members{"alg": "RS256", "kid": i.signing.id}, usual(members{"iss": i.URL, "sub": subject}))
}

// members are those of a header or a payload.
type members map[string]any

// usual is a payload in which nothing is wrong but what is changed. A nil leaves a member out.
func usual(changed members) members {
	now := time.Now().Unix()
	payload := members{"sub": "7", "aud": "concierge", "iat": now, "exp": now + 3600, "jti": "tokens-" + strconv.FormatInt(now, 10)}
	maps.Copy(payload, changed)
	maps.DeleteFunc(payload, func(_ string, value any) bool { return value == nil })
	return payload
}

// part is one of a token's, of members or of a text as it is.
func part(of any) string {
	text, ok := of.(string)
	if !ok {
		text = inJSON(of)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// rs256 is a token by RS256, whatever its header says.
func rs256(key *rsa.PrivateKey, header, payload any) string {
	signed := part(header) + "." + part(payload)
	sum := sha256.Sum256([]byte(signed))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) // of a key that is long enough
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// hs256 is a token by HS256, whatever its header says.
func hs256(secret string, header, payload any) string {
	signed := part(header) + "." + part(payload)
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// ownSecret is what the first issuer of these tests signs with.
const ownSecret = "the-secret-of-an-issuer-of-these-tests"

// ownIssuer is its name.
const ownIssuer = "https://own.example"

// own is a token of the issuer with a secret, in which nothing is wrong but what is changed.
func own(changed members) string {
	payload := usual(members{"iss": ownIssuer})
	maps.Copy(payload, changed)
	return hs256(ownSecret, members{"alg": "HS256", "typ": "JWT"}, usual(payload))
}

// severalIssuers is a gateway that takes tokens of three: one with a secret, one with a key set, and one with discovery; and API keys
// and a cookie besides.
func severalIssuers(t *testing.T, set, discovered *issuer) *program {
	t.Helper()
	yaml := strings.Replace(withREST(nil, demoSection()), `  issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}]`, fmt.Sprintf(`  issuers:
    - {issuer: %q, audience: [concierge], keys: {secret: %q}}
    - {issuer: %q, audience: [concierge], subject_prefix: "set:", keys: {jwks: %q}}
    - {issuer: %q, audience: [concierge], subject_prefix: "found:", keys: {discovery: true}}
  cookie: {name: session}
  api_keys:
    keys: [{id: own, owner: "7", hashes: [{sha256: %q}]}]`,
		ownIssuer, ownSecret, set.URL, set.URL+"/keys", discovered.URL, hashOf(machineKey("own"))), 1)
	return startBefore(t, recorded(t), withTools(t, with(yaml, "server", "ready_within: 0s"), tools()))
}

package soak

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	issuerName = "https://issuer.soak.test"
	audience   = "concierge"
)

// issuer signs tokens, and changes its keys.
type issuer struct {
	url    string
	server *http.Server

	mu      sync.Mutex
	turn    int
	shown   []signer // what the key set has
	current signer
	tokens  map[string]string // by the caller, of the current key
}

type signer struct {
	id  string
	key ed25519.PrivateKey
}

func newIssuer(ctx context.Context) (*issuer, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &issuer{url: "http://" + listener.Addr().String() + "/keys"}
	i.publish()
	i.use()
	i.server = &http.Server{Handler: http.HandlerFunc(i.show)}
	go func() { _ = i.server.Serve(listener) }()
	return i, nil
}

// publish shows a new key beside the one in use, which is how clients come to know it before it signs.
func (i *issuer) publish() {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.turn++
	i.shown = append(i.shown, signer{fmt.Sprint("key-", i.turn), key})
}

// use signs by the newest key from now on.
func (i *issuer) use() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current, i.tokens = i.shown[len(i.shown)-1], make(map[string]string)
}

// retire shows the newest key alone.
func (i *issuer) retire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.shown = i.shown[len(i.shown)-1:]
}

func (i *issuer) show(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []map[string]string
	for _, each := range i.shown {
		public, _ := each.key.Public().(ed25519.PublicKey)
		all = append(all, map[string]string{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": each.id, "x": base64.RawURLEncoding.EncodeToString(public),
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text(map[string]any{"keys": all}))
}

// token is what a caller shows. Callers without a name have none.
func (i *issuer) token(c caller) string {
	if c.id == 0 {
		return ""
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if known := i.tokens[c.name]; known != "" {
		return known
	}
	now := time.Now()
	head := text(map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": i.current.id})
	claims := text(map[string]any{
		"iss": issuerName, "aud": audience, "sub": strconv.FormatInt(c.id, 10), "scope": strings.Join(c.scopes, " "),
		"iat": now.Unix(), "exp": now.Add(2 * time.Hour).Unix(),
	})
	said := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(claims)
	signed := said + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(i.current.key, []byte(said)))
	i.tokens[c.name] = signed
	return signed
}

// text is a value as JSON.
func text(of any) []byte {
	written, err := json.Marshal(of)
	if err != nil {
		panic(err) // a mistake here
	}
	return written
}

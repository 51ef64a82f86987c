package tests

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/concierge-gateway/concierge/demo"
)

const gatewaysName = "https://api.example.com"

// privateKeys are files of one key of each kind that signs.
func privateKeys(t *testing.T) map[string]string {
	t.Helper()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	nist, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for algorithm, key := range map[string]any{"EdDSA": edwards, "ES256": nist} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		files[algorithm] = newFile(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	}
	return files
}

// keySet are the keys by which services verify a gateway's tokens.
type keySet struct{ jwk.Set }

func (p *program) published(t *testing.T) keySet {
	t.Helper()
	r := get(t, p.public+"/.well-known/jwks.json")
	if r.status != http.StatusOK {
		t.Fatalf("the keys are answered with %d %s", r.status, r.body)
	}
	saysNothingOf(t, string(r.body), `"d"`)
	set, err := jwk.Parse(r.body)
	if err != nil {
		t.Fatal(err)
	}
	return keySet{set}
}

// passport is what a service reads in a token.
type passport struct {
	Subject, Scope, Algorithm string
	Lifetime                  time.Duration
}

// verified is a token as a service verifies it, by another library, as its own.
func verified(t *testing.T, text, audience string, keys keySet) passport {
	t.Helper()
	token, err := jwt.ParseString(text, jwt.WithKeySet(keys.Set, jws.WithRequireKid(true)), jwt.WithAudience(audience),
		jwt.WithIssuer(gatewaysName), jwt.WithRequiredClaim("nbf"), jwt.WithRequiredClaim("jti"))
	if err != nil {
		t.Fatalf("the %s service refuses %q: %v", audience, text, err)
	}
	var found passport
	head, err := jws.ParseString(text)
	if err := errors.Join(err, token.Get("sub", &found.Subject), token.Get("scope", &found.Scope)); err != nil {
		t.Fatal(err)
	}
	algorithm, _ := head.Signatures()[0].ProtectedHeaders().Algorithm()
	issued, _ := token.IssuedAt()
	expires, _ := token.Expiration()
	found.Algorithm, found.Lifetime = algorithm.String(), expires.Sub(issued)
	return found
}

// passports are the tokens that each service got, one for each call.
func passports(calls []demo.Call) map[string][]string {
	all := make(map[string][]string)
	for _, call := range calls {
		all[call.Service] = append(all[call.Service], call.Header.Values("X-Gateway-Token")...)
	}
	return all
}

// startSigning runs a gateway that signs tokens for the orders, users and weather services.
func startSigning(t *testing.T, o *other, key string) *program {
	t.Helper()
	yaml := withRoutes(o, "match: GET /raw\nupstream: other\nraw: true\npublic: true", "match: GET /users/{id}\nupstream: user\nreturns: User")
	yaml = with(with(yaml, "auth", fmt.Sprintf("passport: {key: %q, issuer: %s}", key, gatewaysName)), "auth", "anonymous: true")
	yaml = strings.Replace(yaml, "  other: {", "  other: {identity: {audience: weather}, ", 1)
	for _, service := range []string{demo.Order, demo.User} {
		head := "\n  " + service + ":\n"
		yaml = strings.Replace(yaml, head, head+"    identity: {audience: "+service+"s}\n", 1)
	}
	return startBefore(t, recorded(t), yaml)
}

// A token is signed for each service that has a name for it, by either door, and one that a client brings never passes.
func TestAServiceVerifiesWhoCalls(t *testing.T) {
	for algorithm, file := range privateKeys(t) {
		t.Run(algorithm, func(t *testing.T) {
			o := newOther(t)
			p := startSigning(t, o, file)
			fields := []string{"Authorization: Bearer " + p.token(t, "support"), "X-Gateway-Token: " + canary, "X_Gateway_Token: " + canary}
			const query = `{"query": "{ order(id: 7) { user { id } items { product { id } } } }"}`
			for _, req := range []*http.Request{
				p.shows(t, http.MethodPost, "/graphql", query, fields...),
				p.shows(t, http.MethodGet, "/users/8", "", fields...), p.shows(t, http.MethodGet, "/raw", "", fields...),
			} {
				if r := send(t, req); r.status != http.StatusOK {
					t.Fatalf("%s is answered with %d %s", req.URL.Path, r.status, r.body)
				}
			}
			got := passports(append(p.services.Calls(), o.calls()...))
			want := passport{"2", "users:read users:pii orders:read payments:read", algorithm, time.Minute}
			keys := p.published(t)
			for service, audience := range map[string]string{demo.Order: "orders", demo.User: "users", "other": "weather"} {
				for _, text := range got[service] {
					if diff := cmp.Diff(want, verified(t, text, audience, keys)); diff != "" {
						t.Errorf("the %s service reads (-want +got):\n%s", service, diff)
					}
				}
			}
			if len(got[demo.Order]) != 1 || len(got[demo.User]) != 2 || got[demo.User][0] != got[demo.User][1] || len(got["other"]) != 1 {
				t.Errorf("the services get %q", got)
			}
			if len(got[demo.Product]) > 0 {
				t.Errorf("a service that has no name for it gets %q", got[demo.Product])
			}
			saysNothingOf(t, p.log.String(), got[demo.Order]...)
		})
	}
}

func TestATokenForAServiceIsGoodForNoOther(t *testing.T) {
	o := newOther(t)
	p := startSigning(t, o, privateKeys(t)["EdDSA"])
	send(t, p.shows(t, http.MethodGet, "/raw", "", "Authorization: Bearer "+p.token(t, "customer")))
	text := passports(o.calls())["other"][0]
	if _, err := jwt.ParseString(text, jwt.WithKeySet(p.published(t).Set), jwt.WithAudience("orders")); err == nil {
		t.Error("another service takes it")
	}
	refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, send(t, p.shows(t, http.MethodGet, "/raw", "", "Authorization: Bearer "+text)))
	o.forget()
	if r := send(t, p.shows(t, http.MethodGet, "/raw", "", "X-Gateway-Token: "+text)); r.status != http.StatusOK {
		t.Fatalf("without a credential, it is answered with %d %s", r.status, r.body)
	}
	if told := identities(t, o.calls()); len(told["other"]) > 0 {
		t.Errorf("of nobody, the service is told %v", told)
	}
}

// While a key takes another's place, services know both.
func TestARetiredKeyIsStillPublished(t *testing.T) {
	files := privateKeys(t)
	p := start(t, with(standard, "auth", fmt.Sprintf("passport: {key: %q, retired: [%q], issuer: %s}", files["EdDSA"], files["ES256"], gatewaysName)))
	var kinds []string
	keys := p.published(t)
	for i := range keys.Len() {
		key, _ := keys.Key(i)
		id, _ := key.KeyID()
		if use, _ := key.KeyUsage(); use != "sig" || id == "" {
			t.Errorf("a key is named %q, for %q", id, use)
		}
		kinds = append(kinds, key.KeyType().String())
	}
	if diff := cmp.Diff([]string{"OKP", "EC"}, kinds); diff != "" {
		t.Errorf("the keys (-want +got):\n%s", diff)
	}
	none := start(t, standard)
	refusal{404, problemJSON, "NOT_FOUND", "there is nothing here", ""}.check(t, get(t, none.public+"/.well-known/jwks.json"))
}

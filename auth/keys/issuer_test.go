package keys_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/keys"
)

// issuer answers with a key set, which a test may change at any time.
type issuer struct {
	body   atomic.Pointer[string]
	status atomic.Int64
	calls  atomic.Int64
	down   atomic.Bool
}

func issuing(body string) *issuer {
	i := &issuer{}
	i.show(body)
	i.status.Store(http.StatusOK)
	return i
}

func (i *issuer) show(body string) { i.body.Store(&body) }

func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.calls.Add(1)
	w.WriteHeader(int(i.status.Load()))
	_, _ = io.WriteString(w, *i.body.Load())
}

// RoundTrip is the issuer without a network.
func (i *issuer) RoundTrip(req *http.Request) (*http.Response, error) {
	i.calls.Add(1)
	if i.down.Load() {
		return nil, errors.New("it is down")
	}
	return answer(req, int(i.status.Load()), *i.body.Load()), nil
}

func answer(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Request: req, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func set(entries ...string) string { return `{"keys": [` + strings.Join(entries, ",") + `]}` }

// entry is a key as it stands in a set, with further members over those of the key itself.
func entry(t testing.TB, key any, members map[string]any) string {
	t.Helper()
	imported, err := jwk.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(imported)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, members)
	if text, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edKey is an entry of a new Ed25519 key.
func edKey(t testing.TB, kid string) string {
	t.Helper()
	return entry(t, edPublic(t), map[string]any{"kid": kid})
}

func edPublic(t testing.TB) ed25519.PublicKey {
	t.Helper()
	key, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecPublic(t testing.TB, curve elliptic.Curve) *ecdsa.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &key.PublicKey
}

// rsaKeys are made once: it takes long.
var rsaKeys = sync.OnceValue(func() map[int]*rsa.PrivateKey {
	made := map[int]*rsa.PrivateKey{}
	for _, bits := range []int{1024, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		made[bits] = key
	}
	return made
})

// world is what a Set reports to.
type world struct {
	registry *prometheus.Registry
	metrics  *keys.Metrics
	log      *slog.Logger
	printed  *bytes.Buffer // read it when nothing runs
}

func newWorld() *world {
	w := &world{registry: prometheus.NewRegistry(), printed: &bytes.Buffer{}}
	w.metrics = keys.NewMetrics(w.registry)
	w.log = slog.New(slog.NewTextHandler(w.printed, nil))
	return w
}

const name = "https://idp.example"

func (w *world) open(t testing.TB, cfg keys.Config, client *http.Client) *keys.Set {
	t.Helper()
	s, err := keys.Open(cfg, name, client, w.metrics, w.log)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fetches are the readings so far, by result.
func (w *world) fetches(t testing.TB) map[string]int {
	t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, family := range families {
		if family.GetName() != "concierge_auth_keys_fetches_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			if n := int(metric.GetCounter().GetValue()); n > 0 {
				got[metric.GetLabel()[1].GetValue()] = n
			}
		}
	}
	return got
}

func remote(url string) keys.Config {
	cfg := keys.DefaultConfig()
	cfg.JWKS = url
	return cfg
}

// finds tells how a search ends, as text.
func finds(t testing.TB, s *keys.Set, kid, algorithm string) ([]keys.Key, error) {
	t.Helper()
	found, err := s.Find(t.Context(), kid, algorithm)
	if (err == nil) != (len(found) > 0) {
		t.Errorf("%d keys and the error %v", len(found), err)
	}
	return found, err
}

func wantError(t testing.TB, s *keys.Set, kid, algorithm string, want error) {
	t.Helper()
	if found, err := finds(t, s, kid, algorithm); !errors.Is(err, want) {
		t.Errorf("found %d keys with the error %v, want %v", len(found), err, want)
	}
}

func wantKeys(t testing.TB, s *keys.Set, kid, algorithm string, want int) {
	t.Helper()
	if found, err := finds(t, s, kid, algorithm); len(found) != want {
		t.Errorf("found %d keys with the error %v, want %d", len(found), err, want)
	}
}

func wantFetches(t testing.TB, w *world, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, w.fetches(t)); diff != "" {
		t.Error(diff)
	}
}

func numbered(n int) string { return fmt.Sprintf("key-%d", n) }

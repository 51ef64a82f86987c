package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/listening/prepared"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

// publicQuery is answered the same for everybody.
const publicQuery = `query Shop { products(first: 20) { nodes { id name price { amount currency } } } }`

// BenchmarkPublicOperation is an operation that is answered by what is kept, all the way from the wrappers to the last byte of the
// answer.
func BenchmarkPublicOperation(b *testing.B) {
	g := openShop(b)
	body, err := json.Marshal(map[string]any{"query": publicQuery, "variables": map[string]any{}})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("POST", func(b *testing.B) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
		asked(b, g, r, body)
	})
	b.Run("GET", func(b *testing.B) {
		r := httptest.NewRequest(http.MethodGet, "/graphql?query="+url.QueryEscape(publicQuery), nil)
		r.Header.Set("Accept", "application/json")
		asked(b, g, r, nil)
	})
}

// openShop is a gateway before a service of products that lets everybody keep its answers.
func openShop(b *testing.B) *Gateway {
	b.Helper()
	products := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = io.WriteString(w, `[{"id": 1, "name": "Lamp", "price": 12.50, "currency": "EUR", "stock": 3}]`)
	}))
	b.Cleanup(products.Close)
	yaml := fmt.Sprintf(`auth: {anonymous: true}
limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
upstreams:
  user: {urls: [%[1]q]}
  order: {urls: [%[1]q]}
  product: {urls: [%[1]q], cache: {depends: nothing}}
  payment: {urls: [%[1]q]}
`, products.URL)
	return configured(b, yaml)
}

// configured is a gateway that writes no log.
func configured(b *testing.B, yaml string) *Gateway {
	b.Helper()
	c, err := config.Parse([]byte(yaml), "test.yml", func(string) (string, bool) { return "", false }, Check)
	if err != nil {
		b.Fatal(err)
	}
	g, err := New(c, web.Settings{}, telemetry.NewLogger(telemetry.DefaultConfig(), io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	return g
}

// asked sends a request again and again, after a first time that is not measured.
func asked(b *testing.B, g *Gateway, r *http.Request, body []byte) {
	b.Helper()
	text := bytes.NewReader(body)
	ask := func(w http.ResponseWriter) {
		again := *r
		if body != nil {
			text.Reset(body)
			again.Body, again.ContentLength = io.NopCloser(text), int64(len(body))
		}
		g.Public.ServeHTTP(w, &again)
	}
	first := httptest.NewRecorder()
	ask(first)
	if first.Code != http.StatusOK || !bytes.Contains(first.Body.Bytes(), []byte(`"name":"Lamp"`)) {
		b.Fatalf("it is answered by %d: %s", first.Code, first.Body)
	}
	b.ReportAllocs()
	for b.Loop() {
		ask(&dropped{header: make(http.Header)})
	}
}

// dropped is an answer that nobody reads. It takes what is prepared, as the server does.
type dropped struct {
	header   http.Header
	prepared prepared.List
}

func (d *dropped) Prepared() *prepared.List { return &d.prepared }

func (d *dropped) Header() http.Header                { return d.header }
func (d *dropped) Write(text []byte) (n int, _ error) { return len(text), nil }
func (d *dropped) WriteHeader(int)                    {}

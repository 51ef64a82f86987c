package tests

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// cachingPair are two gateways before one mart, with one Redis.
type pair struct {
	*mart
	chronicle

	t        *testing.T
	gateways [2]*program
	redis    *redistest.Server
	client   *http.Client
	patrons  []*patron

	mu       sync.Mutex
	had      map[string]reply // what somebody was answered last, by who and what
	writing  sync.Map         // a lock for each record that is written
	beacon   int64
	observed tallyOfPair
}

// tallyOfPair is what was seen.
type tallyOfPair struct{ reads, stamps, writes, unchanged int }

// pairConfig is a gateway that keeps all that it may, with these lines below cache.
const pairConfig = `
server: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0", hosts: [shop.example]}
auth:
  anonymous: true
  issuers: [{tenant: [tenant], keys: {secret: "` + ownSecret + `"}}]
  api_keys: {keys: [{id: of-the-first, owner: "1", hashes: [{sha256: %q}]}]}
limits: {mode: "off"}
redis: {addresses: [%q], prefix: %q}
cache:
  redis: {enabled: true, timeout: 1s}
  purges: {%s}
rest:
  operations: %s
  routes:
    - {match: "GET /users/{id}", upstream: user, returns: User}
    - {match: "GET /users", upstream: user, returns: User, scopes: ["users:read"]}
    - {match: "PATCH /me", upstream: user, to: "/users/{identity.id}", as: updateProfile, returns: User}
    - {match: "GET /orders/{id}", upstream: order, returns: Order}
    - {match: "GET /orders", upstream: order, returns: Order}
    - {match: "PATCH /orders/{id}", upstream: order, accepts: [status], scopes: ["orders:write"], returns: Order}
    - {match: "GET /products/{id}", upstream: product, returns: Product}
    - {match: "GET /products", upstream: product, returns: Product}
    - {match: "PATCH /products/{id}", upstream: product, accepts: [stock], scopes: ["stock:write"], returns: Product}
    - {match: "POST /products", upstream: product, accepts: [stock], scopes: ["stock:write"], returns: Product}
    - {match: "GET /payments/{id}", upstream: payment, returns: Payment}
    - {match: "GET /files/{id}", upstream: file, raw: true}
    - {match: "PUT /files/{id}", upstream: file, raw: true, scopes: ["stock:write"]}
upstreams:
`

// calmly lets no failure of a service count for the next call.
const calmly = `retry: {max: 0}, breaker: {enabled: false}, endpoint_breaker: {enabled: false}, concurrency: {adaptive: false}, ` +
	`outlier: {consecutive_failures: 0, success_rate: {endpoints: 0}}, timeouts: {header: 10m, total: 10m}`

// pairYAML is the configuration of both.
func (p *pair) yaml(hash, prefix, purges, operations string) string {
	var yaml strings.Builder
	fmt.Fprintf(&yaml, pairConfig, hash, p.redis.Address, prefix, purges, operations)
	for _, kind := range sortedKinds() {
		single := ""
		if kind == demo.User || kind == demo.Product {
			single = fmt.Sprintf(`, single: "/%s/{id}"`, kinds[kind])
		}
		fmt.Fprintf(&yaml, "  %s: {urls: [%q], cache: {depends: %s, ttl: 1m%s}, %s}\n", kind, p.urls[kind], declared[kind], single, calmly)
	}
	return yaml.String()
}

// startPair runs them until the test ends, with these settings of purges.
func startPair(t *testing.T, purges string) *pair {
	t.Helper()
	return startPairApart(t, purges, "a:", "a:")
}

// startPairApart is startPair of two gateways that know each other only if they have the same prefix in Redis.
func startPairApart(t *testing.T, purges string, prefixes ...string) *pair {
	t.Helper()
	key, hash, err := apikey.Generate("of-the-first")
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{
		t: t, mart: openMart(t), redis: redistest.Start(t), had: make(map[string]reply), beacon: beacons,
		patrons: patronsBy(ownSecret, key), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}},
	}
	t.Cleanup(p.client.CloseIdleConnections)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go p.traffic.run(ctx)
	folder := operations(t, map[string]string{
		"shelf.graphql": `query Shelf($id: ID!) @endpoint(path: "/shelf/{id}") { product(id: $id) { name } }`,
		"desk.graphql":  `query Desk($id: ID!) @endpoint(path: "/desk/{id}") ` + deskQuery,
	})
	_, folder, _ = strings.Cut(strings.TrimSpace(folder), ": ")
	for i, prefix := range prefixes {
		p.gateways[i] = p.launch(t, p.yaml(hash, prefix, purges, folder))
	}
	for i := range p.at {
		p.learn(i, p.everything()...)
	}
	p.inTouch(2)
	return p
}

func (p *pair) launch(t *testing.T, yaml string) *program {
	t.Helper()
	log := new(lines)
	c, err := config.Parse([]byte(yaml), "test.yml", func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	obeyEnvironment(&c)
	leaveAtOnce(&c, yaml)
	g := launchWith(t, nil, c, telling(log))
	g.log = log
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		g.stop()
		if err := <-g.ended; err != nil {
			t.Errorf("the gateway ended with: %v", err)
		}
	})
	return g
}

// everything is what there is of all records.
func (m *mart) everything() (effects []effect) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at, g := range m.goods {
		if at.id < beacons {
			effects = append(effects, effect{ref: at, version: g.version})
		}
	}
	return effects
}

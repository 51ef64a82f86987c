package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// chain is several gateways before the same services, and one Redis.
type chain struct {
	redis    *redistest.Server
	services *demo.Services
	yaml     string
}

// startChain makes all ready but the gateways. On a busy machine, Redis is given time.
func startChain(t *testing.T, around ...wrap) *chain {
	t.Helper()
	c := &chain{redis: redistest.Start(t), services: keepingServices(t, append(around, forAll)...)}
	c.yaml = unlimited(shop()) + fmt.Sprintf("redis: {addresses: [%q]}\n", c.redis.Address)
	for _, each := range []string{"redis: {enabled: true, timeout: 1s, probe: 20ms}", "purges: {wait: 10s, bound: 30s, probe: 20ms}"} {
		c.yaml = with(c.yaml, "cache", each)
	}
	return c
}

// joins starts a gateway, and waits until it has heard of Redis.
func (c *chain) joins(t *testing.T) *program {
	t.Helper()
	p := startBefore(t, c.services, c.yaml)
	p.hears(t)
	return p
}

// hears waits until a gateway has heard of Redis.
func (p *program) hears(t *testing.T) {
	t.Helper()
	waitFor(t, func() string { return "Redis is not there: " + p.log.String() }, func() bool {
		return counted(t, p, "concierge_purges_in_touch") == 1 && counted(t, p, "concierge_cache_second_reachable") == 1
	})
}

func TestWhatOneInstanceFetchedAnotherNeedNotAskFor(t *testing.T) {
	t.Parallel()
	c := startChain(t)
	one := c.joins(t)
	reads := around7()
	answers := make(map[string]string)
	for name, each := range reads {
		answers[name] = withoutIDs(one.read(t, each))
	}
	one.written(t)
	other := c.joins(t)
	for _, each := range []string{ // Redis is asked for what is like something that was kept here
		"support { users(first: 1) { nodes { name } } }", "stranger { me { orders(first: 9) { nodes { id payment { id } } } } }", "stranger GET /v2/users/8/summary",
		"stranger { payment(id: 4993) { id order { items { product { id } } } } }",
	} {
		other.read(t, each)
	}
	for name, each := range reads {
		var got reply
		if asked := other.asking(func() { got = other.read(t, each) }); asked != "" || withoutIDs(got) != answers[name] {
			t.Errorf("%s is answered with %s, and services were asked %q", name, got.body, asked)
		}
	}
}

// written waits until all that a gateway keeps lies in Redis.
func (p *program) written(t *testing.T) {
	t.Helper()
	last := -1.0
	waitFor(t, func() string { return "Redis gets no end of it" }, func() bool {
		n := counted(t, p, `concierge_cache_second_writes_total{result="written"}`)
		done := n > 0 && n == last
		last = n
		return done
	})
}

func TestAWriteOnOneInstanceIsSeenOnAnother(t *testing.T) {
	t.Parallel()
	c := startChain(t)
	one, other := c.joins(t), c.joins(t)
	const read = "customer { me { phone } }"
	routes := []string{read, "customer GET /v2/users/7", "support GET /v2/users?ids=7,8", "support { users(first: 9) { nodes { phone } } }"}
	for i, by := range []*program{one, other, one} {
		for _, p := range []*program{one, other} {
			for _, each := range routes {
				p.read(t, each)
				if asked := p.asking(func() { p.read(t, each) }); asked != "" {
					t.Errorf("%s is not kept: services were asked %s", each, asked)
				}
			}
		}
		phone := fmt.Sprintf("+1 555 %d", 100+i)
		by.read(t, fmt.Sprintf("customer mutation { updateProfile(input: {phone: %q}) { user { phone } } }", phone))
		for _, p := range []*program{one, other} {
			for _, each := range routes {
				waitFor(t, func() string { return each + " is not seen" }, func() bool { return bytes.Contains(p.read(t, each).body, []byte(phone)) })
			}
		}
	}
	fresh := c.joins(t) // which finds nothing old in Redis
	for _, each := range routes {
		if r := fresh.read(t, each); !bytes.Contains(r.body, []byte("+1 555 102")) {
			t.Errorf("a new instance answers %s with %s", each, r.body)
		}
	}
}

// What one instance was fetching when another wrote is kept by neither, nor found by a third.
func TestWhatWasBeingFetchedElsewhereWhenItWasWrittenIsNotKept(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]string{"an operation": "customer { me { phone } }", "a route": "customer GET /v2/users/7"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			brake := newBrake(demo.User, func(r *http.Request) bool { return r.Method == http.MethodGet })
			c := startChain(t, brake.wrap)
			c.yaml = patient(c.yaml)
			one, other := c.joins(t), c.joins(t)
			before := make(chan reply, 1)
			go func() { before <- other.read(t, read) }()
			brake.await(t, 1)
			one.read(t, `customer mutation { updateProfile(input: {phone: "+1 555 10"}) { userErrors { code } } }`)
			waitFor(t, func() string { return "the write is not heard of" }, func() bool {
				return counted(t, other, `concierge_purges_total{source="shared"}`) > 0
			})
			brake.release()
			if r := <-before; bytes.Contains(r.body, []byte("+1 555 10")) {
				t.Errorf("who asked before is answered with %s", r.body)
			}
			for _, p := range []*program{other, one, c.joins(t)} {
				if r := p.read(t, read); !bytes.Contains(r.body, []byte("+1 555 10")) {
					t.Errorf("then it is answered with %s", r.body)
				}
			}
		})
	}
}

func TestAPurgeOnOneInstanceIsOneOnAll(t *testing.T) {
	t.Parallel()
	c := startChain(t)
	one, other := c.joins(t), c.joins(t)
	for what, reads := range map[string][]string{
		`{"type": "Product", "id": "2"}`:                 {"customer { product(id: 2) { stock } }", "customer GET /v2/products/2"},
		`{"upstream": "product", "path": "/products/2"}`: {"customer GET /v2/products/2"},
		`{"upstream": "product"}`:                        {"customer { product(id: 2) { stock } }", "customer GET /v2/products/2"},
		`{"all": true}`:                                  {"customer { product(id: 2) { stock } }", "customer GET /v2/products/2", "customer GET /v2/products?ids=2"},
	} {
		for _, each := range reads {
			one.read(t, each)
			other.read(t, each)
		}
		stock := 8000 + len(one.services.Calls())
		one.change(t, demo.Product, "/products/2", fmt.Sprintf(`{"stock": %d}`, stock))
		one.purge(t, what)
		for _, each := range reads {
			if r := one.read(t, each); !bytes.Contains(r.body, fmt.Append(nil, stock)) {
				t.Errorf("after %s, %s is answered with %s", what, each, r.body)
			}
			waitFor(t, func() string { return fmt.Sprintf("%s is not seen elsewhere, by %s", what, each) }, func() bool {
				return bytes.Contains(other.read(t, each).body, fmt.Append(nil, stock))
			})
		}
	}
}

func TestRequestsGoOnWithoutRedis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ gone, back func(*redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Start}, "hung": {(*redistest.Server).Hang, (*redistest.Server).Continue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startChain(t)
			s.yaml = strings.Replace(s.yaml, "purges: {wait: 10s, bound: 30s", "purges: {wait: 10s, bound: 200ms", 1)
			one, other := s.joins(t), s.joins(t)
			const read = "customer { me { phone } }"
			one.read(t, read)
			other.read(t, read)
			c.gone(s.redis)
			for _, p := range []*program{one, other} {
				waitFor(t, func() string { return "nobody misses Redis: " + p.log.String() }, func() bool { return counted(t, p, "concierge_purges_in_touch") == 0 })
			}
			began := time.Now()
			for i := range 20 {
				for _, p := range []*program{one, other} {
					if r := p.read(t, fmt.Sprintf("support { product(id: %d) { name } user(id: %d) { name } }", i+1, i+1)); bytes.Contains(r.body, []byte("errors")) || !bytes.Contains(r.body, []byte(`"product":{`)) {
						t.Errorf("without Redis, it is answered with %s", r.body)
					}
				}
				one.read(t, fmt.Sprintf("customer mutation { updateProfile(input: {phone: \"+1 555 %d\"}) { user { phone } } }", i))
				if r := one.read(t, read); !bytes.Contains(r.body, fmt.Appendf(nil, `+1 555 %d"`, i)) {
					t.Errorf("without Redis, it is answered after a write with %s", r.body)
				}
			}
			if took := time.Since(began); took > 2*time.Minute { // 20 writes that each waited would take longer
				t.Errorf("without Redis, requests took %v", took)
			}
			waitFor(t, func() string { return "what another instance wrote is not seen though nothing may be used for so long" }, func() bool {
				return bytes.Contains(other.read(t, read).body, []byte(`+1 555 19"`))
			})
			c.back(s.redis)
			for _, p := range []*program{one, other} {
				p.hears(t)
			}
			one.read(t, `customer mutation { updateProfile(input: {phone: "+1 555 99"}) { user { phone } } }`)
			waitFor(t, func() string { return "a write is not seen when Redis is back" }, func() bool {
				return bytes.Contains(other.read(t, read).body, []byte(`+1 555 99"`))
			})
		})
	}
}

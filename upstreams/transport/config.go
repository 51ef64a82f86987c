package transport

import (
	"fmt"
	"net/url"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/discovery"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
	"github.com/concierge-gateway/concierge/upstreams/transport/trust"
)

// Config says where one service is, how long to wait for it, and what happens when it is unwell.
type Config struct {
	// URLs are the service's endpoints: http or https, with an optional base path. A host name stands for all addresses that it
	// has, each an endpoint of its own.
	URLs []string `yaml:"urls"`
	// Protocol is which versions of HTTP are spoken: auto is HTTP/2 where an https endpoint offers it, else HTTP/1.1; http1 is
	// HTTP/1.1 alone; h2c is HTTP/2 without TLS, for http URLs.
	Protocol Protocol `yaml:"protocol"`
	// TLS says how https endpoints prove who they are, those of fallback.urls too, and how the gateway does.
	TLS trust.Config `yaml:"tls"`
	// Timeouts bound each call.
	Timeouts Timeouts `yaml:"timeouts"`
	// Routes give some calls times of their own.
	Routes []Route `yaml:"routes"`
	// MaxIdleConns is how many unused connections are kept ready for each endpoint.
	MaxIdleConns int `yaml:"max_idle_conns"`
	// DNS is how host names are looked up, again and again.
	DNS discovery.Config `yaml:"dns"`
	// Balance chooses the endpoint of each attempt.
	Balance balancer.Balance `yaml:"balance"`
	// Health asks the endpoints how they are.
	Health balancer.Health `yaml:"health"`
	// Outlier takes endpoints out that fail more than the others.
	Outlier balancer.Outlier `yaml:"outlier"`
	// Retry says which failed calls are tried again.
	Retry retry.Config `yaml:"retry"`
	// Hedge asks twice where the first answer is slow.
	Hedge retry.Hedge `yaml:"hedge"`
	// Breaker stops calls to the service while most of them fail. It counts calls, with all of their attempts.
	Breaker breaker.Config `yaml:"breaker"`
	// EndpointBreaker is the same for each endpoint by itself. It counts attempts.
	EndpointBreaker breaker.Config `yaml:"endpoint_breaker"`
	// Concurrency bounds the attempts that are under way at the same time.
	Concurrency limit.Config `yaml:"concurrency"`
	// Fallback answers in the place of the service.
	Fallback fallback.Config `yaml:"fallback"`
	// Cache is what of the service's answers is kept, for whom and for how long.
	Cache cache.Config `yaml:"cache"`
}

// Timeouts bound one call to a service.
type Timeouts struct {
	// Connect bounds making a connection, the TLS handshake included.
	Connect time.Duration `yaml:"connect"`
	// Header bounds the wait for the answer's first byte.
	Header time.Duration `yaml:"header"`
	// Try bounds one attempt of a call that can be repeated. 0s divides the time that is left by the attempts that are left.
	Try time.Duration `yaml:"try"`
	// Total bounds the call from its start to the last byte of the body, all attempts and waits included.
	Total time.Duration `yaml:"total"`
	// Idle closes a connection that nobody used for so long. Keep it below the service's own.
	Idle time.Duration `yaml:"idle"`
}

// Route gives the calls of a pattern times of their own.
type Route struct {
	// Match says which calls, such as POST /orders or GET /users/{id}. The most specific entry counts.
	Match string `yaml:"match"`
	// Header is timeouts.header for these calls. Beside a total of their own, they have none unless it is given.
	Header time.Duration `yaml:"header"`
	// Try is timeouts.try for these calls.
	Try time.Duration `yaml:"try"`
	// Total is timeouts.total for these calls.
	Total time.Duration `yaml:"total"`
}

// DefaultConfig waits as long as a person would. It has no URLs: those must be given.
func DefaultConfig() Config {
	balance := balancer.DefaultConfig()
	endpointBreaker := breaker.DefaultConfig()
	endpointBreaker.Ramp = 0 // an endpoint that returns starts slowly by its weight
	return Config{
		Protocol: Auto,
		TLS:      trust.DefaultConfig(),
		Timeouts: Timeouts{
			Connect: time.Second,
			Header:  5 * time.Second,
			Total:   10 * time.Second,
			Idle:    4 * time.Second, // services close theirs after 5s at the least: Node.js and uvicorn do
		},
		MaxIdleConns:    256,
		DNS:             discovery.DefaultConfig(),
		Balance:         balance.Balance,
		Health:          balance.Health,
		Outlier:         balance.Outlier,
		Retry:           retry.DefaultConfig(),
		Hedge:           retry.DefaultHedge(),
		Breaker:         breaker.DefaultConfig(),
		EndpointBreaker: endpointBreaker,
		Concurrency:     limit.DefaultConfig(),
		Cache:           cache.DefaultConfig(),
	}
}

// Validate reports URLs that no call could reach, and settings that make no sense or contradict each other.
func (c Config) Validate(fail func(path, message string)) {
	if len(c.URLs) == 0 {
		fail("urls", "must list at least one base URL")
	}
	validateURLs(c.URLs, below("urls", fail))
	c.validateProtocol(fail)
	c.Timeouts.validate(below("timeouts.", fail))
	c.validateRoutes(fail)
	if c.MaxIdleConns < 1 || c.MaxIdleConns > 100_000 {
		fail("max_idle_conns", "must lie between 1 and 100000")
	}
	c.DNS.Validate(below("dns.", fail))
	c.Balance.Validate(below("balance.", fail))
	c.Balance.ValidateWeights(len(c.URLs), below("balance.", fail))
	c.Health.Validate(below("health.", fail))
	c.Outlier.Validate(below("outlier.", fail))
	c.Retry.Validate(below("retry.", fail))
	c.Hedge.Validate(below("hedge.", fail))
	c.validateBreaker(c.Breaker, below("breaker.", fail))
	c.validateBreaker(c.EndpointBreaker, below("endpoint_breaker.", fail))
	c.Concurrency.Validate(below("concurrency.", fail))
	c.Fallback.Validate(below("fallback.", fail))
	validateURLs(c.Fallback.URLs, below("fallback.urls", fail))
	c.Cache.Validate(below("cache.", fail))
}

// below puts the beginning of a path before those that are reported.
func below(parent string, fail func(path, message string)) func(path, message string) {
	return func(path, message string) { fail(parent+path, message) }
}

func validateURLs(urls []string, fail func(path, message string)) {
	seen := make(map[string]int)
	for i, raw := range urls {
		path := fmt.Sprintf("[%d]", i)
		if message := urlMistake(raw); message != "" {
			fail(path, message)
		}
		if first, ok := seen[raw]; ok {
			fail(path, fmt.Sprintf("repeats urls[%d]", first))
			continue
		}
		seen[raw] = i
	}
}

func urlMistake(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "must start with http:// or https://"
	case u.Hostname() == "":
		return "names no host"
	case u.RawQuery != "" || u.Fragment != "":
		return "must have neither query nor fragment"
	case u.User != nil:
		return "must not carry a user name or password"
	}
	return ""
}

func (t Timeouts) validate(fail func(path, message string)) {
	for _, each := range []struct {
		path string
		d    time.Duration
	}{{"connect", t.Connect}, {"header", t.Header}, {"total", t.Total}, {"idle", t.Idle}} {
		if each.d <= 0 {
			fail(each.path, "must be longer than 0s")
		}
	}
	if t.Try < 0 {
		fail("try", "must not be negative")
	}
	for _, each := range []struct {
		path string
		d    time.Duration
	}{{"header", t.Header}, {"connect", t.Connect}, {"try", t.Try}} {
		if t.Total > 0 && each.d > t.Total {
			fail(each.path, "is longer than timeouts.total, so it could never end a call")
		}
	}
}

func (c Config) validateBreaker(b breaker.Config, fail func(path, message string)) {
	b.Validate(fail)
	if b.SlowRate > 0 && c.Timeouts.Total > 0 && b.SlowAfter > c.Timeouts.Total {
		fail("slow_after", "is longer than timeouts.total, so no call could be slow")
	}
}

func (c Config) validateRoutes(fail func(path, message string)) {
	var table route.Table[Route]
	for i, each := range c.Routes {
		within := below(fmt.Sprintf("routes[%d].", i), fail)
		if err := table.Add(each.Match, each); err != nil {
			within("match", "is no pattern of a call: "+err.Error())
		}
		total := each.over(c.Timeouts).Total
		for _, limit := range []struct {
			path string
			d    time.Duration
		}{{"header", each.Header}, {"try", each.Try}, {"total", each.Total}} {
			switch {
			case limit.d < 0:
				within(limit.path, "must not be negative")
			case total > 0 && limit.d > total:
				within(limit.path, "is longer than the call may take in all")
			}
		}
	}
}

// over are the times of a route's calls: its own where it has them, else the service's.
func (r Route) over(t Timeouts) retry.Timeouts {
	times := retry.Timeouts{Header: t.Header, Try: t.Try, Total: t.Total}
	if r.Total > 0 {
		times.Total, times.Header = r.Total, 0
	}
	if r.Header > 0 {
		times.Header = r.Header
	}
	if r.Try > 0 {
		times.Try = r.Try
	}
	times.Try = min(times.Try, times.Total)
	return times
}

package balancer

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// Config says how attempts are spread over a service's endpoints, and which of those are left out.
type Config struct {
	// Balance chooses the endpoint of each attempt.
	Balance Balance `yaml:"balance"`
	// Outlier takes out endpoints that fail more than the others.
	Outlier Outlier `yaml:"outlier"`
	// Health asks the endpoints how they are.
	Health Health `yaml:"health"`
	// Breaker stops attempts on an endpoint while most of them fail.
	Breaker breaker.Config `yaml:"breaker"`
}

// Balance chooses among the endpoints that are usable.
type Balance struct {
	// Policy is p2c (of two at random, the one with the lower cost), round_robin (one after the other) or hash (the same caller to
	// the same endpoint).
	Policy Policy `yaml:"policy"`
	// Hash says what the policy hash goes by.
	Hash Hash `yaml:"hash"`
	// Weights are the endpoints' shares, one for each of the urls in their order: with [2, 1], the first gets two calls of three.
	// An endpoint that a host name stands for has the weight of its URL. Empty means equal shares.
	Weights []int `yaml:"weights"`
	// SlowStart is how long an endpoint that comes back, or that is new, takes to get its whole share: from a tenth at first,
	// evenly. 0 gives it all at once.
	SlowStart time.Duration `yaml:"slow_start"`
}

// Policy is how one of several endpoints is chosen.
type Policy string

// The policies.
const (
	PowerOfTwo Policy = "p2c"
	RoundRobin Policy = "round_robin"
	ByHash     Policy = "hash"
)

// Hash says what calls have in common that go to the same endpoint. Calls without it go by the policy p2c.
type Hash struct {
	// Header is the request header whose value is hashed.
	Header string `yaml:"header"`
	// Cookie is the cookie whose value is hashed.
	Cookie string `yaml:"cookie"`
	// Principal hashes who calls, as their token says.
	Principal bool `yaml:"principal"`
	// Load is how many calls an endpoint may work on at the same time, in percent of its fair share. Calls beyond that go to the
	// next endpoint by the hash.
	Load int `yaml:"load"`
}

// Outlier takes out endpoints whose answers are worse than those of the others, for a while. Only calls are watched, so that it
// works with every service.
type Outlier struct {
	// ConsecutiveFailures is after how many failures without a success between them an endpoint is ejected. 0 turns this off.
	ConsecutiveFailures int `yaml:"consecutive_failures"`
	// SuccessRate ejects endpoints that fail more often than the others.
	SuccessRate SuccessRate `yaml:"success_rate"`
	// Interval is how often success rates are compared, and after how long without an ejection the next one is shorter again.
	Interval time.Duration `yaml:"interval"`
	// EjectionTime is how long an endpoint is out the first time. It grows by the same time with each ejection.
	EjectionTime time.Duration `yaml:"ejection_time"`
	// MaxEjectionTime bounds that time.
	MaxEjectionTime time.Duration `yaml:"max_ejection_time"`
	// MaxEjected is how many of the endpoints may be out at the same time, in percent: but one in any case, and never the last. 0
	// ejects none.
	MaxEjected int `yaml:"max_ejected"`
	// Panic is the share of the endpoints, in percent, that must be usable. When it is fewer, ejections and health checks are
	// ignored, since the rest could not carry the load. 0 never ignores them.
	Panic int `yaml:"panic"`
}

// SuccessRate ejects endpoints whose part of calls that succeed lies far below the mean: by 1.9 standard deviations, and by
// five percent at least.
type SuccessRate struct {
	// Endpoints is how many endpoints must have had enough calls for a comparison. 0 compares none.
	Endpoints int `yaml:"endpoints"`
	// Calls is how many calls in an interval are enough.
	Calls int `yaml:"calls"`
}

// Health asks each endpoint regularly how it is. It is off until there is a path, because not every service has one, and a
// service without one would seem to be down.
type Health struct {
	// Path is what is asked for with GET, below the endpoint's base URL, such as /health. Empty asks for nothing.
	Path string `yaml:"path"`
	// Interval is the time between two checks of an endpoint.
	Interval time.Duration `yaml:"interval"`
	// Timeout bounds one check.
	Timeout time.Duration `yaml:"timeout"`
	// Jitter is by how much the interval differs at random, in percent, so that several gateways do not check together.
	Jitter int `yaml:"jitter"`
	// Healthy is after how many passed checks in a row an unhealthy endpoint is healthy again.
	Healthy int `yaml:"healthy"`
	// Unhealthy is after how many failed checks in a row an endpoint is unhealthy.
	Unhealthy int `yaml:"unhealthy"`
	// Statuses are the answers that pass.
	Statuses []int `yaml:"statuses"`
}

// DefaultConfig prefers endpoints that answer quickly, takes out those that fail, and checks nothing by itself. Its breaker has
// no ramp of its own: an endpoint whose breaker closes starts slowly.
func DefaultConfig() Config {
	endpoints := breaker.DefaultConfig()
	endpoints.Ramp = 0
	return Config{
		Balance: Balance{Policy: PowerOfTwo, Hash: Hash{Load: 125}, SlowStart: 30 * time.Second},
		Outlier: Outlier{
			ConsecutiveFailures: 5,
			SuccessRate:         SuccessRate{Endpoints: 5, Calls: 100},
			Interval:            10 * time.Second,
			EjectionTime:        30 * time.Second,
			MaxEjectionTime:     5 * time.Minute,
			MaxEjected:          50,
			Panic:               50,
		},
		Health: Health{
			Interval:  10 * time.Second,
			Timeout:   time.Second,
			Jitter:    10,
			Healthy:   2,
			Unhealthy: 3,
			Statuses:  []int{http.StatusOK},
		},
		Breaker: endpoints,
	}
}

// Validate reports a policy that does not exist or that has nothing to go by.
func (b Balance) Validate(fail func(path, message string)) {
	switch b.Policy {
	case PowerOfTwo, RoundRobin, ByHash:
	default:
		fail("policy", "must be p2c, round_robin or hash")
	}
	b.validateHash(fail)
	for i, weight := range b.Weights {
		if weight < 1 || weight > 1000 {
			fail(fmt.Sprintf("weights[%d]", i), "must lie between 1 and 1000")
		}
	}
	if b.SlowStart < 0 {
		fail("slow_start", "must not be negative")
	}
}

func (b Balance) validateHash(fail func(path, message string)) {
	keys := 0
	for _, given := range []bool{b.Hash.Header != "", b.Hash.Cookie != "", b.Hash.Principal} {
		if given {
			keys++
		}
	}
	switch {
	case b.Policy == ByHash && keys != 1:
		fail("hash", "must have one of header, cookie and principal for policy: hash")
	case b.Policy != ByHash && keys > 0:
		fail("hash", "has no effect without policy: hash")
	}
	if b.Hash.Load < 100 || b.Hash.Load > 1000 {
		fail("hash.load", "must lie between 100 and 1000 percent")
	}
}

// ValidateWeights reports weights that are not one for each of so many urls.
func (b Balance) ValidateWeights(urls int, fail func(path, message string)) {
	if len(b.Weights) != 0 && len(b.Weights) != urls {
		fail("weights", fmt.Sprintf("must be as many as the urls, which are %d", urls))
	}
}

// Validate reports settings by which nothing could be ejected, or nothing come back.
func (o Outlier) Validate(fail func(path, message string)) {
	if o.ConsecutiveFailures < 0 || o.ConsecutiveFailures > 10_000 {
		fail("consecutive_failures", "must lie between 0 and 10000")
	}
	if o.SuccessRate.Endpoints < 0 || o.SuccessRate.Endpoints > 10_000 {
		fail("success_rate.endpoints", "must lie between 0 and 10000")
	}
	if o.SuccessRate.Calls < 1 || o.SuccessRate.Calls > 1_000_000 {
		fail("success_rate.calls", "must lie between 1 and 1000000")
	}
	if o.Interval < time.Second {
		fail("interval", "must be at least 1s")
	}
	if o.EjectionTime <= 0 {
		fail("ejection_time", "must be longer than 0s")
	}
	if o.MaxEjectionTime < o.EjectionTime {
		fail("max_ejection_time", "is shorter than ejection_time")
	}
	if o.MaxEjected < 0 || o.MaxEjected > 100 {
		fail("max_ejected", "must lie between 0 and 100 percent")
	}
	if o.Panic < 0 || o.Panic > 100 {
		fail("panic", "must lie between 0 and 100 percent")
	}
}

// Validate reports checks that could not be made or never pass.
func (h Health) Validate(fail func(path, message string)) {
	if h.Path != "" && !isPath(h.Path) {
		fail("path", "must begin with / and be a path, such as /health")
	}
	if h.Interval <= 0 {
		fail("interval", "must be longer than 0s")
	}
	switch {
	case h.Timeout <= 0:
		fail("timeout", "must be longer than 0s")
	case h.Timeout > h.Interval && h.Interval > 0:
		fail("timeout", "is longer than interval")
	}
	if h.Jitter < 0 || h.Jitter > 100 {
		fail("jitter", "must lie between 0 and 100 percent")
	}
	if h.Healthy < 1 || h.Healthy > 100 {
		fail("healthy", "must lie between 1 and 100")
	}
	if h.Unhealthy < 1 || h.Unhealthy > 100 {
		fail("unhealthy", "must lie between 1 and 100")
	}
	h.validateStatuses(fail)
}

func (h Health) validateStatuses(fail func(path, message string)) {
	if len(h.Statuses) == 0 {
		fail("statuses", "must list at least one status, or no check could pass")
	}
	for i, status := range h.Statuses {
		path := fmt.Sprintf("statuses[%d]", i)
		switch {
		case status < 200 || status > 599:
			fail(path, "must lie between 200 and 599")
		case slices.Index(h.Statuses, status) < i:
			fail(path, "is listed twice")
		}
	}
}

func isPath(text string) bool {
	u, err := url.ParseRequestURI(text)
	return err == nil && u.Host == "" && text[0] == '/' && text[:min(2, len(text))] != "//"
}

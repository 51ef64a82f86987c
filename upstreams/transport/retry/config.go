package retry

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Config says which failed calls are tried again. Only what may be repeated is: GET, HEAD, OPTIONS, TRACE, PUT and DELETE
// (RFC 9110, section 9.2.2), what the service promises to do once by its Idempotency-Key, and whatever was never sent.
type Config struct {
	// Max is how many attempts may follow the first. 0 turns retries off.
	Max int `yaml:"max"`
	// Statuses are the answers that are tried again, beside no answer at all. 429 is one where it says Retry-After.
	Statuses []int `yaml:"statuses"`
	// Backoff bounds the wait before the first retry; it doubles with each. The wait is a random part of it, so that the callers
	// of one failure do not come back together. A call that never got through to its endpoint goes to another at once.
	Backoff time.Duration `yaml:"backoff"`
	// MaxBackoff bounds that wait, and how long a service's own Retry-After is waited for.
	MaxBackoff time.Duration `yaml:"max_backoff"`
	// Budget is how many retries and hedges there may be, in percent of the calls of the last ten seconds.
	Budget int `yaml:"budget"`
	// BudgetFloor is how many there may be in any case, in a second on average: without it, a quiet service would have none.
	BudgetFloor int `yaml:"budget_floor"`
	// IdempotencyKeys says that the service does the same work once for one Idempotency-Key. Writes that carry one are then tried
	// again; otherwise the header is not sent on.
	IdempotencyKeys bool `yaml:"idempotency_keys"`
}

// Hedge sends a second attempt while the first is still out, and takes what comes first. It is for reads alone, and its attempts
// are taken from the retries' budget.
type Hedge struct {
	// Enabled turns it on.
	Enabled bool `yaml:"enabled"`
	// Percentile is after how long a second attempt goes out: when that many in a hundred of the last calls had been answered.
	Percentile int `yaml:"percentile"`
}

// Timeouts bound a call and its attempts.
type Timeouts struct {
	// Header bounds an attempt's wait for the answer's first byte. Where the request's body streams, it begins with the body's
	// end. 0 leaves it to the others.
	Header time.Duration
	// Try bounds one attempt. 0 divides what is left of Total by the attempts that are left.
	Try time.Duration
	// Total bounds the call, its waits included. 0 leaves it to the others.
	Total time.Duration
}

// endless is as long as a call may take that has no Total.
const endless = 365 * 24 * time.Hour

func (t Timeouts) total() time.Duration {
	if t.Total > 0 {
		return t.Total
	}
	return endless
}

// DefaultConfig tries twice more, and takes a fifth more load in an outage.
func DefaultConfig() Config {
	return Config{
		Max: 2,
		Statuses: []int{
			http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
		},
		Backoff:     25 * time.Millisecond,
		MaxBackoff:  time.Second,
		Budget:      20,
		BudgetFloor: 10,
	}
}

// DefaultHedge is off: it costs load that only the owner of the service can say is there to spend.
func DefaultHedge() Hedge { return Hedge{Percentile: 95} }

// Validate reports settings by which retries would make an outage worse.
func (c Config) Validate(fail func(path, message string)) {
	if c.Max < 0 || c.Max > 10 {
		fail("max", "must lie between 0 and 10")
	}
	for i, status := range c.Statuses {
		path := fmt.Sprintf("statuses[%d]", i)
		switch {
		case status < 500 || status > 599:
			fail(path, "must lie between 500 and 599: other answers are the caller's to act on")
		case slices.Index(c.Statuses, status) < i:
			fail(path, "is listed twice")
		}
	}
	if c.Backoff <= 0 {
		fail("backoff", "must be longer than 0s")
	}
	if c.MaxBackoff < c.Backoff {
		fail("max_backoff", "is shorter than backoff")
	}
	if c.Budget < 0 || c.Budget > 100 {
		fail("budget", "must lie between 0 and 100 percent")
	}
	if c.BudgetFloor < 0 || c.BudgetFloor > 10_000 {
		fail("budget_floor", "must lie between 0 and 10000")
	}
}

// Validate reports a percentile that no latency has.
func (h Hedge) Validate(fail func(path, message string)) {
	if h.Percentile < 50 || h.Percentile > 99 {
		fail("percentile", "must lie between 50 and 99")
	}
}

package tracing

import "fmt"

// Config says which requests are recorded, and how much of them.
type Config struct {
	// Sample is the share of requests that are recorded, from 0 to 1, of those about which no caller decides.
	Sample float64 `yaml:"sample"`
	// TrustParent says whose trace a request belongs to, and whose decision to record it is followed: never, proxies or always. Who
	// is not trusted gets a trace of the gateway's own, with a link to the caller's. proxies are those of server.trusted_proxies:
	// they must not hand on what strangers sent them.
	TrustParent Trust `yaml:"trust_parent"`
	// MaxTraces is how many traces are begun in a second at most. Further requests are not recorded.
	MaxTraces int `yaml:"max_traces"`
	// MaxSpans is how many spans one trace has at most.
	MaxSpans int `yaml:"max_spans"`
	// TraceResponse tells callers the id of a trace that is recorded, in the header field Traceresponse.
	TraceResponse bool `yaml:"traceresponse"`
}

// Trust is whose traces are continued.
type Trust string

// Whose they can be.
const (
	TrustNobody  Trust = "never"
	TrustProxies Trust = "proxies"
	TrustAll     Trust = "always"
)

// DefaultConfig records one request of a hundred, and lets no caller decide.
func DefaultConfig() Config {
	return Config{Sample: 0.01, TrustParent: TrustNobody, MaxTraces: 100, MaxSpans: 500}
}

// The greatest bounds that can be set.
const (
	mostTraces = 100_000
	mostSpans  = 10_000
)

// Validate reports what cannot be.
func (c Config) Validate(fail func(path, message string)) {
	if !(c.Sample >= 0 && c.Sample <= 1) { // also what is no number
		fail("sample", "must be from 0 to 1")
	}
	switch c.TrustParent {
	case TrustNobody, TrustProxies, TrustAll:
	default:
		fail("trust_parent", "must be never, proxies or always")
	}
	if c.MaxTraces < 1 || c.MaxTraces > mostTraces {
		fail("max_traces", fmt.Sprintf("must be from 1 to %d", mostTraces))
	}
	if c.MaxSpans < 1 || c.MaxSpans > mostSpans {
		fail("max_spans", fmt.Sprintf("must be from 1 to %d", mostSpans))
	}
}

package config

import (
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/tracing/otlp"
)

// Tracing says which requests are recorded, and where that is sent.
type Tracing struct {
	// Sending is where traces are sent.
	Sending otlp.Config `yaml:",inline"`
	// Recording is which requests are recorded.
	Recording tracing.Config `yaml:",inline"`
}

func defaultTracing() Tracing {
	return Tracing{Sending: otlp.DefaultConfig(), Recording: tracing.DefaultConfig()}
}

// Validate reports what cannot be.
func (t Tracing) Validate(fail func(path, message string)) {
	t.Sending.Validate(fail)
	t.Recording.Validate(fail)
}

package gateway

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/ratelimit/shared"
	"github.com/concierge-gateway/concierge/redis"
)

// counters are where limits count: in this process, or in Redis.
type counters struct {
	ratelimit.Store

	shared *shared.Store // the same, nil without Redis
}

// openCounters counts in Redis where there is one.
func openCounters(c config.Config, client *redis.Client, registry prometheus.Registerer, log *slog.Logger) *counters {
	local := memory.New(c.Limits.Memory, nil)
	memory.Watch(registry, local)
	if client == nil {
		return &counters{Store: local}
	}
	together := shared.New(c.Limits.Shared, client, local, registry, log)
	return &counters{Store: together, shared: together}
}

// within is how long a request waits for them.
func (s *counters) within(c config.Config) time.Duration {
	if s.shared == nil {
		return 0
	}
	return c.Limits.Shared.Timeout
}

// Run keeps in touch with Redis until ctx ends.
func (s *counters) Run(ctx context.Context) {
	if s.shared != nil {
		s.shared.Run(ctx)
	}
}

// Close ends what Redis is being asked. What was taken ahead is given back by Run, at its end.
func (s *counters) Close() {
	if s.shared != nil {
		s.shared.Close()
	}
}

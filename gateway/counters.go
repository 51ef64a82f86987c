package gateway

import (
	"context"
	"log/slog"

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
	redis  *redis.Client // nil without Redis
}

func openCounters(c config.Config, registry prometheus.Registerer, log *slog.Logger) (*counters, error) {
	local := memory.New(c.Limits.Memory, nil)
	memory.Watch(registry, local)
	if !c.Redis.Enabled() {
		return &counters{Store: local}, nil
	}
	client, err := redis.Open(c.Redis)
	if err != nil {
		return nil, err
	}
	together := shared.New(c.Limits.Shared, client, local, registry, log)
	return &counters{Store: together, shared: together, redis: client}, nil
}

// Run keeps in touch with Redis until ctx ends.
func (s *counters) Run(ctx context.Context) {
	if s.shared != nil {
		s.shared.Run(ctx)
	}
}

// Close ends what Redis is being asked, and the connections to it. What was taken ahead is given back by Run, at its end.
func (s *counters) Close() {
	if s.shared != nil {
		s.shared.Close()
		s.redis.Close()
	}
}

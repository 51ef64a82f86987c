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
	local  *memory.Store
	shared *shared.Store // nil without Redis
	redis  *redis.Client // nil without Redis
}

func openCounters(c config.Config, registry prometheus.Registerer, log *slog.Logger) (*counters, error) {
	opened := &counters{local: memory.New(c.Limits.Memory, nil)}
	memory.Watch(registry, opened.local)
	if !c.Redis.Enabled() {
		return opened, nil
	}
	client, err := redis.Open(c.Redis)
	if err != nil {
		return nil, err
	}
	opened.redis = client
	opened.shared = shared.New(c.Limits.Shared, client, opened.local, registry, log)
	return opened, nil
}

func (s *counters) store() ratelimit.Store { //nolint:ireturn // it is one of two
	if s.shared != nil {
		return s.shared
	}
	return s.local
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

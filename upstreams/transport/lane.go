package transport

import (
	"context"
	"log/slog"

	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
)

// lane is the way to the endpoints of one service, in as many attempts as it takes.
type lane struct {
	attempts  *retry.Transport
	limiter   *limit.Limiter
	endpoints *endpoints
}

func openLane(service string, config Config, connect connect, metrics *Metrics, log *slog.Logger) (*lane, error) {
	endpoints, err := newEndpoints(service, config, connect, metrics, log)
	if err != nil {
		return nil, err
	}
	return &lane{
		attempts:  retry.New(service, config.Retry, config.Hedge, endpoints.pool.Others, metrics.retry),
		limiter:   limit.New(service, config.Concurrency, metrics.limit, log.With("service", service)),
		endpoints: endpoints,
	}, nil
}

// openBackup is the lane to the service that answers in the place of another, nil where there is none. It is called as the other
// is, by its own budget and limit.
func openBackup(service string, config Config, connect connect, metrics *Metrics, log *slog.Logger) (*lane, error) {
	if len(config.Fallback.URLs) == 0 {
		return nil, nil
	}
	config.URLs, config.Balance.Weights, config.Hedge.Enabled = config.Fallback.URLs, nil, false
	return openLane(service+"-fallback", config, connect, metrics, log)
}

func (l *lane) run(ctx context.Context) {
	if l != nil {
		l.endpoints.run(ctx)
	}
}

func (l *lane) close() {
	if l != nil {
		l.endpoints.pool.Close()
	}
}

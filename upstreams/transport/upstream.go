package transport

import (
	"context"
	"log/slog"

	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
)

// upstream is a service behind the gateway, as far as attempts are made at it: its endpoints, and what all attempts share.
type upstream struct {
	attempts  *retry.Transport
	limiter   *limit.Limiter
	endpoints *endpoints
}

func openUpstream(service string, config Config, connect connect, metrics *Metrics, log *slog.Logger) (*upstream, error) {
	endpoints, err := newEndpoints(service, config, connect, metrics, log)
	if err != nil {
		return nil, err
	}
	return &upstream{
		attempts:  retry.New(service, config.Retry, config.Hedge, endpoints.pool.Others, metrics.retry),
		limiter:   limit.New(service, config.Concurrency, metrics.limit, log.With("service", service)),
		endpoints: endpoints,
	}, nil
}

// openBackup is the service that answers in the place of another, nil where there is none. It is called as the other
// is, by its own budget and limit.
func openBackup(service string, config Config, connect connect, metrics *Metrics, log *slog.Logger) (*upstream, error) {
	if len(config.Fallback.URLs) == 0 {
		return nil, nil
	}
	config.URLs, config.Balance.Weights, config.Hedge.Enabled = config.Fallback.URLs, nil, false
	return openUpstream(service+"-fallback", config, connect, metrics, log)
}

func (u *upstream) run(ctx context.Context) {
	if u != nil {
		u.endpoints.run(ctx)
	}
}

func (u *upstream) close() {
	if u != nil {
		u.endpoints.pool.Close()
		u.attempts.Close()
	}
}

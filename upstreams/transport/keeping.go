package transport

import (
	"fmt"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// Keeping is the same way to the service, with the same connections, breakers and limits, but another cache. Whoever has opened
// the way runs and closes it.
func (t *Transport) Keeping(config cache.Config, site *cache.Site) (*Transport, error) {
	other := *t
	var err error
	other.cache, err = cache.New(t.name, config, site, cache.Calls{
		Total: func(req *http.Request) time.Duration { return t.timeouts.of(req).Total },
		Keys:  []any{TimeoutsKey{}},
	})
	if err != nil {
		return nil, fmt.Errorf("read cache: %w", err)
	}
	other.RoundTripper = other.layers(streams, keeps)
	return &other, nil
}

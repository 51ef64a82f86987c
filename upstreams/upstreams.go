// Package upstreams holds the services behind the gateway: a typed client for each, over one transport.
package upstreams

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/transport"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Services are the clients of all services. They are safe for concurrent use.
type Services struct {
	User    *user.Client
	Order   *order.Client
	Product *product.Client
	Payment *payment.Client

	transports []*transport.Transport
}

// Open builds the clients. It makes no call: a service may come up after the gateway.
func Open(config Config, registry prometheus.Registerer, log *slog.Logger) (*Services, error) {
	var ways []*transport.Transport
	var mistakes []error
	calls, answers := transport.NewMetrics(registry), rest.NewMetrics(registry)
	open := func(name string, service Service) *rest.Client {
		way, err := transport.New(name, service.Transport, calls, log)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("open the %s service: %w", name, err))
			return nil
		}
		ways = append(ways, way)
		return rest.New(name, way, service.REST, answers, log)
	}
	s := &Services{
		User:    user.NewClient(open("user", config.User)),
		Order:   order.NewClient(open("order", config.Order)),
		Product: product.NewClient(open("product", config.Product)),
		Payment: payment.NewClient(open("payment", config.Payment)),
	}
	s.transports = ways
	return s, errors.Join(mistakes...)
}

// Close drops idle connections. Calls in flight go on to their end.
func (s *Services) Close() {
	for _, way := range s.transports {
		way.Close()
	}
}

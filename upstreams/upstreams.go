// Package upstreams holds the services behind the gateway: a typed client for each, over one transport.
package upstreams

import (
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

	transports map[string]*transport.Transport
}

// Open builds the clients. It makes no call: a service may come up after the gateway.
func Open(config Config, registry prometheus.Registerer, log *slog.Logger) (*Services, error) {
	s := &Services{transports: make(map[string]*transport.Transport)}
	metrics := transport.NewMetrics(registry)
	open := func(name string, service Service) (*rest.Client, error) {
		way, err := transport.New(name, service.Transport, metrics, log)
		if err != nil {
			return nil, fmt.Errorf("open the %s service: %w", name, err)
		}
		s.transports[name] = way
		return rest.New(name, way, service.REST, log), nil
	}
	users, err := open("user", config.User)
	if err != nil {
		return nil, err
	}
	orders, err := open("order", config.Order)
	if err != nil {
		return nil, err
	}
	products, err := open("product", config.Product)
	if err != nil {
		return nil, err
	}
	payments, err := open("payment", config.Payment)
	if err != nil {
		return nil, err
	}
	s.User, s.Order = user.NewClient(users), order.NewClient(orders)
	s.Product, s.Payment = product.NewClient(products), payment.NewClient(payments)
	return s, nil
}

// Close drops idle connections. Calls in flight go on to their end.
func (s *Services) Close() {
	for _, way := range s.transports {
		way.Close()
	}
}

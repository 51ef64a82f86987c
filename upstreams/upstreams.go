// Package upstreams holds the services behind the gateway: a typed client for each, over one transport.
package upstreams

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/transport"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Services are the clients of all services. They are safe for concurrent use.
type Services struct {
	User    *user.Client
	Order   *order.Client
	Product *product.Client
	Payment *payment.Client

	transports map[string]*transport.Transport
	clients    []*rest.Client
}

// Through builds the clients over ways that somebody else has opened, and will close: they last longer than what is kept, and
// than what is said of it. It makes no call and starts nothing. shared is what the caches of all services have in common; without
// it, nothing is kept and no call is shared.
func Through(
	config Config, ways map[string]*transport.Transport, shared *cache.Shared, registry prometheus.Registerer, log *slog.Logger,
) (*Services, error) {
	transports := make(map[string]*transport.Transport, len(ways))
	for name, settings := range config.Ways() {
		way, err := ways[name].Keeping(settings.Cache, siteOf(config, name, settings, shared))
		if err != nil {
			return nil, fmt.Errorf("open the %s service: %w", name, err)
		}
		transports[name] = way
	}
	return over(config, transports, registry, log), nil
}

// over builds the clients over the ways to their services.
func over(config Config, transports map[string]*transport.Transport, registry prometheus.Registerer, log *slog.Logger) *Services {
	answers := rest.NewMetrics(registry)
	var clients []*rest.Client
	s := joined(config, func(name string, service Service) *rest.Client {
		way, whole := transports[name], int64(service.REST.MaxResponse)
		client := rest.New(name, way.WholeLent(whole), service.REST, service.Identity, answers, log)
		if kept := way.Cache(); kept != nil {
			client = client.Cached(rest.Caches{
				Cache: kept, Sharer: kept, Records: kept.Records(), Groups: kept.Groups, Served: cache.Served,
				Keeping: way.Whole(whole), Sharing: way.WholeShared(whole), Alone: way.WholeAlone(whole),
			})
		}
		clients = append(clients, client)
		return client
	})
	s.transports, s.clients = transports, clients
	return s
}

// siteOf is what the cache of a service is opened with.
func siteOf(config Config, name string, settings transport.Config, shared *cache.Shared) *cache.Site {
	return shared.Knowing(knowledge(name, settings.Cache)).Checking(config.Told(name).Credentials)
}

// Transports builds the ways to all services, by their names.
func Transports(
	config Config, shared *cache.Shared, registry prometheus.Registerer, log *slog.Logger,
) (map[string]*transport.Transport, error) {
	transports := make(map[string]*transport.Transport)
	var mistakes []error
	metrics := transport.NewMetrics(registry)
	for name, settings := range config.Ways() {
		way, err := transport.New(name, settings, siteOf(config, name, settings, shared), metrics, log)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("open the %s service: %w", name, err))
			continue
		}
		transports[name] = way
	}
	return transports, errors.Join(mistakes...)
}

// Over builds clients whose calls to a service go the way that is given for it, whatever the configuration says of endpoints.
func Over(
	config Config, way func(service string) http.RoundTripper, registry prometheus.Registerer, log *slog.Logger,
) *Services {
	answers := rest.NewMetrics(registry)
	return joined(config, func(name string, service Service) *rest.Client {
		return rest.New(name, way(name), service.REST, service.Identity, answers, log)
	})
}

// joined are the clients of all services, each over what is opened for it.
func joined(config Config, open func(name string, service Service) *rest.Client) *Services {
	return &Services{
		User:    user.NewClient(open("user", config.User)),
		Order:   order.NewClient(open("order", config.Order)),
		Product: product.NewClient(open("product", config.Product)),
		Payment: payment.NewClient(open("payment", config.Payment)),
	}
}

// Way is the way to a service, by its name, on which answers stream. There is none to a service that is not configured.
func (s *Services) Way(name string) (way http.RoundTripper, ok bool) {
	found, ok := s.transports[name]
	return found, ok
}

// Status is how the gateway sees each service, by its name.
func (s *Services) Status() map[string]transport.Status {
	seen := make(map[string]transport.Status, len(s.transports))
	for name, way := range s.transports {
		seen[name] = way.Status()
	}
	return seen
}

// Awaited is what is not known yet of the services, a line each: nothing once every host name was found and every endpoint was
// asked how it is, where that is asked at all.
func (s *Services) Awaited() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.transports)) {
		for _, what := range s.transports[name].Awaited() {
			all = append(all, "the "+name+" service: "+what)
		}
	}
	return all
}

// Close ends what is asked in the background. Calls in flight go on to their end.
func (s *Services) Close() {
	for _, client := range s.clients {
		client.Close()
	}
}

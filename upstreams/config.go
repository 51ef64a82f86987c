package upstreams

import (
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// Config is one stanza for each service.
type Config struct {
	User    Service `yaml:"user"`
	Order   Service `yaml:"order"`
	Product Service `yaml:"product"`
	Payment Service `yaml:"payment"`
}

// Service is where one service is and how it speaks.
type Service struct {
	Transport transport.Config `yaml:",inline"`
	REST      rest.Config      `yaml:",inline"`
}

// DefaultConfig holds every default; only the URLs have to be given.
func DefaultConfig() Config {
	service := Service{Transport: transport.DefaultConfig(), REST: rest.DefaultConfig()}
	return Config{User: service, Order: service, Product: service, Payment: service}
}

// Validate reports what is wrong with each service's stanza.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		name    string
		service Service
	}{{"user", c.User}, {"order", c.Order}, {"product", c.Product}, {"payment", c.Payment}} {
		within := func(path, message string) { fail(each.name+"."+path, message) }
		each.service.Transport.Validate(within)
		each.service.REST.Validate(within)
	}
}

package upstreams

import (
	"iter"
	"net/url"
	"reflect"
	"strings"

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
	// Contract is the service's own description in OpenAPI, a file or a URL, which check compares the gateway with. Empty is the
	// description that the gateway was written for.
	Contract string `yaml:"contract"`
}

// DefaultConfig holds every default; only the URLs have to be given.
func DefaultConfig() Config {
	var c Config
	for _, stanza := range reflect.ValueOf(&c).Elem().Fields() {
		stanza.Set(reflect.ValueOf(Service{Transport: transport.DefaultConfig(), REST: rest.DefaultConfig()}))
	}
	return c
}

// All are the services' stanzas by the services' names.
func (c Config) All() iter.Seq2[string, Service] {
	return func(yield func(string, Service) bool) {
		for field, stanza := range reflect.ValueOf(c).Fields() {
			service, _ := reflect.TypeAssert[Service](stanza)
			if !yield(field.Tag.Get("yaml"), service) {
				return
			}
		}
	}
}

// Validate reports what is wrong with each service's stanza.
func (c Config) Validate(fail func(path, message string)) {
	for name, service := range c.All() {
		within := func(path, message string) { fail(name+"."+path, message) }
		service.Transport.Validate(within)
		service.REST.Validate(within)
		if message := contractMistake(service.Contract); message != "" {
			within("contract", message)
		}
	}
}

// contractMistake says what is wrong with a contract's URL. A file may have any name: whether there is one is seen when it is
// read, which serve does not do.
func contractMistake(contract string) string {
	if !strings.Contains(contract, "://") {
		return ""
	}
	u, err := url.Parse(contract)
	switch {
	case err != nil:
		return "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "must be a file, or start with http:// or https://"
	case u.Hostname() == "":
		return "names no host"
	case u.User != nil:
		return "must not carry a user name or password"
	}
	return ""
}

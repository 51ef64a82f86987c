package upstreams

import (
	"go/token"
	"iter"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/events/feed"
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// Config is one stanza for each service: the four that the gateway has clients for, and any others, to which only REST routes
// lead.
type Config struct {
	User    Service `yaml:"user"`
	Order   Service `yaml:"order"`
	Product Service `yaml:"product"`
	Payment Service `yaml:"payment"`
	// Others are the stanzas of further services, by names of your choice.
	Others map[string]Routed `yaml:",inline"`
}

// Service is where one service is and how it speaks.
type Service struct {
	Transport transport.Config `yaml:",inline"`
	REST      rest.Config      `yaml:",inline"`
	// Identity is what the service is told of callers, beside their ids and scopes.
	Identity identity.Config `yaml:"identity"`
	// Events is where the service says what has happened to its records.
	Events feed.Config `yaml:"events"`
	// Contract is the service's own description in OpenAPI, a file or a URL, which check compares the gateway with. Empty is the
	// description that the gateway was written for. REST routes go by it too where it is a file.
	Contract string `file:"" yaml:"contract"`
}

// Routed is where a service is that the gateway has no client for.
type Routed struct {
	Transport transport.Config `yaml:",inline"`
	// Identity is what the service is told of callers, beside their ids and scopes.
	Identity identity.Config `yaml:"identity"`
	// Contract is the service's own description in OpenAPI, a file, which routes with validate hold requests against.
	Contract string `file:"" yaml:"contract"`
}

// SetDefaults makes it as usual as the other services.
func (r *Routed) SetDefaults() { r.Transport = transport.DefaultConfig() }

// DefaultConfig holds every default; only the URLs have to be given.
func DefaultConfig() Config {
	var c Config
	usual := reflect.ValueOf(Service{Transport: transport.DefaultConfig(), REST: rest.DefaultConfig(), Events: feed.DefaultConfig()})
	for _, stanza := range reflect.ValueOf(&c).Elem().Fields() {
		if stanza.Type() == usual.Type() {
			stanza.Set(usual)
		}
	}
	c.Order.Transport.Cache.Touches = touches("order")
	c.Payment.Transport.Cache.Touches = touches("payment")
	return c
}

// All are the stanzas of the services that the gateway has clients for, by the services' names.
func (c Config) All() iter.Seq2[string, Service] {
	return func(yield func(string, Service) bool) {
		for field, stanza := range reflect.ValueOf(c).Fields() {
			service, ok := reflect.TypeAssert[Service](stanza)
			if ok && !yield(field.Tag.Get("yaml"), service) {
				return
			}
		}
	}
}

// Ways say where each service is, those of Others included, by the services' names.
func (c Config) Ways() iter.Seq2[string, transport.Config] {
	return func(yield func(string, transport.Config) bool) {
		for name, service := range c.All() {
			if !yield(name, service.Transport) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(c.Others)) {
			if !yield(name, c.Others[name].Transport) {
				return
			}
		}
	}
}

// Told is what a service is told of callers.
func (c Config) Told(name string) identity.Config {
	for each, service := range c.All() {
		if each == name {
			return service.Identity
		}
	}
	return c.Others[name].Identity
}

// Validate reports what is wrong with each service's stanza.
func (c Config) Validate(fail func(path, message string)) {
	for name, service := range c.All() {
		within := func(path, message string) { fail(name+"."+path, message) }
		service.Transport.Validate(within)
		service.REST.Validate(within)
		service.Identity.Validate(func(path, message string) { within("identity."+path, message) })
		service.Events.Validate(func(path, message string) { within("events."+path, message) })
		if message := contractMistake(service.Contract); message != "" {
			within("contract", message)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Others)) {
		c.Others[name].validate(name, func(path, message string) { fail(name+"."+path, message) })
	}
	c.validateCaches(fail)
}

// validateCaches reports what the caches' stanzas say of records that there are not.
func (c Config) validateCaches(fail func(path, message string)) {
	all := maps.Collect(c.Ways())
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, other := range slices.Sorted(maps.Keys(all[name].Cache.Touches)) {
			if _, ok := all[other]; !ok {
				fail(name+".cache.touches."+other, "names no service")
			}
		}
		switch single, own := all[name].Cache.Single, collectionOf(name); {
		case single == "":
		case own.path == "":
			fail(name+".cache.single", "is for services that GraphQL reads records from")
		case !isRecordOf(single, own.path):
			fail(name+".cache.single", "must be "+own.path+"/{id}, which is where the records are")
		}
	}
}

// isRecordOf reports whether a path is that of one record of a collection, whatever its id is called.
func isRecordOf(path, collection string) bool {
	id, ok := strings.CutPrefix(path, collection+"/{")
	id, closed := strings.CutSuffix(id, "}")
	return ok && closed && token.IsIdentifier(id)
}

func (r Routed) validate(name string, fail func(path, message string)) {
	if !isName(name) {
		fail("urls", "belong to a service whose name is not made of small letters, digits, - and _, beginning with a letter")
	}
	r.Transport.Validate(fail)
	r.Identity.Validate(func(path, message string) { fail("identity."+path, message) })
	if strings.Contains(r.Contract, "://") {
		fail("contract", "must be a file: it is read before the service can be asked")
	}
}

// isName keeps to what can stand in a URL as a host and in a metric as a label.
func isName(name string) bool {
	return name != "" && name[0] >= 'a' && name[0] <= 'z' && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
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

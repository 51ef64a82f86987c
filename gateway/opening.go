package gateway

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// openParts opens what may outlive the edition, or takes it over from the one before.
func (e *edition) openParts(o *opening, stated *statement) error {
	client, err := e.openRedis(o)
	if err != nil {
		return err
	}
	if err := e.openCaches(o, stated, client); err != nil {
		return err
	}
	ways, err := e.openServices(o)
	if err != nil {
		return err
	}
	if err := e.openAuth(o); err != nil {
		return err
	}
	if err := e.openCounters(o, client); err != nil {
		return err
	}
	if err := e.openGate(o); err != nil {
		return err
	}
	if err := e.openPseudonyms(o); err != nil {
		return err
	}
	if err := e.openEvents(o, ways, client); err != nil {
		return err
	}
	if err := e.openTracing(o); err != nil {
		return err
	}
	return e.openStreams(o)
}

// openRedis makes ready to reach Redis. It does not connect yet.
func (e *edition) openRedis(o *opening) (of *asset, err error) {
	c := e.config.Redis
	e.redis, of, err = take(o, "redis", fingerprint(c), nil, func(prometheus.Registerer) (*redis.Client, life, error) {
		if !c.Enabled() {
			return nil, life{}, nil
		}
		client, err := redis.Open(c)
		if err != nil {
			return nil, life{}, fmt.Errorf("open the connection to Redis: %w", err)
		}
		return client, life{close: func() { client.Close() }}, nil
	})
	return of, err
}

// openServices opens the way to each service. What is kept of its answers is the edition's; connections, breakers and limits stay
// as long as what is said of them does.
func (e *edition) openServices(o *opening) (parts map[string]*asset, err error) {
	ways := make(map[string]*transport.Transport)
	parts = make(map[string]*asset)
	for name, settings := range e.config.Upstreams.Ways() {
		ways[name], parts[name], err = openWay(o, name, settings, e.log)
		if err != nil {
			return nil, err
		}
	}
	e.services, err = upstreams.Through(e.config.Upstreams, ways, e.calls, e.registry, e.log)
	return parts, err
}

func openWay(o *opening, name string, settings transport.Config, log *slog.Logger) (*transport.Transport, *asset, error) {
	apart := settings
	apart.Cache = transport.DefaultConfig().Cache
	open := func(metrics prometheus.Registerer) (*transport.Transport, life, error) {
		way, err := transport.New(name, apart, nil, transport.NewMetrics(metrics), log)
		if err != nil {
			return nil, life{}, fmt.Errorf("open the %s service: %w", name, err)
		}
		return way, life{run: way.Run, close: way.Close}, nil
	}
	return take(o, "service "+name, fingerprint(apart), nil, open)
}

// openAuth takes the keys over that issuers have told, also where other things have changed.
func (e *edition) openAuth(o *opening) error {
	c, origins := e.config.Auth, e.config.Server.CORS.AllowedOrigins
	by := []any{fingerprint(c), origins}
	found, _, err := take(o, "auth", by, nil, func(metrics prometheus.Registerer) (*auth.Authenticator, life, error) {
		made, err := auth.New(c, origins, metrics, e.log)
		if err != nil {
			return nil, life{}, fmt.Errorf("open the authentication: %w", err)
		}
		return made, life{run: made.Run}, nil
	})
	if err != nil {
		return err
	}
	e.authenticator = found
	if before := o.before["auth"]; before != nil {
		if known, ok := before.value.(*auth.Authenticator); ok && known != found {
			found.Learn(known)
		}
	}
	return nil
}

func (e *edition) openCounters(o *opening, client *asset) (err error) {
	c := e.config
	by := []any{c.Limits.Memory, c.Limits.Shared}
	e.counters, _, err = take(o, "counters", by, []*asset{client}, func(metrics prometheus.Registerer) (*counters, life, error) {
		made := openCounters(c, e.redis, metrics, e.log)
		return made, life{run: made.Run, close: made.Close}, nil
	})
	return err
}

func (e *edition) openGate(o *opening) (err error) {
	c := e.config.Server.Admission
	e.gate, _, err = take(o, "admission", c, nil, func(metrics prometheus.Registerer) (*admission.Gate, life, error) {
		return admission.New(c, admission.NewMetrics(metrics), e.log).Heeding(e.memory), life{}, nil
	})
	return err
}

// openPseudonyms keeps the names of callers that are made up at the start, where no key makes them.
func (e *edition) openPseudonyms(o *opening) (err error) {
	key := e.config.Log.PrincipalKey
	e.pseudonyms, _, err = take(o, "pseudonyms", key, nil, func(prometheus.Registerer) (*middleware.Pseudonyms, life, error) {
		return middleware.NewPseudonyms(key), life{}, nil
	})
	return err
}

// fingerprint is a section of the configuration, with what the files hold that it leads to and that are read once.
func fingerprint(section any) any {
	return []any{section, config.FilesOf(section).Digests()}
}

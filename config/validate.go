package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/units"
)

// Validate reports every setting that cannot work and every two that contradict each other, by path. It reads the TLS files.
func (c Config) Validate(fail func(path, message string)) {
	c.Server.validate(below("server", fail))
	c.Admin.validate(below("admin", fail))
	c.GraphQL.validate(below("graphql", fail))
	c.REST.Validate(below("rest", fail))
	c.MCP.Validate(below("mcp", fail))
	c.contradictions(fail)
	c.Auth.Validate(below("auth", fail))
	c.Policy.Validate(below("policy", fail))
	c.validateLimits(below("limits", fail))
	c.validateCache(below("cache", fail))
	c.validateEvents(below("events", fail))
	c.Redis.Validate(below("redis", fail))
	c.Subscriptions.Validate(below("subscriptions", fail))
	c.Log.Validate(below("log", fail))
	c.Tracing.Validate(below("tracing", fail))
	c.Upstreams.Validate(below("upstreams", fail))
	c.Reload.validate(below("reload", fail))
}

// below reports paths that are relative to prefix.
func below(prefix string, fail func(path, message string)) func(path, message string) {
	return func(path, message string) { fail(prefix+"."+path, message) }
}

// contradictions are between settings of different parts.
func (c Config) contradictions(fail func(path, message string)) {
	c.validatePlansOf(fail)
	if collide(c.Server.Listen, c.Admin.Listen) {
		fail("admin.listen", "takes the port of server.listen")
	}
	if c.Server.TLS.Redirect.Listen != "" &&
		(collide(c.Server.TLS.Redirect.Listen, c.Server.Listen) || collide(c.Server.TLS.Redirect.Listen, c.Admin.Listen)) {
		fail("server.tls.redirect.listen", "takes the port of server.listen or admin.listen")
	}
	if len(c.Auth.Certificates.Identities) > 0 && c.Server.TLS.ClientCA == "" {
		fail("auth.certificates.identities", "need server.tls.client_ca, without which no client shows a certificate")
	}
	for name := range c.Upstreams.Ways() {
		if c.Upstreams.Told(name).Audience != "" && !c.Auth.Passport.Enabled() {
			fail("upstreams."+name+".identity.audience", "needs auth.passport.key, which signs the service's tokens")
		}
	}
	c.validateTools(below("mcp", fail))
	if c.GraphQL.Timeout > 0 && c.Server.Timeouts.Write > 0 && c.Server.Timeouts.Write <= c.GraphQL.Timeout {
		fail("server.timeouts.write", "must be longer than graphql.timeout, so that an operation that timed out is answered")
	}
}

// validateTools reports what a door without tools has, and what a query of a model's own needs.
func (c Config) validateTools(fail func(path, message string)) {
	if !c.MCP.Enabled {
		return
	}
	free := c.MCP.FreeQuery.Enabled
	if len(c.GraphQL.Persisted.Trusted.Manifests) == 0 && !free {
		fail("enabled", "needs graphql.persisted.trusted.manifests, whose documents say which operations are tools")
	}
	if free && c.GraphQL.Demand.Mode != demand.Enforce {
		fail("free_query.enabled", "needs graphql.demand.mode: enforce, so that a query costs no more than is allowed")
	}
}

func (s Server) validate(fail func(path, message string)) {
	if message := addressMistake(s.Listen); message != "" {
		fail("listen", message)
	}
	s.TLS.Validate(below("tls", fail))
	s.Protocols.Validate(s.TLS.Enabled(), fail)
	s.Connections.Validate(below("connections", fail))
	s.Timeouts.validate(below("timeouts", fail))
	if s.ReadyWithin < 0 {
		fail("ready_within", "must not be negative")
	}
	if s.MaxHeader < 4*units.KiB || s.MaxHeader > units.MiB {
		fail("max_header", "must lie between 4KiB and 1MiB")
	}
	if s.MaxBody < units.KiB || s.MaxBody > units.GiB {
		fail("max_body", "must lie between 1KiB and 1GiB")
	}
	s.Admission.Validate(fail)
	s.Memory.Validate(below("memory", fail))
	s.Forwarded.Validate(fail)
	s.CORS.Validate(below("cors", fail))
}

func (t ServerTimeouts) validate(fail func(path, message string)) {
	for _, each := range []struct {
		path string
		d    time.Duration
	}{{"header", t.Header}, {"body", t.Body}, {"write", t.Write}, {"idle", t.Idle}} {
		if each.d <= 0 {
			fail(each.path, "must be longer than 0s")
		}
	}
	if t.Body > 0 && t.Header > t.Body {
		fail("header", "is longer than timeouts.body, so it could never end a request")
	}
	if t.DrainDelay < 0 {
		fail("drain_delay", "must not be negative")
	}
	if t.Drain < 0 {
		fail("drain", "must not be negative")
	}
}

func (a Admin) validate(fail func(path, message string)) {
	if message := addressMistake(a.Listen); message != "" {
		fail("listen", message)
		return
	}
	if strings.HasPrefix(a.Listen, ":") {
		fail("listen", "must name a host, because nobody is authenticated there: every interface is 0.0.0.0, as in 0.0.0.0:9090")
	}
	for i, host := range a.Hosts {
		if host == "" || strings.ContainsAny(host, "/:*@ []") {
			fail(fmt.Sprintf("hosts[%d]", i), "must be a host alone, such as gateway.internal.example: no scheme, port or pattern")
		}
	}
}

func (g GraphQL) validate(fail func(path, message string)) {
	if g.GraphiQL && !g.Introspection && len(g.IntrospectionScopes) == 0 {
		fail("graphiql", "needs introspection: true, or introspection_scopes, by which it learns the schema")
	}
	if g.SDL && !g.Introspection && len(g.IntrospectionScopes) == 0 {
		fail("sdl", "needs introspection: true, or introspection_scopes, which say who may ask for the schema")
	}
	g.Batching.Validate(below("batching", fail))
	g.Networks.Validate(below("networks", fail))
	if g.Timeout <= 0 {
		fail("timeout", "must be longer than 0s")
	}
	g.validatePriorities(below("priorities", fail))
	g.Limits.Validate(below("limits", fail))
	g.Documents.Validate(below("documents", fail))
	g.Persisted.Validate(below("persisted", fail))
	g.Plans.Validate(below("plans", fail))
	g.Trace.Validate(below("trace", fail))
	g.Demand.Validate(below("demand", fail))
	g.Usage.Validate(below("usage", fail))
	g.validateOperations(fail)
	g.Pages.validate(below("pages", fail))
}

const notAName = "must be a GraphQL name: letters, digits and _, not beginning with a digit"

func (g GraphQL) validatePriorities(fail func(path, message string)) {
	for _, name := range slices.Sorted(maps.Keys(g.Priorities.Named)) {
		if !isName(name) {
			fail(name, notAName)
		}
	}
}

func (g GraphQL) validateOperations(fail func(path, message string)) {
	seen := make(map[string]int)
	for i, name := range g.Operations {
		path := fmt.Sprintf("operations[%d]", i)
		if !isName(name) {
			fail(path, notAName)
			continue
		}
		if first, ok := seen[name]; ok {
			fail(path, fmt.Sprintf("repeats operations[%d]", first))
			continue
		}
		seen[name] = i
	}
}

// mostPerPage is the largest page that can be asked of the services: they give 1000 records at most, and whether there is a next
// page takes one more than is shown.
const mostPerPage = 999

func (p Pages) validate(fail func(path, message string)) {
	if p.Max < 1 || p.Max > mostPerPage {
		fail("max", fmt.Sprintf("must lie between 1 and %d", mostPerPage))
	}
	if p.Default < 1 {
		fail("default", "must be at least 1")
	}
	if p.Max >= 1 && p.Default > p.Max {
		fail("default", "is larger than pages.max")
	}
}

// addressMistake says what is wrong with an address to listen on: host:port, or :port for every interface. It looks up no
// names: a check must say the same on every machine.
func addressMistake(address string) string {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return "must be host:port, such as 127.0.0.1:8080"
	case !isPort(port):
		return "must end in a port number from 0 to 65535"
	case host != "" && !isHost(host):
		return "must begin with an IP address or a host name"
	}
	return ""
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && r != '-' && r != '.' && r != '_'
	})
}

// collide tells whether one of two addresses keeps the other from listening. Port 0 is any free one.
func collide(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || isEveryInterface(hostA) || isEveryInterface(hostB)
}

func isEveryInterface(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "" || err == nil && address.IsUnspecified()
}

package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/validate"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/schema"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/upstreams"
)

// Check reports what is wrong with a configuration and is only seen when its parts are put together.
func Check(c config.Config, fail func(path, message string)) {
	within := func(path, message string) { fail("rest."+path, message) }
	stated, err := readStatement(c)
	if err != nil {
		fail("policy", err.Error())
		return
	}
	limited := checkLimits(c, stated, fail)
	around, err := surroundings(c, stated, limited)
	if err != nil {
		within("routes", err.Error())
		return
	}
	operations, err := loadOperations(c)
	mistakes, _ := errors.AsType[composed.Mistakes](err)
	for _, each := range mistakes {
		within("operations", each.String())
	}
	if err != nil && mistakes == nil {
		within("operations", err.Error())
	}
	passthrough.Compile(c.REST, around, operations, within)
	checkRoutes(c, operations, fail)
	hidden(c, within)
	unused(c, fail)
}

// hidden reports routes that nobody reaches, since the gateway answers there itself.
func hidden(c config.Config, fail func(path, message string)) {
	for i, each := range c.REST.Routes {
		_, path, _ := strings.Cut(each.Match, "/")
		if path = "/" + path; own(&c, path) && (each.Version == "" || !slices.Contains(each.VersionBy, "path")) {
			fail(fmt.Sprintf("routes[%d].match", i), "is never asked: the gateway itself answers at "+path)
		}
	}
}

// openREST builds the REST door.
func (e *edition) openREST(parts *routes, stated *statement, graphql through) error {
	around, err := surroundings(e.config, stated, e.execution.limited)
	if err != nil {
		return err
	}
	operations, err := loadOperations(e.config)
	if err != nil {
		return err
	}
	priorities := e.config.GraphQL.Priorities
	e.rest, err = passthrough.New(e.config.REST, passthrough.Parts{
		Surroundings:      around,
		Operations:        operations,
		Operation:         func(o *composed.Operation) http.Handler { return o.Handler(graphql, param) },
		OperationPriority: func(o *composed.Operation) priority.Class { return priorities.Of(o.Name) },
		Way:               recordedWay(e.services.Way),
		Guard:             parts.guard,
		Records:           func(context.Context) policy.Records { return e.services },
		Shown:             e.showed(),
		Credentials:       credentialHeaders(e.config.Auth),
		MaxBody:           e.config.Server.MaxBody,
		Registry:          e.registry,
		Log:               e.log,
	})
	if err != nil {
		return fmt.Errorf("read routes: %w", err)
	}
	if e.config.REST.OpenAPI {
		if parts.openapi, err = e.description(around); err != nil {
			return err
		}
	}
	parts.rest = e.rest
	parts.metrics.Routes(e.rest.Names())
	return nil
}

// description serves what the REST door says of itself.
func (e *edition) description(around passthrough.Surroundings) (http.Handler, error) {
	text, err := e.rest.Describe(telemetry.Version(), passthrough.Callers{
		Anonymous: e.config.Auth.Anonymous, Limited: e.limits != nil,
	}, around.Document)
	if err != nil {
		return nil, fmt.Errorf("describe routes: %w", err)
	}
	return published(text, "application/json", "no-cache"), nil // it changes with the configuration
}

// guard is what stands before a route, in the order that a request meets it.
func (p *routes) guard(g passthrough.Guarded) func(http.Handler) http.Handler {
	wrappers := chi.Chain(
		middleware.EnterDoor(middleware.DoorREST, p.metrics),
		p.audited(middleware.DoorREST, g.Name),
		p.from(p.config.REST.Networks),
		p.from(g.Networks),
		p.gate.Door(middleware.DoorREST).Admit(func(*http.Request) priority.Class { return g.Priority }),
		p.calling(g),
	)
	if g.Raw {
		wrappers = append(wrappers, p.upgrades)
	} else {
		wrappers = append(wrappers, middleware.BodyLimit(g.MaxBody), p.compress())
	}
	if anyHashes(p.config.Upstreams) {
		wrappers = append(wrappers, affinity)
	}
	return wrappers.Handler
}

// calling finds out who calls, unless that is the service's to find out.
func (p *routes) calling(g passthrough.Guarded) func(http.Handler) http.Handler {
	q := ratelimit.Request{Door: ratelimit.DoorREST, Route: g.Match, Version: g.Version, Passes: !g.Composed}
	if g.Unnamed {
		return p.unnamed(q)
	}
	return p.named(q)
}

// credentialHeaders are the header fields on which answers depend that not everybody gets.
func credentialHeaders(c auth.Config) []string {
	names := []string{"Authorization"}
	if c.APIKeys.Enabled() {
		names = append(names, http.CanonicalHeaderKey(c.APIKeys.Header))
	}
	if c.Cookie.Name != "" {
		names = append(names, "Cookie")
	}
	return names
}

// unused reports services that only routes could lead to, and to which none does.
func unused(c config.Config, fail func(path, message string)) {
	for name := range c.Upstreams.Others {
		if !slices.ContainsFunc(c.REST.Routes, func(r passthrough.Route) bool { return r.LeadsTo(name) }) {
			fail("upstreams."+name, "is a service that no route leads to")
		}
	}
}

// surroundings are what routes refer to.
func surroundings(c config.Config, stated *statement, limited *ratelimit.Fields) (passthrough.Surroundings, error) {
	contracts, err := hiding(c.Upstreams)
	if err != nil {
		return passthrough.Surroundings{}, err
	}
	shown, err := redact.New(stated.schema, stated.fields, stated.policy, stated.pseudonyms, limited, contracts...)
	if err != nil {
		return passthrough.Surroundings{}, fmt.Errorf("read what may be shown: %w", err)
	}
	return passthrough.Surroundings{
		Policy: shown, Services: c.Upstreams,
		Contract: func(service string) (*validate.Contract, error) { return contractOf(c.Upstreams, service) },
		Document: func(service string) (*openapi.Document, bool) { return documentOf(c.Upstreams, service) },
	}, nil
}

// hiding are the contracts that say which members nobody may see: those that the gateway was written for, whatever is configured,
// and those that are configured as files. One that cannot be read could hide something, so that is an error.
func hiding(c upstreams.Config) ([]*openapi.Document, error) {
	var contracts []*openapi.Document
	add := func(name string, text []byte, err error) error {
		if err != nil {
			return fmt.Errorf("read the contract of the %s service: %w", name, err)
		}
		contract, err := openapi.Parse(name, text)
		if err != nil {
			return fmt.Errorf("read the contract of the %s service: %w", name, err)
		}
		contracts = append(contracts, contract)
		return nil
	}
	for name := range c.All() {
		text, err := upstreams.Contract(name)
		if err := add(name, text, err); err != nil {
			return nil, err
		}
	}
	for name := range c.Ways() {
		if !c.HasContractFile(name) {
			continue
		}
		text, err := c.ContractOf(name)
		if err := add(name, text, err); err != nil {
			return nil, err
		}
	}
	return contracts, nil
}

// contractOf is what a service says of itself, as a route with validate needs it at start.
func contractOf(c upstreams.Config, service string) (*validate.Contract, error) {
	text, err := c.ContractOf(service)
	if err != nil {
		return nil, err
	}
	return validate.Parse(service, text)
}

// openAPIPath is where the description of the REST door is served.
const openAPIPath = "/openapi.json"

// documentOf is what a service says of itself, as far as it can be read at start.
func documentOf(c upstreams.Config, service string) (*openapi.Document, bool) {
	text, err := c.ContractOf(service)
	if err != nil {
		return nil, false
	}
	document, err := openapi.Parse(service, text)
	return document, err == nil
}

// builtin names the operations that come with the gateway.
const builtin = "builtin"

// loadOperations reads the operations that are endpoints.
func loadOperations(c config.Config) ([]*composed.Operation, error) {
	var files fs.FS
	switch c.REST.Operations {
	case "":
		return nil, nil
	case builtin:
		files = schema.Operations()
	default:
		files = os.DirFS(c.REST.Operations)
	}
	return composed.Load(files, servedSchema(c.GraphQL.Defer), c.GraphQL.Limits)
}

// param is a parameter of the path of an operation's request.
func param(r *http.Request, name string) (string, bool) {
	return passthrough.Params(r.Context()).Get(name)
}

package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// openPersisted reads the trusted documents, and lets the executor find them and those that clients registered. The error is
// config.Mistakes where a document is no good.
func (e *edition) openPersisted(o *opening) (*persisted.Desk, error) {
	prepare := func(set *persisted.Set) error { return e.execution.prepare(set, widestLimits(e.config)) }
	settings := e.config.GraphQL.Persisted
	library, err := persisted.Open(settings.Trusted.Manifests, prepare, e.registry, e.log)
	if mistake, ok := errors.AsType[*manifest.Mistake](err); ok {
		return nil, mistakeOf(mistake)
	}
	if _, ok := errors.AsType[config.Mistakes](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("read trusted documents (graphql.persisted.trusted.manifests): %w", err)
	}
	parts := persisted.Parts{Safelist: settings.Trusted.Safelist, Library: library}
	if !settings.Trusted.Safelist.Closed() {
		if parts.Automatic, err = e.openAutomatic(o); err != nil {
			return nil, err
		}
	}
	*e.execution.naming = naming{
		desk: persisted.NewDesk(parts, e.registry), free: settings.Trusted.FreeScopes, strangers: persisted.NewStrangers(), log: e.log,
	}
	return e.execution.naming.desk, nil
}

// openAutomatic keeps the documents that clients registered, over which a change of anything else passes.
func (e *edition) openAutomatic(o *opening) (*persisted.Automatic, error) {
	settings, second := e.config.GraphQL.Persisted.Automatic, byName(o.parts)["caches"]
	found, _, err := take(o, "documents", settings, []*asset{second},
		func(prometheus.Registerer) (*persisted.Automatic, life, error) {
			made := persisted.NewAutomatic(settings, e.caches.ofDocuments())
			return made, life{run: made.Run}, nil
		})
	return found, err
}

// ofDocuments is where instances share the documents that clients register, nil where they share nothing.
func (k *caches) ofDocuments() persisted.Second { //nolint:ireturn // nil must be one without a type
	if k == nil || k.second == nil {
		return nil
	}
	return k.second
}

// naming finds the document which a request means, whichever way the request came.
type naming struct {
	desk      *persisted.Desk
	free      []string // scopes
	strangers *persisted.Strangers
	log       *slog.Logger
}

// foundDocument is where an operation has how its document was found.
const foundDocument = "PersistedDocument"

// find finds the document. Operations that are endpoints, and the reading of what subscriptions tell of, are the gateway's own
// documents, which no client names.
func (n *naming) find(ctx context.Context, params *graphql.RawParams) (persisted.Found, error) {
	if own, _ := ctx.Value(endpointKey{}).(bool); own {
		return persisted.Found{Text: params.Query}, nil
	}
	id, err := graphqlhttp.Named(params)
	if err != nil {
		return persisted.Found{}, err //nolint:wrapcheck // it says what is wrong with the request
	}
	return n.desk.Find(ctx, persisted.Ask{ID: id, Text: params.Query, Free: n.isFree(ctx)}) //nolint:wrapcheck // the same
}

// note lets an operation know how its document was found, where anybody asks for that later.
func (n *naming) note(operation *graphql.OperationContext, found persisted.Found) {
	if found.Hash != "" || found.Way == persisted.Untrusted {
		operation.Stats.SetExtension(foundDocument, found)
	}
}

// keep keeps a document that is known to be valid, or tells the log of it.
func (n *naming) keep(ctx context.Context, operation *graphql.OperationContext, found persisted.Found) {
	n.desk.Keep(found)
	if found.Way == persisted.Untrusted && n.strangers.First(found.Text) {
		n.log.WarnContext(ctx, "a document is not among the trusted ones",
			"operation", clipped(operation.Operation.Name), "sha256", manifest.Hash(found.Text))
	}
}

// isFree reports whether the caller may send any document.
func (n *naming) isFree(ctx context.Context) bool {
	return len(n.free) > 0 && slices.ContainsFunc(n.free, auth.FromContext(ctx).Has)
}

type endpointKey struct{}

// asEndpoint notes that a request is for an operation that is an endpoint.
func asEndpoint(r *http.Request) *http.Request { return facts.Add(r, endpointKey{}, true) }

// clipped is a name that a client made up, as a log takes it.
func clipped(name string) string { return name[:min(len(name), 100)] }

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
	"github.com/vektah/gqlparser/v2/gqlerror"

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

// naming is an extension that finds the document which a request means. It comes before whatever looks at documents, whichever
// way the request came.
type naming struct {
	desk      *persisted.Desk
	free      []string // scopes
	strangers *persisted.Strangers
	log       *slog.Logger
}

var _ graphql.OperationParameterMutator = (*naming)(nil)

// foundDocument is where an operation has how its document was found.
const foundDocument = "PersistedDocument"

// ExtensionName is for gqlgen's registry.
func (*naming) ExtensionName() string { return foundDocument }

// Validate has nothing to check.
func (*naming) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters puts the document in its place. Operations that are endpoints, and the reading of what subscriptions
// tell of, are the gateway's own documents, which no client names.
func (n *naming) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if own, _ := ctx.Value(endpointKey{}).(bool); own {
		return nil
	}
	id, err := graphqlhttp.Named(params)
	if err != nil {
		return &gqlerror.Error{Err: err}
	}
	found, err := n.desk.Find(ctx, persisted.Ask{ID: id, Text: params.Query, Free: n.isFree(ctx)})
	if err != nil {
		return &gqlerror.Error{Err: err}
	}
	params.Query = found.Text
	if found.Hash != "" || found.Way == persisted.Untrusted {
		graphql.GetOperationContext(ctx).Stats.SetExtension(foundDocument, found)
	}
	return nil
}

// isFree reports whether the caller may send any document.
func (n *naming) isFree(ctx context.Context) bool {
	return len(n.free) > 0 && slices.ContainsFunc(n.free, auth.FromContext(ctx).Has)
}

type endpointKey struct{}

// asEndpoint notes that a request is for an operation that is an endpoint.
func asEndpoint(r *http.Request) *http.Request { return facts.Add(r, endpointKey{}, true) }

// registering is an extension that keeps a document once it is known to be valid. It comes last.
type registering struct{ naming *naming }

var _ graphql.OperationContextMutator = registering{}

// ExtensionName is for gqlgen's registry.
func (registering) ExtensionName() string { return "RegisteredDocument" }

// Validate has nothing to check.
func (registering) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext keeps the document, or tells the log of it.
func (r registering) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	found, ok := operation.Stats.GetExtension(foundDocument).(persisted.Found)
	if !ok {
		return nil
	}
	r.naming.desk.Keep(found)
	if found.Way == persisted.Untrusted && r.naming.strangers.First(found.Text) {
		r.naming.log.WarnContext(ctx, "a document is not among the trusted ones",
			"operation", clipped(operation.Operation.Name), "sha256", manifest.Hash(found.Text))
	}
	return nil
}

// clipped is a name that a client made up, as a log takes it.
func clipped(name string) string { return name[:min(len(name), 100)] }

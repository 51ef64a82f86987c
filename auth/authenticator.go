package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/browser"
	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/auth/introspection"
	"github.com/concierge-gateway/concierge/auth/keys"
	"github.com/concierge-gateway/concierge/auth/passport"
	"github.com/concierge-gateway/concierge/auth/revocation"
	"github.com/concierge-gateway/concierge/auth/token"
)

// Authenticator finds out who sent a request. It may be used by several goroutines.
type Authenticator struct {
	config        Config
	keySets       []*keys.Set
	tokens        *token.Verifier
	remembered    *verdicts
	cookie        *browser.Rules
	apiKeys       *apikey.Keys           // nil where there are none
	keyHeader     string                 // the field that brings one, as http.Header keeps it; empty where there are none
	introspection *introspection.Checker // nil where it is off
	certificates  *certificate.Names
	revoked       *revocation.List
	passport      *passport.Signer // nil where services get no token
	results       map[result]prometheus.Counter
	log           *slog.Logger
}

// New is an Authenticator for c. It reads files and makes no call. origins are those of pages that may call from a browser.
func New(c Config, origins []string, registerer prometheus.Registerer, log *slog.Logger) (*Authenticator, error) {
	a := &Authenticator{
		config: c, cookie: browser.New(c.Cookie, origins), certificates: certificate.New(c.Certificates),
		results: newResults(registerer), log: log,
	}
	for _, open := range []func() error{
		func() error { return a.openIssuers(registerer, log) },
		func() (err error) { a.remembered, err = newVerdicts(); return err },
		func() (err error) { a.revoked, err = revocation.Open(c.Revoked, log); return err },
		func() error { return a.openOthers(registerer, log) },
	} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *Authenticator) openIssuers(registerer prometheus.Registerer, log *slog.Logger) error {
	metrics := keys.NewMetrics(registerer)
	issuers := make([]token.Issuer, len(a.config.Issuers))
	for i, each := range a.config.Issuers {
		set, err := keys.Open(each.Keys, each.Issuer, nil, metrics, log)
		if err != nil {
			return fmt.Errorf("read the keys of issuers[%d]: %w", i, err)
		}
		a.keySets = append(a.keySets, set)
		issuers[i] = token.Issuer{Config: each, Keys: set}
	}
	a.tokens = token.New(issuers)
	return nil
}

func (a *Authenticator) openOthers(registerer prometheus.Registerer, log *slog.Logger) (err error) {
	if a.config.APIKeys.Enabled() {
		if a.apiKeys, err = apikey.Open(a.config.APIKeys, log); err != nil {
			return err
		}
		a.keyHeader = http.CanonicalHeaderKey(a.config.APIKeys.Header)
	}
	if a.config.Introspection.Enabled() {
		if a.introspection, err = introspection.New(a.config.Introspection, nil, registerer, log); err != nil {
			return err
		}
	}
	if a.config.Passport.Enabled() {
		a.passport, err = passport.New(a.config.Passport, registerer)
	}
	return err
}

// Run keeps keys and lists up to date until ctx ends.
func (a *Authenticator) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, set := range a.keySets {
		all.Go(func() { set.Run(ctx) })
	}
	if a.apiKeys != nil {
		all.Go(func() { a.apiKeys.Run(ctx) })
	}
	all.Go(func() { a.revoked.Run(ctx) })
	all.Wait()
}

// Learn takes over the keys that another has read of the same issuers, so that nobody has to wait for them to be read again.
func (a *Authenticator) Learn(other *Authenticator) {
	for i, set := range a.keySets {
		for k, known := range other.keySets {
			if reflect.DeepEqual(a.config.Issuers[i].Keys, other.config.Issuers[k].Keys) &&
				a.config.Issuers[i].Issuer == other.config.Issuers[k].Issuer {
				set.Learn(known)
			}
		}
	}
}

// Warm waits until the keys of all issuers have been read once, or ctx ends. Reading is what Run does; Warm begins it earlier.
func (a *Authenticator) Warm(ctx context.Context) {
	var all sync.WaitGroup
	for _, set := range a.keySets {
		all.Go(func() { set.Warm(ctx) })
	}
	all.Wait()
}

// Unready names the issuers whose keys could not be read yet. Their tokens cannot be checked.
func (a *Authenticator) Unready() []string {
	var names []string
	for i, set := range a.keySets {
		if name := a.config.Issuers[i].Issuer; !set.Ready() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Upgrade is an error where a page of another origin, one that is not allowed, wants a connection to become a WebSocket.
func (a *Authenticator) Upgrade(r *http.Request) error { return a.cookie.Upgrade(r) }

// Page is an error where a page of another origin than own, one that is not allowed, has sent a request. An empty own is what the
// request says.
func (a *Authenticator) Page(r *http.Request, own string) error { return a.cookie.Page(r, own) }

// Query is an error where a page of another site, one that is not allowed, asks by a request that only reads.
func (a *Authenticator) Query(r *http.Request) error { return a.cookie.Query(r) }

// Passport signs tokens for the services behind the gateway. It is nil where they get none.
func (a *Authenticator) Passport() *passport.Signer { return a.passport }

// scopesOf are a caller's scopes as one text, as RFC 6749, section 3.3, has them.
func scopesOf(p Principal) string { return strings.Join(p.Scopes, " ") }

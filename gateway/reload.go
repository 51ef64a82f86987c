package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/config"
)

// Version says which configuration is in force.
type Version struct {
	// Number counts the configurations of this process, from 1.
	Number int
	// Hash is of all settings and of the files that they lead to. Secrets have no part in it.
	Hash string
	// Since is when it came in force.
	Since time.Time
}

// ErrDraining is why a gateway that leaves takes no other configuration.
var ErrDraining = errors.New("the gateway is shutting down")

// FixedError says which settings are another, of those that hold until the program is started again.
type FixedError struct {
	// Paths are the settings', as the file has them.
	Paths []string
}

// Error implements error.
func (e *FixedError) Error() string {
	return "cannot change while the gateway runs, and need a restart: " + strings.Join(e.Paths, ", ")
}

// warming bounds the wait for the keys of issuers that a configuration names and the one before it did not.
const warming = 5 * time.Second

// Reload puts another configuration in force, all of it or nothing: on an error, what was in force stays. Requests that have
// begun end as they began. The configuration must have been checked, as config.Source does with Check. ctx bounds the wait
// for what has to be read first.
func (g *Gateway) Reload(ctx context.Context, c config.Config) (Version, error) {
	g.reloads.one.Lock()
	defer g.reloads.one.Unlock()
	if g.draining.Load() {
		return Version{}, ErrDraining
	}
	if paths := config.Fixed(g.config, c); len(paths) > 0 {
		return Version{}, &FixedError{Paths: paths}
	}
	before := g.current()
	next, err := g.newEdition(c, before)
	if err != nil {
		return Version{}, err
	}
	next.version = Version{Number: before.version.Number + 1, Hash: next.hash(), Since: time.Now()}
	g.warm(ctx, before, next)
	if g.draining.Load() { // who drains ends what is there, and would not know of more
		g.lives.abandon(next.parts)
		return Version{}, ErrDraining
	}
	g.put(next)
	g.reloads.count(taken)
	return next.version, nil
}

// warm reads the keys of new issuers before their tokens come, where the edition before had all of its own. An issuer that does
// not answer is no reason to wait for long.
func (g *Gateway) warm(ctx context.Context, before, next *edition) {
	if next.authenticator == before.authenticator || len(before.authenticator.Unready()) > 0 {
		return
	}
	ctx, end := context.WithTimeout(ctx, warming)
	defer end()
	next.authenticator.Warm(ctx)
}

// String is for people.
func (v Version) String() string { return fmt.Sprintf("%d (%s)", v.Number, v.Hash) }

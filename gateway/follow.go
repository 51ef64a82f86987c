package gateway

import (
	"context"
	"errors"
	"maps"
	"os"
	"reflect"
	"time"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/readiness"
)

// Source is where the configuration comes from. *config.Source is one.
type Source interface {
	// Load reads it.
	Load() (config.Config, error)
	// Changed reports whether it may be another than the one that was loaded last.
	Changed() bool
}

// looking is the time between two looks at the source.
const looking = time.Second

// Follow reloads the configuration when the source has changed, as far as the configuration in force lets it look, and at each
// signal, until ctx ends. What is no good is said in the log, and what was in force stays.
func (g *Gateway) Follow(ctx context.Context, source Source, signals <-chan os.Signal) {
	tick := time.NewTicker(looking)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			g.reloadFrom(ctx, source)
		case <-tick.C:
			if g.current().config.Reload.Watch && source.Changed() {
				g.reloadFrom(ctx, source)
			}
		}
	}
}

// reloadFrom loads what the source has, and puts it in force where it is another.
func (g *Gateway) reloadFrom(ctx context.Context, source Source) {
	if g.draining.Load() {
		return
	}
	g.tellManager(ctx, g.Manager.Reloading())
	defer g.tellReloaded(ctx)
	began := time.Now()
	c, err := source.Load()
	if err == nil && g.current().says(c) {
		g.reloads.count(unchanged)
		g.log.InfoContext(ctx, "the configuration was read again, and is the same", "version", g.current().version.String())
		return
	}
	var version Version
	if err == nil {
		version, err = g.Reload(ctx, c)
	}
	switch {
	case errors.Is(err, ErrDraining):
	case err != nil:
		g.reloads.count(refused)
		g.complain(ctx, err)
	default:
		g.log.InfoContext(ctx, "another configuration is in force",
			"version", version.String(), "took", time.Since(began).Round(time.Millisecond))
	}
}

// tellReloaded tells the service manager that a reload is over, unless the gateway has begun to leave meanwhile, or waits to be
// ready.
func (g *Gateway) tellReloaded(ctx context.Context) {
	if !g.draining.Load() && g.start.State() == readiness.Ready {
		g.tellManager(ctx, g.Manager.Ready("configuration "+g.current().version.String()))
	}
}

// says reports whether the edition is what a configuration says, the files included that it leads to.
func (e *edition) says(c config.Config) bool {
	return reflect.DeepEqual(e.config, c) && maps.Equal(e.digests, config.FilesOf(c).Digests())
}

// complain tells all that is wrong with a configuration.
func (g *Gateway) complain(ctx context.Context, err error) {
	log := g.log.With("version", g.current().version.String())
	mistakes, many := errors.AsType[config.Mistakes](err)
	if !many {
		log.ErrorContext(ctx, "a configuration was refused, and the one in force stays", "error", err)
		return
	}
	log.ErrorContext(ctx, "a configuration was refused, and the one in force stays", "mistakes", len(mistakes))
	for _, each := range mistakes {
		log.ErrorContext(ctx, "a mistake in the configuration", "file", each.File, "line", each.Line, "column", each.Column,
			"setting", each.Path, "mistake", each.Message)
	}
}

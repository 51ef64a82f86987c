package gateway

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/telemetry"
)

// asset is something that outlives the edition which opened it, for as long as editions want it opened in the same way: a pool of
// connections, what is kept, what was counted.
type asset struct {
	name  string
	by    any      // the settings that it was opened by
	over  []*asset // what it was opened over
	value any
	life  life

	metrics *prometheus.Registry
	users   int // editions

	begun, ended bool
	end          context.CancelFunc
	done         chan struct{} // closed when run has returned
}

// life is what a part does between its beginning and its end. Either may be nil.
type life struct {
	run   func(ctx context.Context) // until ctx ends
	close func()                    // after that
}

// openedBy reports whether the part would be the same if it were opened by these.
func (p *asset) openedBy(settings any, over []*asset) bool {
	return slices.Equal(p.over, over) && reflect.DeepEqual(p.by, settings)
}

// lives looks after the parts of all editions.
type lives struct {
	metrics *telemetry.Generations

	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // of all that runs; nil while nothing does
	running sync.WaitGroup  // all that runs
	work    sync.WaitGroup  // ends that are under way
}

// opening is an edition that is being put together.
type opening struct {
	before map[string]*asset // of the edition that it is to follow
	parts  []*asset          // in the order in which they were opened
}

// take takes over the part of a name from the edition before, where it was opened by the same settings over the same parts. Else
// it is opened, with a registry of its own for what it counts.
func take[T any](
	o *opening, name string, settings any, over []*asset, open func(metrics prometheus.Registerer) (T, life, error),
) (T, *asset, error) {
	if known := o.before[name]; known != nil && known.openedBy(settings, over) {
		if value, ok := known.value.(T); ok {
			o.parts = append(o.parts, known)
			return value, known, nil
		}
	}
	p := &asset{name: name, by: settings, over: over, metrics: prometheus.NewRegistry()}
	value, life, err := open(p.metrics)
	if err != nil {
		return value, nil, err
	}
	p.value, p.life = value, life
	o.parts = append(o.parts, p)
	return value, p, nil
}

// byName are parts by their names.
func byName(parts []*asset) map[string]*asset {
	all := make(map[string]*asset, len(parts))
	for _, each := range parts {
		all[each.name] = each
	}
	return all
}

// abandon ends what was opened for an edition that does not come about.
func (l *lives) abandon(parts []*asset) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, each := range slices.Backward(parts) {
		if each.users == 0 && each.life.close != nil {
			each.life.close()
		}
	}
}

// adopt counts one more edition for each of the parts, and begins what has not begun.
func (l *lives) adopt(parts []*asset) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, each := range parts {
		each.users++
		if each.users == 1 {
			l.metrics.Begin(each.metrics)
		}
	}
	if l.ctx != nil {
		l.begin(parts)
	}
}

// run begins the parts, and further ones from now on, until ctx ends.
func (l *lives) run(ctx context.Context, parts []*asset) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ctx = ctx
	l.begin(parts)
}

// begin lets parts run that do not. The lock is held.
func (l *lives) begin(parts []*asset) {
	for _, each := range parts {
		if each.begun || each.ended || each.life.run == nil {
			continue
		}
		ctx, end := context.WithCancel(l.ctx)
		each.begun, each.end, each.done = true, end, make(chan struct{})
		l.running.Go(func() {
			defer close(each.done)
			each.life.run(ctx)
		})
	}
}

// release counts one edition less for each of the parts. Those that no edition has any more end, in the background: the last
// opened first.
func (l *lives) release(parts []*asset) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ending []*asset
	for _, each := range slices.Backward(parts) {
		each.users--
		if each.users == 0 {
			each.ended = true
			ending = append(ending, each)
		}
	}
	if len(ending) > 0 {
		l.work.Go(func() { l.end(ending) })
	}
}

// end ends what no edition has any more.
func (l *lives) end(parts []*asset) {
	for _, each := range parts {
		if each.begun {
			each.end()
			<-each.done
		}
		if each.life.close != nil {
			each.life.close()
		}
		l.metrics.End(each.metrics)
	}
}

// rested returns when nothing runs any more, once its context has ended.
func (l *lives) rested() { l.running.Wait() }

// wait returns when all has ended that was released.
func (l *lives) wait() { l.work.Wait() }

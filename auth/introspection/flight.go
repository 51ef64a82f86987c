package introspection

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// errLeft is the verdict of a flight that nobody waits for. Nobody sees it.
var errLeft = fmt.Errorf("%w: nobody waits for the answer", credential.ErrUnavailable)

// flights make one question of all that are asked about the same token at the same time. A flight does not end with the request
// that began it, since others may wait too. It ends with its time, or, while it has not begun to ask, with the last who waits:
// so no more wait for a place than there are requests.
type flights struct {
	timeout time.Duration
	mu      sync.Mutex
	under   map[hash]*flight
}

// flight is one question under way.
type flight struct {
	cancel  context.CancelFunc
	done    chan struct{} // closed once there is a verdict
	verdict verdict

	// Guarded by flights.mu.
	waiting int
	begun   bool
}

func newFlights(timeout time.Duration) *flights {
	return &flights{timeout: timeout, under: make(map[hash]*flight)}
}

// ask waits for the verdict of find, which runs once for all who ask at the same time.
func (fs *flights) ask(ctx context.Context, key hash, find func(context.Context, *flight) verdict) verdict {
	f := fs.join(ctx, key, find)
	select {
	case <-f.done:
		return f.verdict
	case <-ctx.Done():
		fs.leave(key, f)
		return verdict{err: fmt.Errorf("%w: %w", credential.ErrUnavailable, context.Cause(ctx))}
	}
}

func (fs *flights) join(ctx context.Context, key hash, find func(context.Context, *flight) verdict) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f, ok := fs.under[key]
	if !ok {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), fs.timeout)
		f = &flight{cancel: cancel, done: make(chan struct{})}
		fs.under[key] = f
		go fs.fly(bounded, key, f, find)
	}
	f.waiting++
	return f
}

func (fs *flights) fly(ctx context.Context, key hash, f *flight, find func(context.Context, *flight) verdict) {
	defer f.cancel()
	f.verdict = find(ctx, f)
	fs.mu.Lock()
	fs.remove(key, f)
	fs.mu.Unlock()
	close(f.done)
}

// leave is called by one who waits no longer. A flight that all have left before it began is not joined any more.
func (fs *flights) leave(key hash, f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.begun {
		fs.remove(key, f)
		f.cancel()
	}
}

// remove leaves a later flight about the same token alone. It needs the lock.
func (fs *flights) remove(key hash, f *flight) {
	if fs.under[key] == f {
		delete(fs.under, key)
	}
}

// begin is false where all have left: then there is nothing to ask.
func (fs *flights) begin(f *flight) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.begun = f.waiting > 0
	return f.begun
}

// left says whether a flight that ended without a place ended because nobody waited.
func (fs *flights) left(f *flight) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return f.waiting == 0
}

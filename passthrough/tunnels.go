package passthrough

import (
	"context"
	"sync"

	"github.com/concierge-gateway/concierge/passthrough/proxy"
)

// tunnels are the connections that have become WebSockets. net/http forgets about such when it shuts down, so somebody else has
// to end them and to wait for their end.
type tunnels struct {
	mu     sync.Mutex
	closed bool
	away   chan struct{} // closed when clients are to go elsewhere; nil before anybody asks
	ends   map[*context.CancelFunc]bool
	all    sync.WaitGroup
}

// open returns a context that ends with the door. done must be called. ok is false where the door has been closed.
func (t *tunnels) open(ctx context.Context) (within context.Context, done func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, false
	}
	within, end := context.WithCancel(context.WithValue(ctx, proxy.LeavingKey{}, t.leaving()))
	if t.ends == nil {
		t.ends = make(map[*context.CancelFunc]bool)
	}
	t.ends[&end] = true
	t.all.Add(1)
	return within, func() { t.done(&end) }, true
}

func (t *tunnels) done(end *context.CancelFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	(*end)()
	delete(t.ends, end)
	t.all.Done()
}

// leaving is closed when the clients are to go elsewhere. The lock is held.
func (t *tunnels) leaving() <-chan struct{} {
	if t.away == nil {
		t.away = make(chan struct{})
	}
	return t.away
}

// leave lets no more of them open, tells all clients to go elsewhere, and waits until they have or ctx ends.
func (t *tunnels) leave(ctx context.Context) {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		t.leaving()
		close(t.away)
	}
	t.mu.Unlock()
	gone := make(chan struct{})
	go func() { // it ends with the last of them, for which close sees in any case
		defer close(gone)
		t.all.Wait()
	}()
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

// close ends all of them, and waits for that.
func (t *tunnels) close() {
	t.mu.Lock()
	t.closed = true
	for end := range t.ends {
		(*end)()
	}
	t.mu.Unlock()
	t.all.Wait()
}

package passthrough

import (
	"context"
	"sync"
)

// tunnels are the connections that have become WebSockets. net/http forgets about such when it shuts down, so somebody else has
// to end them and to wait for their end.
type tunnels struct {
	mu     sync.Mutex
	closed bool
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
	within, end := context.WithCancel(ctx)
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

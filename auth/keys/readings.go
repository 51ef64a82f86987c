package keys

import (
	"context"
	"sync"
	"time"
)

// readings sees to it that keys are read once at a time, however many ask, and seldom at the wish of strangers.
type readings struct {
	read  func(context.Context) error
	every time.Duration // how often strangers may have it done

	mu      sync.Mutex
	current *reading
	asked   time.Time // when a stranger last had it done
	ended   bool
}

// reading is one. What is said of it holds once done is closed.
type reading struct {
	done   chan struct{}
	cancel context.CancelFunc
	err    error
}

// begin returns the reading that is under way, or starts one. It is nil after the end.
func (r *readings) begin(ctx context.Context) *reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil && !r.ended {
		r.start(ctx)
	}
	return r.current
}

// ask does the same for a stranger, and tells whether it started one. It is nil where none is under way and it is too early for
// another.
func (r *readings) ask(ctx context.Context) (asked *reading, started bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		return r.current, false
	}
	if r.ended || !r.asked.IsZero() && time.Since(r.asked) < r.every {
		return nil, false
	}
	r.asked = time.Now()
	r.start(ctx)
	return r.current, true
}

// forgive lets strangers have another done at once.
func (r *readings) forgive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = time.Time{}
}

// start goes on without whoever asked first, because others wait for it too. Its read ends by itself, and end ends it.
func (r *readings) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	current := &reading{done: make(chan struct{}), cancel: cancel}
	r.current = current
	go func() {
		defer cancel()
		current.err = r.read(ctx)
		r.mu.Lock()
		r.current = nil
		r.mu.Unlock()
		close(current.done)
	}()
}

// end stops the reading that is under way, waits for it, and lets no other begin.
func (r *readings) end() {
	r.mu.Lock()
	r.ended = true
	current := r.current
	r.mu.Unlock()
	if current != nil {
		current.cancel()
		<-current.done
	}
}

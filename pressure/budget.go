package pressure

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// ErrFull says that there is no room for what a request sends, or for what it is answered: a *problem.Error.
var ErrFull error = &problem.Error{
	Kind: problem.Overloaded, Message: "the gateway has no memory for this request now", RetryAfter: 2 * time.Second,
}

// budget is how much all requests may hold at the same time.
type budget struct {
	most    int64
	used    atomic.Int64
	refused atomic.Uint64
}

// modest is what a request may hold of all of the budget, in bytes. Who holds more has to do with three quarters, so that those
// who send little and ask for little find room while others take all that they can get.
const modest = 128 << 10

// bound is how much may be held in all when a request holds so much itself.
func (b *budget) bound(held int64) int64 {
	if held <= modest {
		return b.most
	}
	return b.most / 4 * 3
}

// take counts n bytes where there is room for them up to a bound. They are not counted otherwise, not for a moment.
func (b *budget) take(n, bound int64) bool {
	for {
		used := b.used.Load()
		if used+n > bound {
			b.refused.Add(1)
			return false
		}
		if b.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// Hold is what one request holds of the budget, until it is closed. A nil Hold holds nothing, and has room for everything. It is
// safe for concurrent use.
type Hold struct {
	budget *budget

	mu     sync.Mutex
	bytes  int64
	closed bool
}

// Key is the key under which a context has its request's Hold.
type Key struct{}

// From is the Hold of the request that ctx works for, nil where it has none.
func From(ctx context.Context) *Hold {
	hold, _ := ctx.Value(Key{}).(*Hold)
	return hold
}

// Hold is for a new request, nil where there is no limit. It must be closed when the request has ended.
func (g *Gauge) Hold() *Hold {
	if g == nil {
		return nil
	}
	return &Hold{budget: &g.budget}
}

// Take holds n bytes more, until the request has ended. The error is ErrFull. What goes on after that is not counted: its time
// is bounded, and all that is alive is measured.
func (h *Hold) Take(n int64) error {
	if h == nil || n <= 0 {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	if !h.budget.take(n, h.budget.bound(h.bytes+n)) {
		return ErrFull
	}
	h.bytes += n
	return nil
}

// Close gives all of it back.
func (h *Hold) Close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.budget.used.Add(-h.bytes)
	h.bytes = 0
}

// Reader has what is read counted for the request of ctx, so many bytes for each: what becomes of it takes memory too. Reading
// fails with ErrFull where there is no room. It is src itself where nothing is counted.
func Reader(ctx context.Context, src io.Reader, each int64) io.Reader {
	if hold := From(ctx); hold != nil {
		return &counted{src: src, hold: hold, each: each}
	}
	return src
}

type counted struct {
	src  io.Reader
	hold *Hold
	each int64
}

// Read gives what there is room for, or nothing: what was read before its error is lost to nobody, since the request has failed.
func (c *counted) Read(into []byte) (int, error) {
	n, err := c.src.Read(into)
	if full := c.hold.Take(int64(n) * c.each); full != nil {
		return 0, full
	}
	return n, err //nolint:wrapcheck // as if it were called there
}

package waterfall

import (
	"context"
	"time"
)

// Cache is what a cache did with a call.
type Cache string

// What it can do. Empty is nothing: nothing is kept of such calls.
const (
	// Hit is what was kept, and no call.
	Hit Cache = "hit"
	// Stale is what was kept and is older than it should be: while it is asked for anew, or in the place of a failure.
	Stale Cache = "stale"
	// Revalidated is what was kept, of which the service said that it is still good.
	Revalidated Cache = "revalidated"
	// Shared is the answer to a call that somebody else had begun: who waited for it, waited no longer than that.
	Shared Cache = "shared"
	// Bypass is a call because the client wanted what is new.
	Bypass Cache = "bypass"
	// Miss is a call because there was nothing.
	Miss Cache = "miss"
)

// Call is a call that a request made, or would have made if what it asks for had not been known. A nil Call notes nothing.
type Call struct {
	recorder *Recorder
	began    time.Time

	// Guarded by the recorder.
	ended    time.Time // zero before
	told     Told
	attempts []*Attempt
}

// Begin notes a call for so many keys, on behalf of whom ctx belongs to, and returns a context by which it is found. It is nil
// where nothing is noted.
func Begin(ctx context.Context, service, method, path string, keys int) (context.Context, *Call) {
	b := of(ctx)
	if b == nil {
		return ctx, nil
	}
	c := b.call(service, method, path, keys)
	if !b.recorder.add(c) {
		return context.WithValue(ctx, callKey{}, (*Call)(nil)), nil
	}
	return context.WithValue(ctx, callKey{}, c), c
}

func (b *batch) call(service, method, path string, keys int) *Call {
	return &Call{recorder: b.recorder, began: time.Now(), told: Told{
		Service: service, Method: method, Path: Template(path), Keys: keys, Read: b.read, Level: b.level, Batch: b.number,
	}}
}

// Kept notes keys that the service was not asked for, because their records are known one by one: so many of them stale.
func Kept(ctx context.Context, service, method, path string, keys, stale int) {
	b := of(ctx)
	if b == nil || keys == 0 {
		return
	}
	c := b.call(service, method, path, keys)
	c.told.Records, c.told.Cache = true, Hit
	if stale > 0 {
		c.told.Cache = Stale
	}
	c.ended = c.began
	b.recorder.add(c)
}

// Of is the call that a context belongs to, nil where nothing is noted.
func Of(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// change makes a change, unless all was told already.
func (c *Call) change(f func()) {
	if c == nil {
		return
	}
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	if !c.recorder.over {
		f()
	}
}

// End is how a call ended. How holds what is known by then.
func (c *Call) End(how End) {
	c.change(func() {
		c.ended, c.told.End = time.Now(), how
	})
}

// Cached says what a cache did with the call.
func (c *Call) Cached(what Cache) { c.change(func() { c.told.Cache = what }) }

// Withheld says why the call was not made, or not any more: open, no_endpoint, no_time or shed.
func (c *Call) Withheld(why string) { c.change(func() { c.told.Withheld = why }) }

// Attempt is one attempt of a call. A nil Attempt notes nothing.
type Attempt struct {
	call     *Call
	began    time.Time
	ended    time.Time // zero before
	endpoint int
	hedge    bool
	code     string
}

// Attempt notes an attempt at an endpoint. A hedge is one that is made because another is slow.
func (c *Call) Attempt(endpoint string, hedge bool) (a *Attempt) {
	c.change(func() {
		a = &Attempt{
			call: c, began: time.Now(), hedge: hedge, endpoint: c.recorder.numbered(c.told.Service, endpoint),
		}
		c.attempts = append(c.attempts, a)
	})
	return a
}

// End is how an attempt ended: the status of its answer, or a word for why there is none.
func (a *Attempt) End(code string) {
	if a == nil {
		return
	}
	a.call.change(func() { a.ended, a.code = time.Now(), code })
}

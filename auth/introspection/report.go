package introspection

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// pause is how long the log is silent after a failure: while the issuer is away each new token is one.
const pause = 10 * time.Second

// reports tell of failures.
type reports struct {
	log  *slog.Logger
	next atomic.Int64 // when the next one is told, in nanoseconds since 1970
}

func (r *reports) failure(ctx context.Context, err error) {
	now, next := time.Now(), r.next.Load()
	if now.UnixNano() < next || !r.next.CompareAndSwap(next, now.Add(pause).UnixNano()) {
		return
	}
	r.log.WarnContext(ctx, "tokens cannot be introspected", "error", err)
}

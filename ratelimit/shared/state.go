package shared

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// Why the shared counters cannot be reached any more.
const (
	reasonTimeout = "timeout"
	reasonError   = "error"
	reasonLost    = "lost"
)

// errConnecting is of who asks before there is a connection.
var errConnecting = errors.New("there is no connection yet")

// state is whether Redis is asked. It never changes: another takes its place.
type state struct {
	well bool
	// generation is the name that Redis must have for its counters.
	generation string
	// since is when it began.
	since time.Time
	// over is closed when another state takes the place of one that is well, so that nobody waits for Redis any longer.
	over chan struct{}
}

type health struct{ atomic.Pointer[state] }

// fail makes Redis not be asked any more, unless somebody has already, or it has come back since.
func (s *Store) fail(ctx context.Context, st *state, err error) {
	if !st.well || !s.health.CompareAndSwap(st, &state{generation: st.generation, since: time.Now()}) {
		return
	}
	close(st.over)
	s.exhausted.Clear()
	reason := reasonOf(err)
	s.metrics.failure(reason)
	s.metrics.reachable.Set(0)
	s.log.WarnContext(ctx, "the shared counters cannot be used: every instance decides by itself", "reason", reason, "error", err)
}

// reasonOf is the kind of a failure.
func reasonOf(err error) string {
	answer, isAnswer := rueidis.IsRedisErr(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return reasonTimeout
	case errors.Is(err, errLost), isAnswer && strings.HasPrefix(answer.Error(), "LOST "):
		return reasonLost
	default:
		return reasonError
	}
}

// errLost is of counters that Redis has forgotten.
var errLost = errors.New("the counters are not those that were counted in")

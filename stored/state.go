package stored

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// state is whether Redis is asked. It never changes: another takes its place.
type state struct {
	well bool
	// since is when it began.
	since time.Time
	// over is closed when another state takes the place of one that is well, so that nobody waits for Redis any longer.
	over chan struct{}
	// asked is what Redis did not answer, where it is not well. In a cluster it is one node that has to come back.
	asked []string
	// told is whether the log says that Redis is not well.
	told bool
}

type health struct{ atomic.Pointer[state] }

// fail makes Redis not be asked any more, unless somebody has already, or it has come back since.
func (s *Second) fail(st *state, asked []string, err error) {
	if s.ctx.Err() != nil || !st.well {
		return
	}
	if s.health.CompareAndSwap(st, &state{since: time.Now(), asked: asked, told: true}) {
		close(st.over)
		s.metrics.reachable.Set(0)
		s.warn(err)
	}
}

// missed is for a Redis that is still not well. It is told where nobody has, since there was none from the beginning.
func (s *Second) missed(st *state, err error) {
	if !st.told && s.health.CompareAndSwap(st, &state{since: st.since, asked: st.asked, told: true}) {
		s.warn(err)
	}
}

func (s *Second) warn(err error) {
	reason := "error"
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "timeout"
	}
	s.log.WarnContext(s.ctx, "redis cannot be used to share what is kept", "reason", reason, "error", err)
}

// comeBack lets Redis be asked.
func (s *Second) comeBack(st *state) {
	if !s.health.CompareAndSwap(st, &state{well: true, since: time.Now(), over: make(chan struct{})}) {
		return
	}
	s.metrics.reachable.Set(1)
	s.log.InfoContext(s.ctx, "what is kept is shared with other instances", "was_alone_for", time.Since(st.since))
}

// stop lets nobody ask any more, since nobody would find out whether it is well.
func (s *Second) stop() {
	st := s.health.Swap(&state{since: time.Now(), asked: []string{s.prefix}, told: true})
	if st.well {
		close(st.over)
		s.metrics.reachable.Set(0)
	}
}

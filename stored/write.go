package stored

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
)

// Set keeps a value until a time. It is written later, and dropped where there is too much to write, where it is larger than the
// settings have it, and while Redis is not well. Nobody may change data any more. It waits for nobody.
func (s *Second) Set(key sharing.Key, data []byte, until time.Time) {
	if s == nil {
		return
	}
	fits := len(data) <= int(s.config.MaxEntry) && time.Until(until) >= time.Millisecond
	if !fits || !s.health.Load().well || !s.queue.put(write{name: s.prefix + key.String(), data: data, until: until}) {
		s.metrics.dropped.Inc()
	}
}

// writeAll writes what waits, until ctx ends.
func (s *Second) writeAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-s.queue.waiting:
			s.write(ctx, s.queue.more(first))
		}
	}
}

// write writes some. A Redis that answers is well, also where it takes nothing, such as one that has no room: what it has can
// still be read.
func (s *Second) write(ctx context.Context, writes []write) {
	defer s.queue.release(writes...)
	st := s.health.Load()
	if !st.well {
		s.metrics.dropped.Add(float64(len(writes)))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, max(s.config.Probe, s.config.Timeout))
	defer cancel()
	o := s.store.Write(ctx, writes)
	s.metrics.written.Add(float64(o.written))
	s.metrics.failed.Add(float64(o.failed))
	s.metrics.dropped.Add(float64(o.late))
	if o.unanswered != nil && !errors.Is(ctx.Err(), context.Canceled) {
		s.fail(st, namesOf(writes), o.unanswered)
	}
	if o.refused != nil {
		s.refusals.tell(func() {
			s.log.WarnContext(ctx, "redis does not take what is kept", "error", o.refused)
		})
	}
}

func namesOf(writes []write) []string {
	names := make([]string, len(writes))
	for i, w := range writes {
		names[i] = w.name
	}
	return names
}

// seldom tells of what may happen often.
type seldom struct{ last atomic.Pointer[time.Time] }

// tell says nothing within a minute of when it last did.
func (s *seldom) tell(say func()) {
	now, last := time.Now(), s.last.Load()
	if (last == nil || now.Sub(*last) >= time.Minute) && s.last.CompareAndSwap(last, &now) {
		say()
	}
}

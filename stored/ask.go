package stored

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
)

// mostKeys are asked for at once.
const mostKeys = 1024

// question is one that is being asked. It is not bound to who asks: rueidis does not look at a deadline while it dials, nor while
// its queue is full.
type question struct {
	names   []string
	done    chan struct{}
	answers [][]byte // to be read when it is done
	err     error    // to be read when it is done
}

// Get finds values. The result is as long as keys, with nil where there is no value; it is nil where Redis is slow or gone. It
// waits no longer than the Timeout of the settings in all, and as long as ctx has not ended. Of more than 1,024 keys it finds the
// first. Nobody may change the values.
func (s *Second) Get(ctx context.Context, keys ...sharing.Key) [][]byte {
	if s == nil || len(keys) == 0 {
		return nil
	}
	answers, ok := s.await(ctx, s.health.Load(), keys[:min(len(keys), mostKeys)])
	if !ok {
		s.metrics.unavailable.Add(float64(len(keys)))
		return nil
	}
	found := make([][]byte, len(keys))
	hits := 0
	for i, answer := range answers {
		if data, ok := unpack(answer, int(s.config.MaxEntry)); ok {
			found[i] = data
			hits++
		}
	}
	s.metrics.hits.Add(float64(hits))
	s.metrics.misses.Add(float64(len(keys) - hits))
	return found
}

// await asks, and waits for as long as Redis is thought to be well.
func (s *Second) await(ctx context.Context, st *state, keys []sharing.Key) (answers [][]byte, ok bool) {
	if !st.well || ctx.Err() != nil {
		return nil, false
	}
	q := &question{names: s.names(keys), done: make(chan struct{})}
	patience := time.NewTimer(s.config.Timeout)
	defer patience.Stop()
	if !s.crew.Go(func() { s.run(st, q) }) {
		return nil, false
	}
	select {
	case <-q.done:
		return q.answers, q.err == nil
	case <-patience.C:
		return s.giveUp(st, q)
	case <-ctx.Done():
	case <-st.over:
	}
	return nil, false
}

// giveUp is for whoever has waited long enough. On a busy machine there may be an answer nevertheless.
func (s *Second) giveUp(st *state, q *question) (answers [][]byte, ok bool) {
	select {
	case <-q.done:
		return q.answers, q.err == nil
	default:
		s.fail(st, q.names, context.DeadlineExceeded)
		return nil, false
	}
}

func (s *Second) names(keys []sharing.Key) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.prefix + key.String()
	}
	return names
}

// run asks, and finds out whether Redis is well.
func (s *Second) run(st *state, q *question) {
	defer close(q.done)
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
	defer cancel()
	began := time.Now()
	// A byte more than could have been written: what is too large is read no further, and found out by it.
	if q.answers, q.err = s.store.Read(ctx, q.names, int64(s.config.MaxEntry)+2); q.err != nil {
		s.fail(st, q.names, q.err)
		return
	}
	s.metrics.duration.Observe(time.Since(began).Seconds())
}

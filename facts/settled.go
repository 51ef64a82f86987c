package facts

import (
	"context"
	"sync"
	"sync/atomic"
)

// Settle returns a context that asks ctx once for each value, and knows it from then on. It is for work of several parts: each
// asks for the same dozen of values, most of which nobody has added, and each question would go through all contexts of the
// request. What is added to the request after it was asked for is not seen.
func Settle(ctx context.Context) context.Context { return &settled{Context: ctx} }

// settled is a context that remembers. What is remembered is never changed, so that it is read without a lock.
type settled struct {
	context.Context //nolint:containedctx // it is one

	adding sync.Mutex
	n      atomic.Int32 // how many facts there are
	facts  [16]fact
}

// Value implements context.Context.
func (s *settled) Value(key any) any {
	for i := range s.n.Load() {
		if s.facts[i].key == key {
			return s.facts[i].value
		}
	}
	value := s.Context.Value(key)
	if int(s.n.Load()) < len(s.facts) {
		s.remember(fact{key, value})
	}
	return value
}

// remember adds a fact where there is room for it. Two who ask at the same moment may both add theirs.
func (s *settled) remember(f fact) {
	s.adding.Lock()
	defer s.adding.Unlock()
	n := s.n.Load()
	if int(n) < len(s.facts) {
		s.facts[n] = f
		s.n.Store(n + 1)
	}
}

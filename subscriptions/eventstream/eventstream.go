// Package eventstream answers how a subscription goes over server-sent events: one operation for each request, the distinct
// connections mode of GraphQL over SSE (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).
package eventstream

import (
	"context"
	"sync"
	"time"
)

// Writer writes events. *graphqlhttp.EventStream is one.
type Writer interface {
	Next(payload []byte) error
	Complete() error
	KeepAlive() error
}

// Stream is one request's events. Its methods may be called by several goroutines.
type Stream struct {
	mu sync.Mutex
	w  Writer
}

// New is a stream that writes by w.
func New(w Writer) *Stream { return &Stream{w: w} }

// Next sends a result.
func (s *Stream) Next(payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Next(payload)
}

// End sends the errors that ended the subscription, an answer as JSON, if there are any, and says that nothing follows. Whoever
// is to come again is not told so: a stream that breaks off is one that clients begin anew.
func (s *Stream) End(answer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer != nil && s.w.Next(answer) != nil {
		return
	}
	_ = s.w.Complete() // a client that has gone cannot be told so
}

// Keep runs a subscription, and shows meanwhile at each interval that the connection is there. The context that it runs in ends
// when the client cannot be written to any more.
func (s *Stream) Keep(ctx context.Context, interval time.Duration, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	var pulse sync.WaitGroup
	pulse.Go(func() {
		defer cancel()
		s.pulse(ctx, interval)
	})
	run(ctx)
	cancel()
	pulse.Wait()
}

// pulse shows that the connection is there until ctx ends, or the client has gone.
func (s *Stream) pulse(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if s.keepAlive() != nil {
				return
			}
		}
	}
}

func (s *Stream) keepAlive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.KeepAlive()
}

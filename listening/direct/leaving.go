package direct

import (
	"context"
	"errors"
	"net"
	"time"
)

// The bounds of net/http's Shutdown: how often it looks whether all have ended, and for how long a connection on which nothing
// was ever asked is one that is about to be used.
const (
	shortestLook = time.Millisecond
	longestLook  = 500 * time.Millisecond
	fresh        = 5 * time.Second
)

// Shutdown is http.Server's: no connection is taken any more, those without a request are closed, and the others after their
// answer. It waits for these until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	failed := s.stop()
	look := time.NewTimer(shortestLook)
	defer look.Stop()
	for pause := shortestLook; !s.closeIdle() || !s.over.allKnown(); pause = min(2*pause, longestLook) {
		s.inner.SetKeepAlivesEnabled(false) // it still takes what is handed over, until nothing can be
		look.Reset(pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return errors.Join(failed, s.inner.Shutdown(ctx))
}

// Close ends all connections at once.
func (s *Server) Close() error {
	failed := s.stop()
	s.cut.Store(true) // for requests that begin just now, and are not seen here
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.plain.Close() // its handler learns of it by what it does next
		c.interrupt()
	}
	return errors.Join(failed, s.over.Close(), s.inner.Close())
}

// stop takes no more connections.
func (s *Server) stop() error {
	s.leaving.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket == nil {
		return nil
	}
	if err := s.socket.Close(); !errors.Is(err, net.ErrClosed) {
		return err //nolint:wrapcheck // as net/http has it
	}
	return nil
}

// closeIdle closes connections without a request, and reports whether none is left.
func (s *Server) closeIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	quiet := true
	for c := range s.open {
		if c.unused(time.Now()) {
			_ = c.plain.Close() // nobody is told anything on it
			delete(s.open, c)
			continue
		}
		quiet = false
	}
	return quiet
}

package stored

import (
	"context"
	"fmt"
	"time"
)

// probe looks after Redis while it is not well, until ctx ends.
func (s *Second) probe(ctx context.Context) {
	ticks := time.NewTicker(s.config.Probe)
	defer ticks.Stop()
	for {
		if st := s.health.Load(); !st.well {
			s.look(ctx, st)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (s *Second) look(ctx context.Context, st *state) {
	err := s.meet(ctx, st)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.missed(st, err)
	default:
		s.comeBack(st)
	}
}

// meet asks again for what was not answered, a byte of it, and wants an answer in time. The first question may take
// longer, since a connection may have to be made for it.
func (s *Second) meet(ctx context.Context, st *state) error {
	ctx, cancel := context.WithTimeout(ctx, max(s.config.Probe, s.config.Timeout))
	defer cancel()
	if err := s.store.Connect(ctx); err != nil {
		return err
	}
	for range 2 {
		began := time.Now()
		if _, err := s.store.Read(ctx, st.asked, 1); err != nil {
			return err
		}
		if time.Since(began) <= s.config.Timeout {
			return nil
		}
	}
	return fmt.Errorf("answers come too late: %w", context.DeadlineExceeded)
}

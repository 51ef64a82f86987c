package shared

import (
	"context"
	"strconv"

	"github.com/redis/rueidis"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/window"
)

const (
	// mostCorrections is how many wait at most. Further ones are dropped: what is not given back makes nothing pass that must not.
	mostCorrections = 4096
	// batch is how many counters are changed in one pipeline.
	batch = 128
)

// correction gives back units that were taken from a counter in Redis.
type correction struct {
	key       string
	rate      limiter.Rate
	at, units int64
}

// correct gives something back soon. It does not wait.
func (s *Store) correct(c correction) {
	if c.units <= 0 || c.at == 0 {
		return
	}
	select {
	case s.corrections <- c:
	default:
		s.metrics.dropped.Inc()
	}
}

// correctAll gives back what there is to, until ctx ends.
func (s *Store) correctAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-s.corrections:
			s.giveBack(ctx, s.waiting(first))
		}
	}
}

// waiting is all that waits with one, as far as it fits in a batch.
func (s *Store) waiting(first correction) []correction {
	all := []correction{first}
	for len(all) < batch {
		select {
		case next := <-s.corrections:
			all = append(all, next)
		default:
			return all
		}
	}
	return all
}

// giveBack does so in one pipeline. What fails is not tried again, since nobody knows whether it was done.
func (s *Store) giveBack(ctx context.Context, all []correction) {
	client := s.client.Connected()
	if client == nil || !s.health.Load().well {
		s.metrics.dropped.Add(float64(len(all)))
		return
	}
	orders := make([]rueidis.LuaExec, len(all))
	for i, c := range all {
		orders[i] = rueidis.LuaExec{
			Keys: []string{s.names.counter + c.key},
			Args: []string{s.now(), text(c.rate.Limit), text(window.Period(c.rate)), text(c.at), text(c.units)},
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings.Probe)
	defer cancel()
	failed, _ := s.pipeline(ctx, client, s.scripts.refund, orders)
	s.metrics.dropped.Add(float64(failed))
}

// pipeline runs a script several times, and says how many failed, and how one did. The client makes one pipeline of what is asked
// at the same time; its own way for several would first want an answer of every node, replicas too. It does not wait for longer
// than ctx, which the client does while it dials.
func (s *Store) pipeline(
	ctx context.Context, client rueidis.Client, script *rueidis.Lua, orders []rueidis.LuaExec,
) (failed int, err error) {
	errs := make(chan error, len(orders))
	for _, order := range orders {
		if !s.crew.Go(func() { errs <- script.Exec(ctx, client, order.Keys, order.Args).Error() }) {
			errs <- context.Canceled
		}
	}
	for n := range orders {
		select {
		case one := <-errs:
			if one != nil {
				failed, err = failed+1, one
			}
		case <-ctx.Done():
			return failed + len(orders) - n, ctx.Err()
		}
	}
	return failed, err
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

// times is a product, or the most that a counter holds.
func times(units, cost int64) int64 {
	cost = max(1, cost)
	if units > window.MaxUnits/cost {
		return window.MaxUnits
	}
	return units * cost
}

package plan_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// ledger is a store that notes what it was asked.
type ledger struct {
	*memory.Store

	asked []string
}

// Reserve decides, and notes how much of each field was granted.
func (c *ledger) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	err := c.Store.Reserve(ctx, within, reservations...)
	parts := make([]string, len(reservations))
	for i, r := range reservations {
		parts[i] = fmt.Sprintf("%s %d of %d", strings.Split(r.Charges[0].Key, "/")[1], r.Granted, r.Want)
	}
	c.asked = append(c.asked, strings.Join(parts, ", "))
	return err
}

// questions are those since the last look.
func (c *ledger) questions() []string {
	if c == nil {
		return nil
	}
	asked := c.asked
	c.asked = nil
	return asked
}

// account is that of a request that comes first: nothing was charged before.
func (s *site) account(who auth.Principal) *ratelimit.Account {
	s.ledger = &ledger{Store: memory.New(memory.DefaultConfig(), nil)}
	limiter := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
		Store: s.ledger, Fields: s.limits, Within: time.Second, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
	})
	return limiter.Open(ratelimit.Who{Principal: who.ID})
}

// limited are settings with limits of fields, by the hour.
func limited(limits map[string]int) settings {
	with := usual()
	with.limits = make(map[string][]ratelimit.Limit)
	for name, limit := range limits {
		with.limits[name] = []ratelimit.Limit{{By: ratelimit.ByAll, Limit: limit, Per: ratelimit.Period{Length: time.Hour}}}
	}
	return with
}

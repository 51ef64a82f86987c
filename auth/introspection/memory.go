package introspection

import (
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// memory holds verdicts for a while. Good tokens have a part of their own: anybody can make any number of others, and those must
// not drive the good ones out.
type memory struct {
	good, refused       *otter.Cache[hash, memorized]
	goodFor, refusedFor time.Duration
}

// memorized is a verdict that counts until a time, which is short of its end in the cache: there it goes when room is needed.
type memorized struct {
	verdict
	until time.Time
}

func newMemory(c Config) (*memory, error) {
	good, err := otter.New(&otter.Options[hash, memorized]{MaximumSize: c.MaxTokens})
	if err != nil {
		return nil, fmt.Errorf("make the cache of good tokens: %w", err)
	}
	refused, err := otter.New(&otter.Options[hash, memorized]{MaximumSize: c.MaxTokens})
	if err != nil {
		return nil, fmt.Errorf("make the cache of refused tokens: %w", err)
	}
	return &memory{good: good, refused: refused, goodFor: c.Remember, refusedFor: c.RememberRefused}, nil
}

func (m *memory) get(key hash, now time.Time) (verdict, bool) {
	for _, part := range []*otter.Cache[hash, memorized]{m.good, m.refused} {
		if known, ok := part.GetIfPresent(key); ok && now.Before(known.until) {
			return known.verdict, true
		}
	}
	return verdict{}, false
}

func (m *memory) keep(key hash, v verdict, now time.Time) {
	if v.err != nil {
		m.good.Invalidate(key)
		keepIn(m.refused, key, memorized{v, now.Add(m.refusedFor)}, now)
		return
	}
	until := now.Add(m.goodFor)
	if end := v.grant.Until; !end.IsZero() && end.Before(until) {
		until = end
	}
	keepIn(m.good, key, memorized{v, until}, now)
}

func keepIn(part *otter.Cache[hash, memorized], key hash, v memorized, now time.Time) {
	if now.Before(v.until) {
		part.Set(key, v)
	}
}

package answers

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Whoever gets a text may give its memory to others.
func TestOnlyWhoIsTheOnlyOneWithAnAnswerGetsItsText(t *testing.T) {
	written := func(int64) Executed {
		text := new(lent.Texts).New()
		text.Bytes = append(text.Bytes, `{"data":{}}`...)
		return Executed{Response: &graphql.Response{Data: text.Bytes[8:10]}, Text: text}
	}
	for name, c := range map[string]struct {
		policy *Policy
		change func(*Config, *Stores)
		alone  bool
	}{
		"others may join":            {private(), nil, false},
		"it may be kept":             {public(), func(c *Config, _ *Stores) { c.Share = false }, false},
		"it goes around the cache":   {public(), func(_ *Config, s *Stores) { s.Bypass = func(context.Context) rules.Wish { return rules.NoCache } }, false},
		"nobody joins, none is kept": {private(), func(c *Config, _ *Stores) { c.Share = false }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := open(t, c.change)
				var runs atomic.Int64
				var all sync.WaitGroup
				for range 3 {
					all.Go(func() {
						got := site.Answer(t.Context(), question(c.policy, slowly(&runs, written)))
						if alone := got.Text != nil; alone != c.alone || dataIn(got) != `{}` {
							t.Errorf("there is a text: %v, want %v; the data are %s", alone, c.alone, dataIn(got))
						}
					})
				}
				all.Wait()
			})
		})
	}
}

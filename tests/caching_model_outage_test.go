package tests

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/redis/redistest"
)

// While Redis is gone, a gateway uses nothing that the other has written over, but for the bound; and what it has learned by that, it
// has learned for good.
func TestWhileRedisIsGoneNothingIsUsedForLongerThanTheBound(t *testing.T) {
	inOneRun(t)
	for name, c := range map[string]struct{ gone, back func(*redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Start},
		"hung":   {(*redistest.Server).Hang, (*redistest.Server).Continue},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPair(t, "wait: 25ms, probe: 100ms, bound: 300ms")
			p.few, p.patrons = 2, slices.Concat(p.patrons[:3], p.patrons[8:])
			checksAtMost(t, 3)
			rapid.Check(t, func(rt *rapid.T) {
				p.moods(rt)
				p.during(rt, "while all is well", false)
				c.gone(p.redis)
				p.during(rt, "while it is gone", false)
				p.meanwhile(rt, "until what both had is too old", func() { p.bothHear(rt) }) // by the bound
				p.during(rt, "while it is gone for long", false)
				c.back(p.redis)
				p.meanwhile(rt, "until both are in touch", func() { p.inTouch(2) })
				p.during(rt, "when it is back", true)
			})
		})
	}
}

// during plays some rounds, and waits until both have heard of everything, if that is wanted.
func (p *pair) during(t *rapid.T, when string, hears bool) {
	for _, r := range rapid.SliceOfN(rapid.Custom(rounds), 2, 5).Draw(t, when) {
		if err := p.plays(r); err != nil {
			t.Fatalf("%s: %v\nthe last calls:\n%s", when, err, p.latest())
		}
	}
	if hears {
		p.bothHear(t)
	}
}

func (p *pair) bothHear(t *rapid.T) {
	for gateway := range p.gateways {
		if err := p.hears(gateway); err != nil {
			t.Fatal(err)
		}
	}
}

// inTouch waits until so many gateways are in touch with each other.
func (p *pair) inTouch(want float64) {
	waitFor(p.t, func() string { return fmt.Sprintf("it is not %v gateways that are in touch", want) }, func() bool {
		return counted(p.t, p.gateways[0], "concierge_purges_in_touch")+counted(p.t, p.gateways[1], "concierge_purges_in_touch") == want
	})
}

// meanwhile reads until something has come about.
func (p *pair) meanwhile(t *rapid.T, when string, comes func()) {
	r := rapid.Custom(rounds).Draw(t, when)
	r.Failing = ""
	r.Deeds = slices.DeleteFunc(r.Deeds, func(d deed) bool { return d.Kind != "read" })
	over := make(chan struct{})
	var reads errgroup.Group
	reads.Go(func() error {
		for {
			select {
			case <-over:
				return nil
			default:
			}
			if err := p.plays(r); err != nil {
				return err
			}
		}
	})
	comes()
	close(over)
	if err := reads.Wait(); err != nil {
		t.Fatalf("%s: %v\nthe last calls:\n%s", when, err, p.latest())
	}
}

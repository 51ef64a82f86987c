package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// If a service answers by what it does not declare, or gateways do not hear of each other, or a change is told to nobody, that shows.
func TestTheModelNoticesWhatIsForOthersAndWhatIsOld(t *testing.T) {
	everywhere := []string{"a product", "GET a product", "some products", "all products", "GET all products", "GET a shelf"}
	for name, c := range map[string]struct {
		prefixes []string
		does     func(p *pair) error // between two reads, the second of another caller
		want     string
	}{
		"nothing":           {[]string{"a:", "a:"}, func(*pair) error { return nil }, ""},
		"a write":           {[]string{"a:", "a:"}, func(p *pair) error { return errors.Join(p.writesOnce(), p.hears(1)) }, ""},
		"a careless one":    {[]string{"a:", "a:"}, nil, "LEAK"},
		"a change":          {[]string{"a:", "a:"}, func(p *pair) error { return p.changesUntold(false) }, "STALE"},
		"a change of teams": {[]string{"a:", "a:"}, func(p *pair) error { return p.changesUntold(true) }, "STALE"},
		"no other":          {[]string{"a:", "b:"}, (*pair).writesUnheard, "STALE"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPairApart(t, "wait: 5s, probe: 1s, bound: 1m", c.prefixes...)
			p.plain, p.traffic.share = true, 0
			for _, kind := range sortedKinds() {
				p.bear(kind, "for everybody")
			}
			if c.does == nil {
				p.careless, c.does = demo.Product, func(*pair) error { return nil }
			}
			for _, what := range everywhere {
				p.asks(t, what, 3, "")
			}
			if err := c.does(p); err != nil {
				t.Fatal(err)
			}
			for _, what := range everywhere {
				p.asks(t, what, 4, c.want)
			}
		})
	}
}

// asks reads at the second gateway, and wants to be told what is wrong.
func (p *pair) asks(t *testing.T, what string, by int, wrong string) {
	t.Helper()
	err := p.looks(glance{gateway: 1, by: p.patrons[by], ask: asks[what](p.mart, [3]int{1, 1, 1})})
	if err == nil && wrong != "" || err != nil && (wrong == "" || !strings.Contains(err.Error(), wrong)) {
		t.Errorf("%s: %v, want %q", what, err, wrong)
	}
}

// writesOnce writes at the first gateway.
func (p *pair) writesOnce() error {
	by := p.patrons[len(p.patrons)-1]
	c, _ := chores["PATCH a product"](p, by, [3]int{1, 1, 1})
	c.by, c.mishap = by, isDone
	return p.makes(c)
}

// writesUnheard does so, too, and says that the second has heard of it.
func (p *pair) writesUnheard() error {
	err := p.writesOnce()
	p.hear(1, p.now(0))
	return err
}

// changesUntold changes something, and says that the second gateway was told.
func (p *pair) changesUntold(team bool) error {
	at := p.pick(demo.Product, 1)
	if team {
		p.learn(1, p.teamByItself(teamOf(at)))
		return nil
	}
	p.learn(1, effect{ref: at, version: p.byItself(at)})
	return nil
}

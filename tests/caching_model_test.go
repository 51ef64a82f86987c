package tests

import (
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

// deed is one thing that somebody does at a gateway.
type deed struct {
	Kind    string // read, write or purge
	What    string
	Mishap  string
	Gateway int
	By      int
	Reads   string
	ByGet   bool
	Again   bool
	Crowd   int  // others who read the same at the same time
	Leaves  bool // who reads first does not wait for the answer
	N       [3]int
}

// round is what happens at the same time.
type round struct {
	Deeds   []deed
	Failing string // a service that cannot read meanwhile
}

func rounds(t *rapid.T) round {
	return round{
		Deeds:   rapid.SliceOfN(rapid.Custom(deeds), 2, 10).Draw(t, "deeds"),
		Failing: rapid.SampledFrom(append(slices.Repeat([]string{""}, 60), sortedKinds()...)).Draw(t, "failing"),
	}
}

func deeds(t *rapid.T) deed {
	d := deed{
		Kind:    rapid.SampledFrom(append(slices.Repeat([]string{"read"}, 40), "write", "write", "write", "write", "write", "write", "write", "purge")).Draw(t, "kind"),
		Gateway: rapid.IntRange(0, 1).Draw(t, "gateway"), By: rapid.IntRange(0, 10).Draw(t, "by"),
		N: [3]int{rapid.IntRange(0, 9).Draw(t, "a"), rapid.IntRange(0, 9).Draw(t, "b"), rapid.IntRange(0, 9).Draw(t, "c")},
	}
	switch d.Kind {
	case "read":
		d.What = rapid.SampledFrom(slices.Sorted(maps.Keys(asks))).Draw(t, "what")
		d.Reads = rapid.SampledFrom([]string{"", "", "de", "fr"}).Draw(t, "reads")
		d.ByGet, d.Again = rapid.Bool().Draw(t, "by get"), rapid.Bool().Draw(t, "again")
		d.Leaves = rapid.IntRange(0, 9).Draw(t, "leaves") == 0
		d.Crowd = rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 1, 2, 5}).Draw(t, "crowd")
	case "write":
		d.What = rapid.SampledFrom(slices.Sorted(maps.Keys(chores))).Draw(t, "what")
		d.Mishap = rapid.SampledFrom([]string{isDone, isDone, isDone, isDone, isMisled, isNotSaid, isNotDone}).Draw(t, "mishap")
	case "purge":
		d.What = rapid.SampledFrom([]string{"all", "upstream", "group", "group", "record", "record", "record"}).Draw(t, "what")
	}
	return d
}

// does it, and says what is wrong with what came of it.
func (p *pair) does(d deed, faulty bool) error {
	by := p.patrons[d.By%len(p.patrons)]
	switch d.Kind {
	case "read":
		ask := asks[d.What](p.mart, d.N)
		var crowd errgroup.Group
		for i := range d.Crowd + 1 {
			crowd.Go(func() error {
				return p.looks(glance{
					gateway: d.Gateway, by: p.patrons[(d.By+i)%len(p.patrons)], reads: d.Reads, byGet: d.ByGet, again: d.Again, faulty: faulty, ask: ask,
					leaves: d.Leaves && i == 0,
				})
			})
		}
		return crowd.Wait()
	case "write":
		if faulty {
			return nil
		}
		c, ok := chores[d.What](p, by, d.N)
		for i := 1; !ok && i < len(p.patrons); i++ {
			by = p.patrons[(d.By+i)%len(p.patrons)]
			c, ok = chores[d.What](p, by, d.N)
		}
		if !ok {
			return nil
		}
		c.gateway, c.by, c.mishap = d.Gateway, by, d.Mishap
		return p.makes(c)
	default:
		return p.purges(d.Gateway, d.What, d.N)
	}
}

// plays has a round happen.
func (p *pair) plays(r round) error {
	p.fail(r.Failing, true)
	var all errgroup.Group
	for _, d := range r.Deeds {
		all.Go(func() error {
			if err := p.does(d, r.Failing != ""); err != nil {
				return fmt.Errorf("%+v: %w", d, err)
			}
			return nil
		})
	}
	err := all.Wait()
	p.fail(r.Failing, false)
	return err
}

func (m *mart) fail(kind string, so bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing[kind] = so
}

// Several callers read and write through both doors of two gateways with one Redis, side by side, while services speak to caches in all
// manners. Nobody sees what a service has answered for others, as far as the service tells callers apart; nor anything older than
// what was written before at the same gateway, or at the other, as far as that was heard.
func TestNobodySeesWhatIsForOthersOrOlderThanWhatWasWritten(t *testing.T) {
	p := startPair(t, "wait: 5s, probe: 1s, bound: 1m") // a busy machine shall not be taken for a Redis that is gone
	checksAtMost(t, 18)
	rapid.Check(t, func(rt *rapid.T) {
		p.moods(rt)
		for range rapid.IntRange(4, 8).Draw(rt, "times") {
			p.during(rt, "rounds", true)
		}
	})
	t.Logf("%+v", p.observed)
	for _, each := range []string{
		"answers hit", "answers shared", "records hit", "(answers|records) stale", "operations hit", "operations shared",
	} {
		cache, result, _ := strings.Cut(each, " ")
		if p.results(t, cache, result) == 0 {
			t.Errorf("there were no %s: the test shows nothing", each)
		}
	}
}

// results is how often caches of both gateways, which an expression names, came to a result.
func (p *pair) results(t *testing.T, cache, result string) (sum float64) {
	t.Helper()
	form := regexp.MustCompile(fmt.Sprintf(`(?m)^concierge_cache_requests_total\{cache=%q,of="\w+",result=%q\} (\S+)$`, cache, result))
	for _, g := range p.gateways {
		for _, found := range form.FindAllStringSubmatch(string(get(t, g.admin+"/metrics").body), -1) {
			sum += float64(wholeOf(found[len(found)-1]))
		}
	}
	return sum
}

// moods choose how the services speak to caches for a while.
func (m *mart) moods(t *rapid.T) {
	for _, kind := range sortedKinds() {
		m.bear(kind, rapid.SampledFrom(append(bearingNames(), "", "", "", "")).Draw(t, kind))
	}
}

func (m *mart) bear(kind, bearing string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bearings[kind] = bearing
}

// checksAtMost makes rapid check so often, unless a run says otherwise.
func checksAtMost(t *testing.T, checks int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if before != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(checks)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

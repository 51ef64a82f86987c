package admission

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/priority"
)

func TestEachClassMayFillItsPartOfTheGateway(t *testing.T) {
	for _, each := range []struct {
		maxConcurrency int
		want           rooms
	}{
		{20, rooms{batch: 16, interactive: 19, critical: 20}},
		{21, rooms{batch: 16, interactive: 19, critical: 21}},
		{100, rooms{batch: 80, interactive: 95, critical: 100}},
		{12_500, rooms{batch: 10_000, interactive: 11_875, critical: 12_500}},
		{1_000_000, rooms{batch: 800_000, interactive: 950_000, critical: 1_000_000}},
	} {
		if got := roomsOf(each.maxConcurrency); got != each.want {
			t.Errorf("of %d, there is room for %+v, want %+v", each.maxConcurrency, got, each.want)
		}
	}
}

func TestTheFullerTheGatewayTheMoreARequestMustMatter(t *testing.T) {
	for _, each := range []struct {
		inside int64
		want   string // who is let in
	}{
		{0, "batch interactive critical"},
		{15, "batch interactive critical"},
		{16, "interactive critical"},
		{18, "interactive critical"},
		{19, "critical"},
		{20, ""},
	} {
		got := ""
		for _, class := range priority.Classes() {
			c := counter{rooms: roomsOf(20)}
			c.inside.Store(each.inside)
			if !c.enter(class) {
				continue
			}
			if got != "" {
				got += " "
			}
			got += class.String()
			if now := c.inside.Load(); now != each.inside+1 {
				t.Errorf("%d requests and one more are %d", each.inside, now)
			}
		}
		if got != each.want {
			t.Errorf("beside %d requests, these are let in: %q, want %q", each.inside, got, each.want)
		}
	}
}

// A request counts among those inside, so it is judged by the room that it takes.
func TestARequestInsideIsJudgedAsAtTheDoor(t *testing.T) {
	for _, class := range priority.Classes() {
		c := counter{rooms: roomsOf(20)}
		for c.enter(class) {
			if !c.holds(class) {
				t.Errorf("%s was let in as number %d, and has no room", class, c.inside.Load())
			}
		}
		c.inside.Add(1)
		if c.holds(class) {
			t.Errorf("%s is number %d and has room, but would not have been let in", class, c.inside.Load())
		}
	}
}

// peak is the most that was seen.
type peak struct{ atomic.Int64 }

func (p *peak) see(n int64) {
	for {
		most := p.Load()
		if n <= most || p.CompareAndSwap(most, n) {
			return
		}
	}
}

func TestNoCrowdGetsMoreThanItsRoom(t *testing.T) {
	for _, class := range priority.Classes() {
		c := counter{rooms: roomsOf(20)}
		var inside atomic.Int64
		var most peak
		var crowd sync.WaitGroup
		for range 50 {
			crowd.Go(func() {
				for range 1000 {
					if !c.enter(class) {
						continue
					}
					most.see(inside.Add(1))
					inside.Add(-1)
					c.leave()
				}
			})
		}
		crowd.Wait()
		if got := most.Load(); got < 1 || got > c.rooms.of(class) {
			t.Errorf("%d of class %s were inside at the same time, want 1 to %d", got, class, c.rooms.of(class))
		}
		if got := c.inside.Load(); got != 0 {
			t.Errorf("%d of class %s are inside after all have left", got, class)
		}
	}
}

func TestWhoIsTurnedAwayTakesNoRoom(t *testing.T) {
	c := counter{rooms: roomsOf(20)}
	for c.enter(priority.Interactive) {
	}
	done := make(chan struct{})
	var crowd sync.WaitGroup
	for range 50 {
		crowd.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if c.enter(priority.Batch) || c.enter(priority.Interactive) {
					t.Error("there was no room for it")
					return
				}
			}
		})
	}
	for range 10_000 {
		if !c.enter(priority.Critical) {
			t.Error("a critical request was turned away while there was room for one")
			break
		}
		c.leave()
	}
	close(done)
	crowd.Wait()
}

func TestSettingsThatCannotBeDividedAreRefused(t *testing.T) {
	const message = "must lie between 20 and 1000000"
	for maxConcurrency, want := range map[int]map[string]string{
		-1:                             {"max_concurrency": message},
		0:                              {"max_concurrency": message},
		19:                             {"max_concurrency": message},
		20:                             {},
		DefaultConfig().MaxConcurrency: {},
		1_000_000:                      {},
		1_000_001:                      {"max_concurrency": message},
	} {
		got := make(map[string]string)
		Config{MaxConcurrency: maxConcurrency}.Validate(func(path, message string) { got[path] = message })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d: want -, got +:\n%s", maxConcurrency, diff)
		}
	}
}

// A load test of 10,000 connections that ask again once they are answered must meet no refusal that nobody configured.
func TestTheDefaultTakesTenThousandPatientClients(t *testing.T) {
	rooms := roomsOf(DefaultConfig().MaxConcurrency)
	for _, class := range priority.Classes() {
		if got := rooms.of(class); got < 10_000 {
			t.Errorf("there is room for %d clients of class %s", got, class)
		}
	}
}

package shared

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// instance is one of those that tell each other, and what it has heard.
type instance struct {
	*Bus

	stop func()

	mu    sync.Mutex
	heard []string
	began bool // later than it wanted
}

func (i *instance) note(line string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.heard = append(i.heard, line)
	return true
}

func (i *instance) Receive(way events.Way, e events.Event) bool {
	return i.note(string(way) + " " + e.ID)
}
func (i *instance) Lose(service string, _ ...string) { i.note("lost " + service) }

func (i *instance) Began(...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.began = true
}

func (i *instance) lines() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.heard...)
}

// isIn reports whether it reads the stream.
func (i *instance) isIn() bool {
	i.Bus.mu.Lock()
	defer i.Bus.mu.Unlock()
	return i.well
}

// hasTried reports whether it has said that Redis is not there.
func (i *instance) hasTried() bool {
	i.Bus.mu.Lock()
	defer i.Bus.mu.Unlock()
	return i.said
}

// open begins an instance. It ends with the test.
func open(t *testing.T, server *redistest.Server, config Config) *instance {
	t.Helper()
	settings := redis.DefaultConfig()
	settings.Addresses = []string{server.Address}
	client, err := redis.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	i := &instance{Bus: New(config, client, slog.New(slog.DiscardHandler))}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx, i) })
	i.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(i.stop)
	return i
}

func quick() Config { return Config{Retained: 100, Waiting: 5, Probe: 100 * time.Millisecond} }

func event(id string) events.Event {
	return events.Event{
		Service: "order", ID: id, Type: "order.created", At: time.Unix(1, 0).UTC(), Topics: []events.Topic{{Kind: "order", ID: 7}},
	}
}

// hears waits until an instance has heard exactly this.
func (i *instance) hears(t *testing.T, want ...string) {
	t.Helper()
	redistest.Await(t, fmt.Sprintf("%q, of which came the last of it", want), func() bool { return len(i.lines()) >= len(want) })
	if diff := cmp.Diff(want, i.lines()); diff != "" {
		t.Fatalf("what it heard (-want +got):\n%s", diff)
	}
}

func TestWhatOneIsToldTheOthersHearOnceAndInOrder(t *testing.T) {
	server := redistest.Start(t)
	one, other, third := open(t, server, quick()), open(t, server, quick()), open(t, server, quick())
	for _, each := range []*instance{one, other, third} {
		redistest.Await(t, "an instance that reads", each.isIn)
	}
	for _, id := range []string{"a", "b", "c"} {
		one.Tell(event(id))
	}
	other.hears(t, "shared a", "shared b", "shared c")
	third.hears(t, "shared a", "shared b", "shared c")
	other.Tell(event("d"))
	one.hears(t, "shared d")
	third.hears(t, "shared a", "shared b", "shared c", "shared d")
}

func TestWhatIsToldWhileRedisIsGoneIsToldLater(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	one, other := open(t, server, quick()), open(t, server, quick())
	redistest.Await(t, "two that read", func() bool { return one.isIn() && other.isIn() })
	one.Tell(event("a"))
	other.hears(t, "shared a")
	// What Redis has taken and not confirmed is told once more.
	redistest.Await(t, "one that is told so", func() bool { _, waits := one.out.peek(); return !waits })
	server.Kill()
	redistest.Await(t, "two that do not", func() bool { return !one.isIn() && !other.isIn() })
	one.Tell(event("b"))
	server.Start()
	other.hears(t, "shared a", "shared b")
}

func TestWhatIsTooMuchToBeKeptIsSaidToBeMissing(t *testing.T) {
	server := redistest.Reserve(t)
	one, other := open(t, server, quick()), open(t, server, quick())
	for i := range 8 {
		one.Tell(event(strconv.Itoa(i)))
	}
	redistest.Await(t, "two that have tried", func() bool { return one.hasTried() && other.hasTried() })
	other.stop() // or it would be chance whether it begins before what one tells
	server.Start()
	redistest.Await(t, "one that reads", func() bool { _, waits := one.out.peek(); return one.isIn() && !waits })
	late := open(t, server, quick())
	redistest.Await(t, "another that reads", late.isIn)
	one.Tell(event("x"))
	late.hears(t, "shared x")
	one.mu.Lock()
	defer one.mu.Unlock()
	if !one.began {
		t.Error("who subscribed before Redis was there was not told")
	}
}

func TestARedisThatForgetsIsNoticed(t *testing.T) {
	server := redistest.Start(t, "--save", "")
	one, other := open(t, server, quick()), open(t, server, quick())
	redistest.Await(t, "two that read", func() bool { return one.isIn() && other.isIn() })
	one.Tell(event("a"))
	other.hears(t, "shared a")
	client, err := one.client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Do(t.Context(), client.B().Del().Key(one.key).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	other.hears(t, "shared a", "lost ")
	one.Tell(event("b"))
	other.hears(t, "shared a", "lost ", "shared b")
}

func TestOneThatWasAwayForTooLongSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		last string
		want []string
	}{
		"it has read all before": {"5-1", []string{"shared a"}},
		"one is missing":         {"4-0", []string{"lost ", "shared a"}},
	} {
		i := &instance{Bus: &Bus{id: "me"}}
		r := &reader{Bus: i.Bus, hub: i, last: c.last}
		other := New(quick(), mustOpen(t), slog.New(slog.DiscardHandler))
		other.Tell(event("a"))
		text, _ := other.out.peek()
		r.hear(entry("6-0", "5-1", "other", text))
		r.hear(entry("7-0", "6-0", "me", text))
		if diff := cmp.Diff(c.want, i.lines()); diff != "" || r.last != "7-0" {
			t.Errorf("%s: what it heard (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatSaysNoEventCountsAsAMissingOne(t *testing.T) {
	for _, text := range []string{gap, "x", "{}", `{"ID": "a"}`, "null"} {
		i := &instance{Bus: &Bus{id: "me"}}
		(&reader{Bus: i.Bus, hub: i, last: "1-0"}).hear(entry("2-0", "1-0", "other", text))
		if diff := cmp.Diff([]string{"lost "}, i.lines()); diff != "" {
			t.Errorf("%q: what it heard (-want +got):\n%s", text, diff)
		}
	}
}

func TestTheIdsOfEntriesAreInOrder(t *testing.T) {
	ordered := []string{"0-0", "1-0", "1-2", "1-10", "2-0", "10-0", "1614265330000-0"}
	for i, one := range ordered {
		for j, other := range ordered {
			if before(one, other) != (i < j) {
				t.Errorf("%s before %s is %t", one, other, before(one, other))
			}
		}
	}
}

func TestMistakesInTheSettingsAreReportedByTheirPaths(t *testing.T) {
	var got []string
	DefaultConfig().Validate(func(path, _ string) { got = append(got, path) })
	Config{}.Validate(func(path, _ string) { got = append(got, path) })
	if diff := cmp.Diff([]string{"retained", "waiting", "probe"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func entry(id, previous, sender, text string) rueidis.XRangeEntry {
	return rueidis.XRangeEntry{ID: id, FieldValues: map[string]string{"p": previous, "s": sender, "e": text}}
}

// mustOpen is a way to a Redis that is never asked.
func mustOpen(t *testing.T) *redis.Client {
	t.Helper()
	settings := redis.DefaultConfig()
	settings.Addresses = []string{"127.0.0.1:1"}
	client, err := redis.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

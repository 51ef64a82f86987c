package shared

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/purge"
)

func TestMistakesInTheSettingsAreReportedByTheirPaths(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"none":                   {func(*Config) {}, nil},
		"nothing set":            {func(c *Config) { *c = Config{} }, []string{"bound", "probe", "retained", "wait"}},
		"too long":               {func(c *Config) { *c = Config{time.Hour, 2 * time.Hour, time.Hour, 1e9} }, []string{"bound", "probe", "retained", "wait"}},
		"a bound below 3 probes": {func(c *Config) { c.Bound = 3*c.Probe - 1 }, []string{"bound"}},
		"a bound of 3 probes":    {func(c *Config) { c.Bound = 3 * c.Probe }, nil},
	} {
		config, found := DefaultConfig(), make(map[string]bool)
		c.change(&config)
		config.Validate(func(path, _ string) { found[path] = true })
		if diff := cmp.Diff(c.want, slices.Sorted(maps.Keys(found))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlacesAreInTheOrderOfTheStream(t *testing.T) {
	var last place
	for _, text := range []string{"0-1", "1-0", "1-1", "1-1048575", "2-0", "1700000000000-0", "1700000000000-7", "17592186044415-0"} {
		p, err := readPlace(text)
		if err != nil || p.String() != text || !last.before(p) || p.before(last) {
			t.Errorf("%s: it is %v after %v, %v", text, p, last, err)
		}
		last = p
	}
	for _, text := range []string{"", "-", "1", "1-", "-1", "+1-1", "1-1-1", "17592186044416-0", "1-4294967296", "a-b"} {
		if p, err := readPlace(text); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
}

func FuzzReadEntry(f *testing.F) {
	f.Add("5-0", "4-0", "sender", "7", pack(1, 2))
	f.Add("5-0", "", "", "", "")
	f.Add("5-0", "4-0", "s", "-1", "1234567")
	f.Fuzz(func(t *testing.T, id, previous, sender, number, tags string) {
		e, err := readEntry(rueidis.XRangeEntry{ID: id, FieldValues: map[string]string{"p": previous, "s": sender, "n": number, "t": tags}})
		if err != nil {
			return
		}
		if len(e.tags) == 0 {
			t.Fatal("an entry that purges nothing is passed over")
		}
		if !e.all() && (pack(e.tags...) != tags || e.sender != sender) {
			t.Fatalf("it is read as %+v", e)
		}
	})
}

// numbers are the messages that would be sent.
func numbers(o *outbox) (all []uint64) {
	for m := o.next(); m != nil; m = o.next() {
		o.delivered(m)
		all = append(all, m.number)
	}
	return all
}

func TestWhatWaitsIsJoinedUntilItIsSent(t *testing.T) {
	o := newOutbox()
	first := o.add(3, []purge.Tag{1})
	o.add(2, []purge.Tag{2, 3})
	m := o.next()
	if diff := cmp.Diff([]purge.Tag{1, 2, 3}, m.tags); diff != "" || m.at != 3 {
		t.Errorf("the message tells of %d: %s", m.at, diff)
	}
	second := o.add(4, []purge.Tag{4})
	if o.next() != m {
		t.Error("the second is sent before Redis has the first")
	}
	o.delivered(m)
	<-first
	select {
	case <-second:
		t.Error("the second counts as known with the first")
	default:
	}
	if got := o.next(); got == m || got.at != 4 {
		t.Error("the second was joined to what was sent")
	}
	if at := o.returned(m.number); at != 3 {
		t.Errorf("what has returned tells of %d", at)
	}
	if at := o.returned(m.number); at != 0 {
		t.Errorf("what has returned again tells of %d", at)
	}
}

func TestOneWithManyTagsIsSeveral(t *testing.T) {
	o := newOutbox()
	o.add(1, make([]purge.Tag, 3*mostTags-1))
	if got := numbers(&o); len(got) != 3 {
		t.Errorf("there are %d messages", len(got))
	}
}

func TestOneThatReturnsBeforeItIsKnownToHaveArrivedIsDone(t *testing.T) {
	o := newOutbox()
	done := o.add(1, []purge.Tag{1})
	m := o.next()
	if o.returned(m.number) != 1 || o.next() != nil {
		t.Error("it is still there")
	}
	<-done
	o.delivered(m)
	if o.waiting() != 0 {
		t.Error("it is there again")
	}
}

func TestWhatHasNotReturnedIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox()
		began := time.Now()
		o.add(1, []purge.Tag{1})
		m := o.next()
		time.Sleep(time.Second)
		if o.has(time.Now()) || !o.has(began) {
			t.Error("it counts as told before it is")
		}
		o.delivered(m)
		o.lost(time.Now())
		if o.next() != nil || !o.has(time.Now().Add(time.Hour)) {
			t.Error("it is sent again although it may return")
		}
		time.Sleep(time.Second)
		o.lost(time.Now())
		if o.next() != m {
			t.Error("it is not sent again")
		}
	})
}

// post is an outbox, what of it has arrived, and which tags nobody has heard of since they were added.
type post struct {
	outbox
	at      uint64
	arrived []*message
	owed    map[purge.Tag]uint64
}

func (p *post) add(tags []purge.Tag) {
	p.at++
	for _, each := range tags {
		p.owed[each] = p.at
	}
	p.outbox.add(p.at, tags)
}

// send has a message arrive, or Redis say that it has; one of both, or both.
func (p *post) send(arrives, answers bool) {
	m := p.next()
	if m == nil {
		return
	}
	if arrives {
		p.arrived = append(p.arrived, &message{number: m.number, tags: slices.Clone(m.tags)})
	}
	if answers {
		p.delivered(m)
	}
}

func (m *message) tells(tag purge.Tag) bool {
	return m.tags[0] == purge.All() || slices.Contains(m.tags, tag)
}

// read has everything come back that arrived.
func (p *post) read() {
	for _, m := range p.arrived {
		told := p.returned(m.number)
		maps.DeleteFunc(p.owed, func(tag purge.Tag, owed uint64) bool { return told >= owed && m.tells(tag) })
	}
	p.arrived = nil
	p.lost(time.Now().Add(time.Hour))
}

func (p *post) check(t *rapid.T) {
	t.Helper()
	size := 0
	for _, m := range p.messages {
		size += len(m.tags)
	}
	if size != p.tags || size > p.most {
		t.Fatalf("there are %d tags, and %d are counted", size, p.tags)
	}
	for tag, owed := range p.owed {
		if !slices.ContainsFunc(p.messages, func(m *message) bool { return m.at >= owed && m.tells(tag) }) {
			t.Fatalf("nothing tells of %d any more", tag)
		}
	}
}

// Whatever happens, each tag is told of by a message that waits, or has returned in one that was sent after it was added.
func TestNothingThatWasAddedIsForgotten(t *testing.T) {
	tags := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 9), func(n int) purge.Tag { return purge.Tag(n) }), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		p := &post{outbox: newOutbox(), owed: make(map[purge.Tag]uint64)}
		p.most = rapid.SampledFrom([]int{3, 20, 10_000}).Draw(t, "most")
		t.Repeat(map[string]func(*rapid.T){
			"add":     func(t *rapid.T) { p.add(tags.Draw(t, "tags")) },
			"send":    func(t *rapid.T) { p.send(rapid.Bool().Draw(t, "arrives"), rapid.Bool().Draw(t, "answers")) },
			"read":    func(*rapid.T) { p.read() },
			"release": func(*rapid.T) { p.release() },
			"":        p.check,
		})
	})
}

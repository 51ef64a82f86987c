package purge_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/purge"
)

// world is instances that purge and fetch, and the order that they share. Its clock counts steps.
type world struct {
	t         *rapid.T
	tick      int
	instances []*instance
	order     []message
	tags      []purge.Tag
}

type instance struct {
	*purge.Log
	w      *world
	id     int
	box    []message // that it has not added yet
	read   int       // of the order
	writes []write   // of which it knows
}

// write is a change of what carries tags.
type write struct {
	tick int
	tags []purge.Tag
}

// message is an entry of the order.
type message struct {
	from   int
	at     uint64
	tags   []purge.Tag
	writes []write
}

// value was fetched somewhere.
type value struct {
	by     int
	since  purge.Position
	came   int
	tags   []purge.Tag
	shared bool // whether it was taken over from another instance
}

func (i *instance) Bound() time.Duration { return time.Hour }

// Tell is called with the purge's writes at the end of what is known.
func (i *instance) Tell(_ context.Context, at uint64, tags []purge.Tag) {
	i.box = append(i.box, message{i.id, at, tags, i.writes[len(i.writes)-1:]})
}

func newWorld(t *rapid.T, remembered int) *world {
	w := &world{t: t}
	for n := range 4 {
		w.tags = append(w.tags, purge.Record("service", "id", int64(n)))
	}
	for id := range rapid.IntRange(2, 3).Draw(t, "instances") {
		i := &instance{w: w, id: id}
		i.Log = purge.NewLog(remembered, i)
		i.Touch(time.Now())
		w.instances = append(w.instances, i)
	}
	return w
}

func (w *world) some() []purge.Tag {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(w.tags), 1, 3, rapid.ID[purge.Tag]).Draw(w.t, "tags")
}

func (w *world) one() *instance { return rapid.SampledFrom(w.instances).Draw(w.t, "instance") }

// purge writes, and then makes the purge, unless that comes later.
func (i *instance) purge() {
	tags := i.w.some()
	if rapid.IntRange(0, 9).Draw(i.w.t, "all") == 0 {
		tags = append(tags, purge.All())
	}
	i.writes = append(i.writes, write{i.w.tick, tags})
	i.Purge(context.Background(), purge.ByWrite, tags...)
}

// send adds what waits to the order, as one message or with an overflow as a purge of all.
func (i *instance) send() {
	if len(i.box) == 0 {
		return
	}
	n := rapid.IntRange(1, len(i.box)).Draw(i.w.t, "messages")
	joined := message{from: i.id}
	for _, each := range i.box[:n] {
		joined.at = max(joined.at, each.at)
		joined.tags = append(joined.tags, each.tags...)
		joined.writes = append(joined.writes, each.writes...)
	}
	if rapid.IntRange(0, 9).Draw(i.w.t, "overflow") == 0 {
		joined.tags = []purge.Tag{purge.All()}
	}
	i.box = i.box[n:]
	i.w.order = append(i.w.order, joined)
}

// hear reads some of the order, and may miss what others sent.
func (i *instance) hear() {
	if i.read == len(i.w.order) {
		return
	}
	n := rapid.IntRange(1, len(i.w.order)-i.read).Draw(i.w.t, "entries")
	var heard []purge.Heard
	missed := uint64(0)
	for range n {
		m := i.w.order[i.read]
		i.read++
		i.writes = append(i.writes, m.writes...)
		if m.from != i.id && i.read < len(i.w.order) && rapid.IntRange(0, 9).Draw(i.w.t, "miss") == 0 {
			missed = uint64(i.read)
			continue
		}
		h := purge.Heard{Shared: uint64(i.read), Tags: m.tags, Missed: missed}
		missed = 0
		if m.from == i.id && rapid.IntRange(0, 9).Draw(i.w.t, "twice") > 0 {
			h.Told = m.at
		}
		heard = append(heard, h)
	}
	if missed > 0 {
		heard = append(heard, purge.Heard{Shared: missed, Missed: missed})
	}
	i.Hear(heard...)
}

// knows is the last write that an instance knows of, of what carries one of the tags.
func (i *instance) knows(tags []purge.Tag) (last int) {
	for _, each := range i.writes {
		if slices.Contains(each.tags, purge.All()) || slices.ContainsFunc(each.tags, func(t purge.Tag) bool { return slices.Contains(tags, t) }) {
			last = max(last, each.tick)
		}
	}
	return last
}

func TestNothingIsUsedThatIsOlderThanAWriteThatIsKnown(t *testing.T) {
	for _, remembered := range []int{2, 4, 1000} {
		t.Run(strconv.Itoa(remembered), func(t *testing.T) {
			used := 0
			rapid.Check(t, func(t *rapid.T) {
				w := newWorld(t, remembered)
				var begun, values []value
				for range rapid.IntRange(20, 150).Draw(t, "steps") {
					w.tick++
					i := w.one()
					switch rapid.IntRange(0, 7).Draw(t, "step") {
					case 0:
						i.purge()
					case 1:
						i.send()
					case 2, 3:
						i.hear()
					case 4: // some answers come later
						begun = append(begun, value{by: i.id, since: i.Now(), tags: w.some()})
					case 5:
						values = append(values, value{by: i.id, since: i.Now(), came: w.tick, tags: w.some()})
					case 6:
						if len(begun) > 0 {
							v := begun[0]
							begun, v.came = begun[1:], w.tick
							values = append(values, v)
						}
					}
					values = append(values, w.use(i, values, &used)...)
					values = values[max(0, len(values)-12):]
				}
				w.settle()
			})
			if used == 0 {
				t.Error("nothing was ever used")
			}
		})
	}
}

// settle has all instances hear of everything. Then whatever begins can be used by all of them.
func (w *world) settle() {
	for _, i := range w.instances {
		i.writes = append(i.writes, write{w.tick, w.tags})
		i.Purge(context.Background(), purge.ByWrite, w.tags[0])
		tags := slices.Concat(i.box[len(i.box)-1].tags, w.tags)
		w.order = append(w.order, message{from: i.id, at: i.box[len(i.box)-1].at, tags: tags})
	}
	for _, i := range w.instances {
		for n, m := range w.order[i.read:] {
			h := purge.Heard{Shared: uint64(i.read + n + 1), Tags: m.tags}
			if m.from == i.id {
				h.Told = m.at
			}
			i.Hear(h)
		}
	}
	for _, i := range w.instances {
		for _, other := range w.instances {
			if !i.HoldsShared(purge.Position{Shared: other.Now().Shared}, w.tags) || !i.Holds(i.Now(), time.Now(), w.tags) {
				w.t.Fatalf("when all is heard, instance %d cannot use what instance %d begins to fetch", i.id, other.id)
			}
		}
	}
}

// use looks at every value as an instance does, and is those that it has taken over.
func (w *world) use(i *instance, values []value, used *int) (taken []value) {
	for _, v := range values {
		if v.by == i.id && i.Holds(v.since, time.Now(), v.tags) {
			w.check(i, v, "its own")
			*used++
		}
		now := i.Now()
		if !v.shared && i.HoldsShared(purge.Position{Shared: v.since.Shared}, v.tags) {
			w.check(i, v, "another's")
			*used++
			taken = append(taken, value{i.id, purge.Position{Local: now.Local}, v.came, v.tags, true})
		}
	}
	return taken
}

func (w *world) check(i *instance, v value, whose string) {
	if last := i.knows(v.tags); v.came < last {
		w.t.Fatalf("instance %d uses %s value of %d, which was written at %d", i.id, whose, v.came, last)
	}
}

// exact is a log that forgets nothing, and has no other instances.
type exact struct {
	now  uint64
	last map[purge.Tag]uint64
}

func (e *exact) purge(tags ...purge.Tag) {
	e.now++
	for _, each := range tags {
		e.last[each] = e.now
	}
}

func (e *exact) holds(since uint64, tags []purge.Tag) bool {
	for _, each := range append([]purge.Tag{purge.All()}, tags...) {
		if since < e.last[each] {
			return false
		}
	}
	return true
}

// forgotten is up to where purges may be forgotten: before the last that together have as many tags as must be remembered.
func forgotten(purges [][]purge.Tag, remembered int) uint64 {
	seen := make(map[purge.Tag]bool)
	for n := len(purges); n > 0; n-- {
		for _, each := range purges[n-1] {
			seen[each] = true
		}
		if len(seen) > remembered {
			return uint64(n)
		}
	}
	return 0
}

func TestALogAnswersAsOneThatForgetsNothingWouldAboveItsFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{1, 2, 10, 40, 1000}).Draw(t, "most")
		l, e := purge.NewLog(most, nil), &exact{last: make(map[purge.Tag]uint64)}
		tag := rapid.Custom(func(t *rapid.T) purge.Tag { return purge.Tag(rapid.IntRange(0, 60).Draw(t, "tag")) })
		var purges [][]purge.Tag
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			tags := rapid.SliceOfN(tag, 1, 4).Draw(t, "tags")
			if rapid.IntRange(0, 40).Draw(t, "all") == 0 {
				tags = []purge.Tag{purge.All()}
			}
			if rapid.Bool().Draw(t, "purge") {
				l.Purge(t.Context(), purge.ByAdmin, tags...)
				e.purge(tags...)
				purges = append(purges, tags)
			}
			since := rapid.Uint64Range(0, e.now).Draw(t, "since")
			got, want := l.Holds(purge.Position{Local: since}, time.Time{}, tags), e.holds(since, tags)
			if got && !want {
				t.Fatalf("what was purged holds: %v since %d", tags, since)
			}
			if !got && want && since >= forgotten(purges, most/2) && !slices.Contains(tags, 0) && !slices.Contains(tags, 1) {
				t.Fatalf("what was not purged does not hold: %v since %d of %d", tags, since, e.now)
			}
		}
	})
}

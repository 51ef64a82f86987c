package stored

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/sharing"
)

// text is a value.
type text string

func (t text) Size() int { return len(t) }

// sized is a value that says how large it is.
type sized int

func (s sized) Size() int { return int(s) }

var root = sharing.ForRecords(sharing.Nothing, sharing.Caller{}, "service", "way")

// keyOf is the key of a number.
func keyOf(n int) sharing.Key { return root.For(int64(n) + 1) }

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

// bytes is what all values weigh, by what each cache counts.
func (m *Memory) bytes() (sum int64) {
	for _, k := range m.named() {
		sum += k.bytes.Load()
	}
	return sum
}

func (m *Memory) entries() (sum int64) {
	for _, k := range m.named() {
		sum += k.entries.Load()
	}
	return sum
}

func TestWhatIsKeptIsFoundByItsKeyInWhicheverPart(t *testing.T) {
	m := NewMemory(1 << 20)
	answers, records := m.Part("answers"), m.Part("records")
	answers.Set(keyOf(1), text("a"), inAnHour())
	records.Set(keyOf(2), text("b"), inAnHour())
	if got, ok := answers.Get(keyOf(1)); !ok || got != text("a") {
		t.Errorf("got %v, %t", got, ok)
	}
	if got, ok := answers.Get(keyOf(3)); ok {
		t.Errorf("of what was never kept there is %v", got)
	}
	answers.Set(keyOf(1), text("c"), inAnHour())
	if got, ok := answers.Get(keyOf(1)); !ok || got != text("c") {
		t.Errorf("got %v, %t, want what took its place", got, ok)
	}
	answers.Delete(keyOf(1))
	if got, ok := answers.Get(keyOf(1)); ok {
		t.Errorf("of what was deleted there is %v", got)
	}
	if got := m.Part("records"); got.counts != records.counts {
		t.Error("a second part of a name counts by itself")
	}
}

func TestAValueIsGoneWhenItsTimeHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(1 << 20)
		p := m.Part("answers")
		p.Set(keyOf(1), text("short"), time.Now().Add(time.Second))
		p.Set(keyOf(2), text("long"), time.Now().Add(time.Minute))
		p.Set(keyOf(3), text("longer, then shorter"), inAnHour())
		p.Set(keyOf(3), text("longer, then shorter"), time.Now().Add(time.Second))
		for _, each := range []struct {
			after time.Duration
			want  [3]bool
		}{
			{time.Second - 1, [3]bool{true, true, true}},
			{1, [3]bool{false, true, false}},
			{59*time.Second - 1, [3]bool{false, true, false}},
			{1, [3]bool{false, false, false}},
		} {
			time.Sleep(each.after)
			for i, want := range each.want {
				if _, ok := p.Get(keyOf(i + 1)); ok != want {
					t.Errorf("%v later, value %d is found: %t", each.after, i+1, ok)
				}
			}
		}
	})
}

func TestWhatIsReadDoesNotLiveLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemory(1 << 20).Part("answers")
		p.Set(keyOf(1), text("a"), time.Now().Add(10*time.Second))
		for range 10 {
			if _, ok := p.Get(keyOf(1)); !ok {
				t.Fatal("it is gone too early")
			}
			time.Sleep(time.Second)
		}
		if _, ok := p.Get(keyOf(1)); ok {
			t.Error("it is still there")
		}
	})
}

func TestWhatHasExpiredIsFreedWithoutARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(1 << 20)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { m.Run(ctx) })
		for i := range 100 {
			m.Part("answers").Set(keyOf(i), text("a"), time.Now().Add(time.Second))
		}
		time.Sleep(4 * time.Second)
		if got := m.entries(); got != 0 {
			t.Errorf("%d values are still kept", got)
		}
		if got := m.Part("answers").counts.expired.Load(); got != 100 {
			t.Errorf("%d have expired, want 100", got)
		}
		cancel()
		running.Wait()
	})
}

// A bubble waits for all goroutines that were begun in it.
func TestMemoryLeavesNoGoroutineBehind(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		for range 10 {
			NewMemory(1<<20).Part("answers").Set(keyOf(1), text("a"), inAnHour())
		}
	})
}

func TestWhatCannotBeKeptTakesThePlaceOfWhatWas(t *testing.T) {
	for name, set := range map[string]func(p *Part){
		"it is too large":         func(p *Part) { p.Set(keyOf(1), sized(1<<20/16-bookkeeping+1), inAnHour()) },
		"it is larger than all":   func(p *Part) { p.Set(keyOf(1), sized(math.MaxInt), inAnHour()) },
		"its time has passed":     func(p *Part) { p.Set(keyOf(1), text("b"), time.Now()) },
		"it never had any time":   func(p *Part) { p.Set(keyOf(1), text("b"), time.Time{}) },
		"its time is long past":   func(p *Part) { p.Set(keyOf(1), text("b"), time.Unix(-1<<40, 0)) },
		"it is deleted in a part": func(p *Part) { p.memory.Part("other").Delete(keyOf(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMemory(1 << 20)
			p := m.Part("answers")
			p.Set(keyOf(1), text("a"), inAnHour())
			set(p)
			if got, ok := p.Get(keyOf(1)); ok {
				t.Errorf("it finds %v", got)
			}
			if m.entries() != 0 || m.bytes() != 0 {
				t.Errorf("%d values take %d bytes", m.entries(), m.bytes())
			}
		})
	}
}

func TestAValueMayTakeASixteenthOfTheBudget(t *testing.T) {
	p := NewMemory(1 << 20).Part("answers")
	p.Set(keyOf(1), sized(1<<20/16-bookkeeping), inAnHour())
	if _, ok := p.Get(keyOf(1)); !ok {
		t.Error("it is not kept")
	}
}

func TestAValueWithoutASizeTakesRoomNevertheless(t *testing.T) {
	m := NewMemory(100 * bookkeeping)
	for i := range 1000 {
		m.Part("answers").Set(keyOf(i), sized(-i), inAnHour())
	}
	m.values.CleanUp()
	if got := m.entries(); got > 100 || got < 90 {
		t.Errorf("%d are kept, want 100", got)
	}
}

func TestWithoutABudgetNothingIsKept(t *testing.T) {
	for _, budget := range []int64{math.MinInt64, -1, 0, 1} {
		m := NewMemory(budget)
		m.Part("answers").Set(keyOf(1), text("a"), inAnHour())
		if got := m.entries(); got != 0 {
			t.Errorf("of %d bytes, %d are kept", budget, got)
		}
	}
}

// Whatever is done, no more is kept than the budget, what counts of each cache is what is there, and what is found is what was kept
// last by that key and has not expired.
func TestTheBudgetHoldsWhateverIsDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := int64(rapid.IntRange(1<<10, 1<<16).Draw(t, "budget"))
		m := NewMemory(budget)
		parts := []*Part{m.Part("a"), m.Part("b"), m.Part("c")}
		last := make(map[sharing.Key]sized)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				key := keyOf(rapid.IntRange(0, 200).Draw(t, "key"))
				value := sized(rapid.IntRange(0, int(budget/8)).Draw(t, "size"))
				until := time.Now().Add(time.Duration(rapid.SampledFrom([]int{-1, 0, 1, 3600}).Draw(t, "until")) * time.Second)
				last[key] = value
				rapid.SampledFrom(parts).Draw(t, "part").Set(key, value, until)
			},
			"get": func(t *rapid.T) {
				key := keyOf(rapid.IntRange(0, 200).Draw(t, "key"))
				if got, ok := rapid.SampledFrom(parts).Draw(t, "part").Get(key); ok && got != last[key] {
					t.Fatalf("it finds %v, want %v", got, last[key])
				}
			},
			"delete": func(t *rapid.T) {
				key := keyOf(rapid.IntRange(0, 200).Draw(t, "key"))
				rapid.SampledFrom(parts).Draw(t, "part").Delete(key)
				if _, ok := parts[0].Get(key); ok {
					t.Fatal("what was deleted is still there")
				}
			},
			"": func(t *rapid.T) {
				if got := m.bytes(); got > budget || got < 0 {
					t.Fatalf("%d bytes are kept of %d", got, budget)
				}
				if got, want := m.entries(), int64(m.values.EstimatedSize()); got != want {
					t.Fatalf("%d values count, and there are %d", got, want)
				}
				m.values.CleanUp()
				if got, want := m.bytes(), int64(m.values.WeightedSize()); got != want {
					t.Fatalf("%d bytes count, and there are %d", got, want)
				}
			},
		})
	})
}

func TestManyCanUseItAtTheSameTime(t *testing.T) {
	const budget = 64 << 10
	m := NewMemory(budget)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			p, random := m.Part(strconv.Itoa(worker%3)), rand.New(rand.NewPCG(uint64(worker), 0))
			for range 3000 {
				n := random.IntN(300)
				switch random.IntN(10) {
				case 0:
					p.Delete(keyOf(n))
				case 1, 2, 3:
					p.Set(keyOf(n), sized(n), time.Now().Add(time.Duration(random.IntN(int(time.Millisecond)))))
				default:
					if got, ok := p.Get(keyOf(n)); ok && got != sized(n) {
						t.Errorf("key %d finds %v", n, got)
					}
				}
			}
		})
	}
	all.Wait()
	m.values.CleanUp()
	if got, want := m.bytes(), int64(m.values.WeightedSize()); got > budget || got != want {
		t.Errorf("%d bytes count, and there are %d of %d", got, want, budget)
	}
	if got, want := m.entries(), int64(m.values.EstimatedSize()); got != want {
		t.Errorf("%d values count, and there are %d", got, want)
	}
}

func TestWhatIsAskedForOnceDoesNotDriveOutWhatIsAskedForOften(t *testing.T) {
	const often, size = 500, 1000
	m := NewMemory(1000 * (size + bookkeeping))
	p := m.Part("answers")
	ask := func(n int) bool {
		_, ok := p.Get(keyOf(n))
		if !ok {
			p.Set(keyOf(n), sized(size), inAnHour())
		}
		return ok
	}
	for range 5 {
		for i := range often {
			ask(i)
		}
	}
	once, hits, asked := often, 0, 0
	for range 20 {
		for range 1000 { // a scan, as large as all there is room for
			ask(once)
			once++
		}
		for i := range often {
			asked++
			if ask(i) {
				hits++
			}
		}
	}
	t.Logf("%d of %d were hits", hits, asked)
	if hits < asked*95/100 {
		t.Errorf("%d of %d were hits", hits, asked)
	}
}

func TestWhatMadeWayIsCountedByWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, registry := NewMemory(100*1024), prometheus.NewRegistry()
		NewMetrics(registry).Watch(m)
		m.Part("records").Set(keyOf(1000), sized(0), time.Now().Add(time.Second))
		m.Part("records").Set(keyOf(1000), sized(0), time.Now().Add(time.Second))
		m.Part("records").Set(keyOf(1001), sized(50*1024), inAnHour())
		m.Part("operations").Set(keyOf(1002), sized(0), inAnHour())
		m.Part("operations").Delete(keyOf(1002))
		time.Sleep(4 * time.Second)
		m.values.CleanUp()
		for i := range 250 {
			m.Part("answers").Set(keyOf(i), sized(1024-bookkeeping), inAnHour())
		}
		for _, each := range []struct {
			name, cache, reason string
			want                float64
		}{
			{"bytes", "answers", "", 100 * 1024},
			{"entries", "answers", "", 100},
			{"evicted_total", "answers", "size", 150},
			{"evicted_total", "records", "replaced", 1},
			{"evicted_total", "records", "expired", 1},
			{"evicted_total", "records", "larger", 1},
			{"evicted_total", "operations", "deleted", 1},
			{"entries", "records", "", 0},
			{"bytes", "operations", "", 0},
		} {
			if got := metric(t, registry, each.name, each.cache, each.reason); got != each.want {
				t.Errorf("%s of %s %s is %v, want %v", each.name, each.cache, each.reason, got, each.want)
			}
		}
	})
}

// What a value takes beside itself is weighed too heavy rather than too light, so that the bound on memory holds.
func TestAValueTakesWhatItWeighs(t *testing.T) {
	for _, count := range []int{1_000, 20_000} {
		m := NewMemory(int64(count) * (64 + bookkeeping))
		p := m.Part("answers")
		values := make([]Value, 2*count)
		for i := range values {
			values[i] = text("a")
		}
		before := heap()
		for i := range 2 * count {
			p.Set(keyOf(i), values[i], inAnHour())
			p.Get(keyOf(i / 2))
		}
		m.values.CleanUp()
		got := (heap() - before) / m.entries()
		t.Logf("%d values take %d bytes each", m.entries(), got)
		if got > bookkeeping || got < bookkeeping/4 {
			t.Errorf("%d values take %d bytes each beside themselves, and weigh %d", m.entries(), got, bookkeeping)
		}
		runtime.KeepAlive(values)
		runtime.KeepAlive(m)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkGet(b *testing.B) {
	p := NewMemory(64 << 20).Part("answers")
	for i := range 10_000 {
		p.Set(keyOf(i), sized(1000), inAnHour())
	}
	for name, first := range map[string]int{"hit": 0, "miss": 1_000_000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				p.Get(keyOf(first + i%10_000))
				i++
			}
		})
	}
}

func BenchmarkSet(b *testing.B) {
	p := NewMemory(4 << 20).Part("answers")
	var value Value = sized(1000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Set(keyOf(i), value, inAnHour())
		i++
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	p := NewMemory(1 << 20).Part("answers")
	p.Set(keyOf(1), text("a"), inAnHour())
	for _, n := range []int{1, 2} {
		if got := testing.AllocsPerRun(1000, func() { p.Get(keyOf(n)) }); got != 0 {
			t.Errorf("it allocates %v times", got)
		}
	}
}

package plan_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// What an answer to the headline query takes, beside what the clients of the services do for its calls.
const (
	recordedAllocations = 24
	recordedBytes       = 13_500
)

func TestAnAnswerTakesNoMoreMemoryThanWasRecorded(t *testing.T) {
	if !poolsKeep() {
		t.Skip("with the race detector pools lose some of what they are given, by chance")
	}
	p := perform(t, support, headline, 0)
	clients, clientsBytes := perRun(func() { p.read(t) })
	answer, answerBytes := perRun(func() { p.answer() })
	if got := answer - clients; got*10 > recordedAllocations*11 {
		t.Errorf("an answer allocates %d times beside its clients' %d, want %d", got, clients, recordedAllocations)
	}
	if got := answerBytes - clientsBytes; got*10 > recordedBytes*11 {
		t.Errorf("an answer takes %d bytes beside its clients' %d, want %d", got, clientsBytes, recordedBytes)
	}
}

// poolsKeep reports whether a pool gives back what it was given.
func poolsKeep() bool {
	pool := sync.Pool{New: func() any { return nil }}
	for range 100 {
		pool.Put(new(int))
		if pool.Get() == nil {
			return false
		}
	}
	return true
}

// perRun is what f allocates each time, as testing.AllocsPerRun counts, in number and in bytes.
func perRun(f func()) (allocations, bytes int) {
	const runs = 200
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 5 {
		f() // pools fill
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return int(after.Mallocs-before.Mallocs) / runs, int(after.TotalAlloc-before.TotalAlloc) / runs
}

// read makes the calls of the headline query.
func (p *performance) read(t testing.TB) {
	t.Helper()
	ids := func(n int) []record.ID {
		all := make([]record.ID, n)
		for i := range all {
			all[i] = record.ID(i + 1)
		}
		return all
	}
	failed := len(p.reads.Orders.Fetch(p.ctx, []record.Part{{Limit: 20}}).Failed) + len(p.reads.User.Fetch(p.ctx, ids(10)).Failed) +
		len(p.reads.Product.Fetch(p.ctx, ids(30)).Failed) + len(p.reads.PaymentOfOrder.Fetch(p.ctx, ids(20)).Failed)
	if failed > 0 {
		t.Fatalf("%d keys failed", failed)
	}
}

package facts

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

// counting counts what it is asked for.
type counting struct {
	context.Context

	asked atomic.Int32
}

func (c *counting) Value(key any) any {
	c.asked.Add(1)
	return c.Context.Value(key)
}

func TestASettledContextAsksOnceForWhatThereIsAndForWhatThereIsNot(t *testing.T) {
	around := &counting{Context: context.WithValue(t.Context(), keyA{}, 1)}
	ctx := Settle(around)
	for range 3 {
		if a, b := ctx.Value(keyA{}), ctx.Value(keyB{}); a != 1 || b != nil {
			t.Errorf("it says %v and %v", a, b)
		}
	}
	if got := around.asked.Load(); got != 2 {
		t.Errorf("it asked %d times for two values", got)
	}
}

func TestASettledContextWithoutRoomStillTellsTheTruth(t *testing.T) {
	type key int
	around := t.Context()
	for i := range 3 * len(settled{}.facts) {
		around = context.WithValue(around, key(i), i) //nolint:fatcontext // it is to be fat
	}
	ctx := Settle(around)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 3 * len(settled{}.facts) {
				if got := ctx.Value(key(i)); got != i {
					t.Errorf("%d is %v", i, got)
				}
			}
		})
	}
	all.Wait()
}

func TestASettledContextEndsWithWhatIsAroundIt(t *testing.T) {
	around, leave := context.WithCancel(t.Context())
	below, end := context.WithCancel(Settle(around))
	defer end()
	leave()
	<-below.Done()
}

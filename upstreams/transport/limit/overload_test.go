package limit

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/priority"
)

// The Limiter itself before a service that is asked for twice what it can answer, one call of ten being critical.
func TestOverloadShedsTheLeastImportantAndKeepsTheServiceBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workers := make(chan struct{}, 20)
		random := rand.New(rand.NewPCG(1, 1))
		service := func(takes time.Duration) roundTripper {
			return func(*http.Request) (*http.Response, error) {
				workers <- struct{}{}
				time.Sleep(takes)
				<-workers
				return answer(nil)
			}
		}
		l := newLimiter(DefaultConfig())
		var mu sync.Mutex
		var calls sync.WaitGroup
		came, answered := map[priority.Class]int{}, map[priority.Class]int{}
		for i := range 12_000 { // 330 a second for twelve seconds, then 800
			if i < 4000 {
				time.Sleep(3 * time.Millisecond)
			} else {
				time.Sleep(1250 * time.Microsecond)
			}
			class := priority.Interactive
			switch i % 10 {
			case 0:
				class = priority.Critical
			case 1, 2, 3, 4:
				class = priority.Batch
			}
			layer := Layer(l, service(time.Duration(random.ExpFloat64()*float64(50*time.Millisecond))))
			calls.Go(func() {
				res, err := layer.RoundTrip(get(priority.With(context.Background(), class)))
				if err == nil {
					res.Body.Close()
				}
				mu.Lock()
				defer mu.Unlock()
				if i >= 6000 {
					came[class]++
				}
				if i >= 6000 && err == nil {
					answered[class]++
				}
			})
		}
		calls.Wait()
		share := func(class priority.Class) float64 { return float64(answered[class]) / float64(came[class]) }
		t.Logf("answered of batch %.2f, interactive %.2f, critical %.2f; the limit ends at %d",
			share(priority.Batch), share(priority.Interactive), share(priority.Critical), l.limit)
		if share(priority.Critical) < 1 {
			t.Errorf("%.2f of the critical calls were answered, want all", share(priority.Critical))
		}
		if share(priority.Interactive) < 0.6 || share(priority.Batch) > 0.2 {
			t.Errorf("%.2f of the interactive calls and %.2f of batch were answered",
				share(priority.Interactive), share(priority.Batch))
		}
		if total := answered[priority.Batch] + answered[priority.Interactive] + answered[priority.Critical]; total < 2700 {
			t.Errorf("%d calls were answered, of 3000 that the service could", total)
		}
		if l.limit > 100 || l.inUse != 0 {
			t.Errorf("the limit is %d, and %d calls count", l.limit, l.inUse)
		}
	})
}

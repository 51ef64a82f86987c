package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// crowd are many who ask a world at the same time. The service takes its time, and does not answer who asks for id 5.
type crowd struct {
	world

	mu sync.Mutex // of what the service knows
}

// poison is the id that the service fails at.
const poison = 5

func (c *crowd) answers(req *http.Request) (int, string, error) {
	c.mu.Lock()
	status, body, err := c.serve(req)
	c.mu.Unlock()
	select {
	case <-time.After(3 * time.Millisecond):
	case <-req.Context().Done():
		return 0, "", context.Cause(req.Context())
	}
	if slices.Contains(strings.Split(req.URL.Query().Get("ids"), ","), "5") {
		return http.StatusInternalServerError, "", nil
	}
	return status, body, err
}

// arrival is one thing that happens: a write where Write is not zero, or a question.
type arrival struct {
	Wait  time.Duration
	Write int64
	Ask   []int64
	As    *identity.Caller
	Stay  time.Duration // 0 is until there is an answer
}

func arrivals() *rapid.Generator[arrival] {
	return rapid.Custom(func(t *rapid.T) arrival {
		a := arrival{Wait: time.Duration(rapid.IntRange(0, 2000).Draw(t, "wait")) * time.Microsecond}
		if rapid.IntRange(0, 7).Draw(t, "kind") == 0 {
			a.Write = rapid.Int64Range(1, 6).Draw(t, "id")
			return a
		}
		a.Ask = rapid.SliceOfNDistinct(rapid.Int64Range(1, 8), 1, 4, rapid.ID).Draw(t, "ids")
		a.As, a.Stay = someCaller(t), time.Duration(max(0, rapid.IntRange(-9000, 6000).Draw(t, "stay")))*time.Microsecond
		return a
	})
}

// ask holds what a caller is answered against what the service says to that caller, as far as it may be older.
func (c *crowd) ask(ctx context.Context, keys []int64, leaves bool) error {
	header := http.Header{}
	if err := identity.Propagate(ctx, header, c.client.told); err != nil {
		return err
	}
	c.mu.Lock()
	oldest := maps.Clone(c.purged)
	c.mu.Unlock()
	asked := make([]record.ID, len(keys))
	for i, key := range keys {
		asked[i] = record.ID(key)
	}
	found := c.client.Find(ctx, plainThings(), asked)
	got, _ := Last[thing](ctx, found)
	c.mu.Lock()
	defer c.mu.Unlock()
	var wrong error
	for _, key := range asked {
		failed := found.Failed[key]
		switch {
		case failed != nil && (leaves || slices.Contains(keys, poison)):
		case failed != nil:
			wrong = errors.Join(wrong, fmt.Errorf("%d failed: %w", key, failed))
		case key == poison:
			wrong = errors.Join(wrong, errors.New("there is an answer to what the service fails at"))
		default:
			seen := world{shop: c.shop, versions: c.versions, purged: oldest}
			wrong = errors.Join(wrong, seen.check(key, got[key], c.mark(header)))
		}
	}
	if len(found.Records) > len(keys) {
		wrong = errors.Join(wrong, fmt.Errorf("%d keys have records where %d were asked for", len(found.Records), len(keys)))
	}
	return wrong
}

func TestNobodyIsToldInACrowdWhatIsForOthersOrOld(t *testing.T) {
	inputs := []sharing.Inputs{"", sharing.All, sharing.Principal, sharing.Tenant, sharing.Nothing}
	says := []string{"", "", "", "public, max-age=1", "private", "no-store"}
	rapid.Check(t, func(rt *rapid.T) {
		depends, said := rapid.SampledFrom(inputs).Draw(rt, "inputs"), rapid.SampledFrom(says).Draw(rt, "says")
		all := rapid.SliceOfN(arrivals(), 1, 40).Draw(rt, "arrivals")
		var wrong error
		synctest.Test(t, func(t *testing.T) {
			c := &crowd{world: world{versions: make(map[string]int), purged: make(map[string]int)}}
			c.shop = open(func(s *shop) {
				s.inputs, s.join, s.header["Cache-Control"] = depends, 2*time.Millisecond, []string{said}
				s.told.Credentials = []string{"Authorization", "X-Api-Key"}
				s.answer = c.answers
			})
			defer c.client.Close()
			wrong = c.day(t.Context(), all)
		})
		if wrong != nil {
			rt.Fatal(wrong)
		}
	})
}

// day has all of it happen, and says what was wrong.
func (c *crowd) day(ctx context.Context, all []arrival) error {
	wrongs := make([]error, len(all))
	var guests sync.WaitGroup
	questions := 0
	for i, each := range all {
		time.Sleep(each.Wait)
		if each.Write > 0 {
			c.write(ctx, each.Write)
			continue
		}
		questions++
		guests.Go(func() {
			ctx, leave := context.WithCancel(identity.With(ctx, each.As))
			defer leave()
			if each.Stay > 0 {
				defer time.AfterFunc(each.Stay, leave).Stop()
			}
			wrongs[i] = c.ask(ctx, each.Ask, each.Stay > 0)
		})
	}
	guests.Wait()
	if calls := len(c.asked); calls > 2*questions {
		return fmt.Errorf("%d calls were made for %d lookups", calls, questions)
	}
	return errors.Join(wrongs...)
}

func (c *crowd) write(ctx context.Context, key int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := record.ID(key).String()
	c.versions[id]++
	c.log.Purge(ctx, purge.ByWrite, purge.Record("thing", "id", key))
	c.purged[id] = c.versions[id]
}

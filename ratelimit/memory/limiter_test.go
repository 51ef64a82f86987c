package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulule/limiter/v3"
)

func TestAStoreIsAStoreOfTheLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store()
		of := limiter.New(s, rate(3, time.Minute))
		start := time.Now().Unix()
		time.Sleep(100 * time.Millisecond)
		increment := func(count int64) func(context.Context, string) (limiter.Context, error) {
			return func(ctx context.Context, key string) (limiter.Context, error) { return of.Increment(ctx, key, count) }
		}
		for _, each := range []struct {
			name string
			do   func(context.Context, string) (limiter.Context, error)
			want limiter.Context
		}{
			{"peek", of.Peek, limiter.Context{Limit: 3, Remaining: 3, Reset: start + 1}},
			{"get", of.Get, limiter.Context{Limit: 3, Remaining: 2, Reset: start + 1}},
			{"three more", increment(3), limiter.Context{Limit: 3, Remaining: 2, Reset: start + 1, Reached: true}},
			{"four", increment(4), limiter.Context{Limit: 3, Remaining: 2, Reset: start + 1, Reached: true}},
			{"none", increment(0), limiter.Context{Limit: 3, Remaining: 2, Reset: start + 1}},
			{"two", increment(2), limiter.Context{Limit: 3, Remaining: 0, Reset: start + 61}},
			{"peek again", of.Peek, limiter.Context{Limit: 3, Remaining: 0, Reset: start + 61, Reached: true}},
			{"get again", of.Get, limiter.Context{Limit: 3, Remaining: 0, Reset: start + 61, Reached: true}},
			{"reset", of.Reset, limiter.Context{Limit: 3, Remaining: 3, Reset: start}},
			{"reset again", of.Reset, limiter.Context{Limit: 3, Remaining: 3, Reset: start}},
			{"get after", of.Get, limiter.Context{Limit: 3, Remaining: 2, Reset: start + 1}},
		} {
			got, err := each.do(t.Context(), "k")
			if diff := cmp.Diff(each.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v %s", each.name, err, diff)
			}
		}
	})
}

func TestALimitOfNothingIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := store().Get(t.Context(), "k", rate(0, time.Minute))
		want := limiter.Context{Reset: time.Now().Unix() + 60, Reached: true}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}

func TestLessThanNothingIsNotCounted(t *testing.T) {
	if _, err := store().Increment(t.Context(), "k", -1, rate(1, time.Minute)); err == nil {
		t.Error("it was counted")
	}
}

package retry

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRetriesStayWithinTheirShare compares the budget with one that remembers every single event.
func TestRetriesStayWithinTheirShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := Config{
			Budget:      rapid.IntRange(0, 100).Draw(t, "percent"),
			BudgetFloor: rapid.IntRange(0, 3).Draw(t, "floor"),
		}
		b := newBudget(config)
		var calls, retries []int64 // the seconds of each
		now := time.Unix(1_000_000, 0)
		within := func(all []int64) (n int) {
			for _, second := range all {
				if second > now.Unix()-10 {
					n++
				}
			}
			return n
		}
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(t, "call") {
				b.deposit(now)
				calls = append(calls, now.Unix())
				continue
			}
			want := within(retries) < within(calls)*config.Budget/100+config.BudgetFloor*10
			if got := b.withdraw(now); got != want {
				t.Fatalf("withdraw = %t after %d calls and %d retries in ten seconds, want %t", got, within(calls), within(retries), want)
			}
			if want {
				retries = append(retries, now.Unix())
			}
		}
	})
}

func TestABudgetIsWholeAgainAfterALongPause(t *testing.T) {
	b := newBudget(Config{BudgetFloor: 1})
	now := time.Unix(50, 0)
	for n := range 10 {
		if !b.withdraw(now) {
			t.Fatalf("retry %d was refused, want 10", n+1)
		}
	}
	if b.withdraw(now) || b.withdraw(now.Add(9*time.Second)) {
		t.Error("an eleventh retry was allowed within ten seconds")
	}
	if !b.withdraw(now.Add(time.Hour)) {
		t.Error("no retry was allowed an hour later")
	}
	if !b.withdraw(now) {
		t.Error("a clock that goes back made the budget empty")
	}
}

func BenchmarkBudget(b *testing.B) {
	budget := newBudget(DefaultConfig())
	now := time.Now()
	for b.Loop() {
		budget.deposit(now)
	}
}

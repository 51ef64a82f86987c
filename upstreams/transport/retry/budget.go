package retry

import (
	"sync"
	"time"
)

// budgetWindow is how far back calls and retries are counted.
const budgetWindow = 10 * time.Second

// budget keeps retries a small part of the calls, so that they cannot multiply an outage: in any ten seconds there are at most
// a share of the calls, and ten times the floor. (Finagle's RetryBudget has the same shape.)
type budget struct {
	percent, floor int

	mu      sync.Mutex
	calls   int // in the window
	retries int
	seconds [budgetWindow / time.Second]second
	last    int64 // the second that was counted last
}

type second struct{ calls, retries int }

func newBudget(config Config) *budget {
	return &budget{percent: config.Budget, floor: config.BudgetFloor}
}

// deposit counts a call.
func (b *budget) deposit(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(now).calls++
	b.calls++
}

// withdraw counts a retry, if there is room for one.
func (b *budget) withdraw(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.at(now)
	if b.retries >= b.allowed() {
		return false
	}
	s.retries++
	b.retries++
	return true
}

func (b *budget) allowed() int {
	return b.calls*b.percent/100 + b.floor*len(b.seconds)
}

// at is the second of now. Those that have left the window since are forgotten. A clock that goes back counts into the last one.
func (b *budget) at(now time.Time) *second {
	this := max(now.Unix(), b.last)
	for gone := max(b.last+1, this-int64(len(b.seconds))+1); gone <= this; gone++ {
		s := &b.seconds[gone%int64(len(b.seconds))]
		b.calls -= s.calls
		b.retries -= s.retries
		*s = second{}
	}
	b.last = this
	return &b.seconds[this%int64(len(b.seconds))]
}

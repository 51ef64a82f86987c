package ratelimit

import "context"

// Meter counts what is read of a field as it comes, where nobody knows how much it will be: the records of an answer that
// streams. It takes some ahead, so that not every record asks the store, and gives back what was not needed. It is for one
// goroutine.
type Meter struct {
	account *Account
	size    int64 // how many are taken at a time

	want Want  // as it was last asked for
	left int64 // taken and not used
	over bool  // the limit was reached: what comes later in the same answer is not shown either
	took []taken
}

// Meter begins to count a field. ahead is how many are taken at a time: at least 1.
func (a *Account) Meter(field *Field, ahead int64) *Meter {
	return &Meter{account: a, size: max(ahead, 1), want: Want{Field: field}}
}

// Next reports whether one more may be read.
func (m *Meter) Next(ctx context.Context) bool {
	if m.account == nil {
		return true
	}
	if m.left == 0 && !m.over {
		m.account.ahead(ctx, m)
		m.left = m.want.Granted
		m.over = m.left == 0
	}
	if m.over {
		return false
	}
	m.left--
	return true
}

// Over reports whether something was not granted.
func (m *Meter) Over() bool { return m.over }

// Err is what became of what was not granted.
func (m *Meter) Err() error { return m.want.Err() }

// Close gives back what was taken ahead and not used. It must be called once.
func (m *Meter) Close(ctx context.Context) {
	if m.account != nil && m.left > 0 {
		m.account.giveBack(ctx, m)
	}
}

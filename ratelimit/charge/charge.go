// Package charge answers what is asked of counters, and what came of it. It is the one form in which stores are asked.
package charge

import (
	"time"

	"github.com/ulule/limiter/v3"
)

// Never is the wait for what no counter ever allows: more at once than its limit.
const Never time.Duration = -1

// Charge is one counter's part of a reservation.
type Charge struct {
	// Key names the counter.
	Key string
	// Rate is the most that passes in any interval of its period.
	Rate limiter.Rate
	// Cost is what each unit of the reservation counts here: at least 1.
	Cost int64
	// Failing decides while the counters that instances share cannot be reached.
	Failing Failing
	// Lease is how many are taken from a shared counter at a time, so that not every request asks it; 0 takes what is asked for.
	// With it, at most so many more than the limit pass in an interval for each instance.
	Lease int64

	// Remaining is what may still pass. A store sets it.
	Remaining int64
	// Wait is how long it takes until the reservation's least, or one unit where that is 0, would be granted: 0 if it would be now,
	// Never if it is more than the limit. A store sets it.
	Wait time.Duration
}

// Failing is what decides about a charge while the counters that instances share cannot be reached.
type Failing int

// What can decide.
const (
	// Local counts here, with the limit divided by the number of instances.
	Local Failing = iota
	// Open lets everything pass, and counts it.
	Open
	// Closed lets nothing pass.
	Closed
)

// Reservation takes of all of its charges or of none: as many units as each of them allows.
type Reservation struct {
	// Charges are at least one. No two of them have the same key.
	Charges []Charge
	// Want is how many units are wanted. 0 takes nothing, and finds out what remains.
	Want int64
	// Least is how many make sense: fewer are not taken. It is from 1 to Want, unless that is 0.
	Least int64
	// Force takes what is wanted even where a limit does not allow it: for what has happened already.
	Force bool

	// Granted is how many units were taken. A store sets it, as all below.
	Granted int64
	// At is when they were taken, in microseconds of the store's own clock.
	At int64
	// By is who decided.
	By Decider
}

// Decider is who decided about a reservation.
type Decider int

// Who can decide.
const (
	// ByStore is the store itself: what is counted here, or what instances share.
	ByStore Decider = iota
	// ByLocal is a count of this instance's own, since the shared one cannot be reached.
	ByLocal
	// ByOpen is nobody: what cannot be counted was let pass.
	ByOpen
	// ByClosed is nobody: what cannot be counted was refused.
	ByClosed
)

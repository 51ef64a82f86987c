// Package window answers how much may pass now, given what passed lately.
//
// A counter remembers what passed in runs: units that passed close together, and when the last of them did. All of a run counts
// for one period from then on. So in no interval of the period does more pass than the limit, wherever the interval begins, and
// room comes back at most a 32nd of the period late. A counter of a limit up to 32 is exact: only what passed in the same
// microsecond is one run.
//
// The package has no clock and no locks. Times are microseconds, 0 or more, of whatever clock the caller goes by.
package window

import "github.com/ulule/limiter/v3"

// What a counter is held to. Counters that are kept elsewhere go by the same numbers.
const (
	// Exact is the highest limit whose counter remembers each microsecond by itself.
	Exact = 32
	// Parts is how many parts of a period the runs of higher limits are told apart by.
	Parts = 32
	// MaxRuns is how many runs a counter has at most: 34 tell a period apart, and Exact are all that a low limit lets pass. There
	// would be more where reservations were forced, or after the rate has changed: then the two oldest become one. For a low limit
	// that changes no answer, but for what is refunded later: the newest units, as many as the limit, say when there is room.
	MaxRuns = 64
	// MaxUnits is the most that a run holds. What a full counter holds is still exact in a float64, in which Redis's scripts count.
	MaxUnits = 1 << 46
)

// Period is the period of a rate in microseconds, at least 1.
func Period(rate limiter.Rate) int64 { return max(1, rate.Period.Microseconds()) }

// Quantum is how wide the parts of time are, in microseconds, within which all that passes is one run. They begin with the clock.
func Quantum(rate limiter.Rate) int64 {
	if rate.Limit <= Exact {
		return 1
	}
	return max(1, Period(rate)/Parts)
}

package breaker

import (
	"fmt"
	"time"
)

// State is whether calls are made.
type State int

// The states. They follow each other: closed, open, half-open, and from there closed or open.
const (
	Closed   State = iota // calls are made; not yet all of them, while they are coming back
	Open                  // none is
	HalfOpen              // a few are, to see how they end
)

// String is the state's name in logs and metrics.
func (s State) String() string { return [...]string{"closed", "open", "half_open"}[s] }

// Change is from one state to another.
type Change struct {
	From, To State
	// Reason is failure_rate, slow_rate or probe_failed where the breaker opens, waited where it becomes half-open, and
	// probes_passed where it closes.
	Reason string
	// For is how long it stays open. It is 0 for the other changes.
	For time.Duration
}

// OpenError says that a call was not let through.
type OpenError struct {
	// State is the breaker's. Where it is Closed, calls are coming back, and this one has to wait for a later part of the ramp.
	State State
	// RetryAfter is when it is worth asking again: the rest of the open time, otherwise a second, the least that the header of
	// this name can say.
	RetryAfter time.Duration
}

// Error says when to try again.
func (e *OpenError) Error() string {
	return fmt.Sprintf("breaker is %s: try again in %v", e.State, e.RetryAfter)
}

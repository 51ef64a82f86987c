// Package rules answers what may be done with a stored answer of a service, by RFC 9111 and its neighbours.
//
// All of it is decided from what it is given: nothing here reads a clock, keeps state or does I/O.
package rules

import (
	"net/http"
	"time"
)

// Answer is what a service answered to GET. NewAnswer makes one that is quick to judge; one that is put together by hand is
// read anew each time.
type Answer struct {
	Status int
	// Header is not changed any more once it is an answer's, and neither are its values: whoever is answered shares them.
	Header http.Header
	// Asked is when the request was sent, and Came when the head of the answer was there.
	Asked, Came time.Time
	// Varied is what of the request the answer was chosen by, as VariedBy has it.
	Varied []Varied

	known *known
}

// Varied is a field of a request that Vary names.
type Varied struct {
	// Name is canonical.
	Name string
	// Values are normalised: none where the request has no such field, or else one, of all its lines.
	Values []string
}

// Settings are what an operator says of answers besides what the service says.
type Settings struct {
	// Targets are the targeted fields that are for this cache (RFC 9213), most specific first, as http.Header has their names.
	Targets []string
	// Private is for a store that is one caller's alone: what a private cache may keep is kept, and what is said to shared caches
	// only does not count.
	Private bool
	// TTL is for how long answers are fresh that say nothing of it, and NegativeTTL the same of 404, 405, 410, 414 and 501. 0 is not
	// at all.
	TTL, NegativeTTL time.Duration
	// StaleWhileRevalidate and StaleIfError are for answers that say nothing of it. Whatever forbids stale answers forbids these
	// too.
	StaleWhileRevalidate, StaleIfError time.Duration
	// MaxAge caps how long after its making an answer is used without asking the service, whoever allows more. 0 is no cap.
	MaxAge time.Duration
	// Obey lets the request's own Cache-Control and Pragma count.
	Obey bool
	// Heuristic lets answers that say nothing, and have no TTL, be fresh for a tenth of the time since they were last modified, a
	// day at most (RFC 9111, 4.2.2).
	Heuristic bool
	// Cookies keeps answers that set cookies where a store is not one caller's alone. They are served to everybody.
	Cookies bool
}

// Terms are until when an answer may be used. A zero time is not at all.
type Terms struct {
	// Fresh is until when it may be used without asking, StaleWhile while the service is being asked, and StaleIfError where that
	// has failed.
	Fresh, StaleWhile, StaleIfError time.Time
	// MustRevalidate forbids any use of the answer once it is stale.
	MustRevalidate bool
}

// Last is until when an answer may be used at all without the service's word, zero where that is never.
func (t Terms) Last() time.Time {
	last := t.Fresh
	for _, until := range [...]time.Time{t.StaleWhile, t.StaleIfError} {
		if until.After(last) {
			last = until
		}
	}
	return last
}

// Use is what to do with a stored answer.
type Use int

// The uses.
const (
	// Miss is not to use it at all: the request goes on as it is.
	Miss Use = iota
	// Fresh is to answer with it. It may be stale where the request asked for that.
	Fresh
	// StaleWhileRevalidating is to answer with it, and to ask the service about it meanwhile.
	StaleWhileRevalidating
	// Validate is to ask the service about it first.
	Validate
)

package cache

import (
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Kept is a fresh answer that was found at a glance, for one client.
type Kept struct {
	q   question // whose request is the client's
	now time.Time
}

// Status is that of the answer as the service gave it.
func (k *Kept) Status() int { return k.q.v.answer.Status }

// Text is the body of the answer. Nobody may change it.
func (k *Kept) Text() []byte { return k.q.v.body }

// Answer is what the client is to be given, as much of it as it wants: the answer, a part of it, or that the client has it.
func (k *Kept) Answer() *http.Response { return k.q.respond(k.q.v, k.now, false) }

// Age is how old the answer is, as the field has it, which Answer has written.
func (k *Kept) Age() string { return rules.Age(k.q.v.answer, k.now) }

// Report counts the answer as given, and says in its header what the cache did.
func (k *Kept) Report(header http.Header) {
	k.q.countHit()
	k.q.reportIn(header, k.q.timed(rules.Report{}, k.q.v, k.now))
}

// Maker is who makes something of answers that all clients are given: something that depends on nothing but the answer. The zero
// Maker is nobody else.
type Maker struct{ _ byte }

// made is what somebody made of an answer.
type made struct {
	by   *Maker
	what stored.Value
}

// mostMade is how many things are kept that were made of an answer. The newest take the place of the oldest: their makers may be
// gone.
const mostMade = 4

// Made is what a maker made of this very answer and had kept with it, nil if nothing. Nobody may change it.
func (k *Kept) Made(by *Maker) stored.Value { //nolint:ireturn // each maker keeps its own kind
	for _, each := range k.q.v.made {
		if each.by == by {
			return each.what
		}
	}
	return nil
}

// Keep keeps what a maker made of the answer, for as long as the answer. It takes room as answers do, and is not kept where there
// is too little for one.
func (k *Kept) Keep(by *Maker, what stored.Value) {
	q := &k.q
	if !q.shared.Memory.Takes(q.e.Size() + what.Size()) {
		return
	}
	with := *q.v
	with.made = append(slices.Clone(with.made[max(0, len(with.made)+1-mostMade):]), made{by, what})
	q.put(func(e *entry) *entry {
		if e != q.e {
			return e // others have changed it
		}
		variants := slices.Clone(e.variants)
		variants[slices.Index(variants, q.v)] = &with
		return &entry{variants: variants}
	})
}

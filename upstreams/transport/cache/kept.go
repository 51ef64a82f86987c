package cache

import (
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/waterfall"
)

// Kept is a fresh answer that was found at a glance, for one client.
type Kept struct {
	layer *layer
	req   *http.Request // the client's
	key   sharing.Key
	e     *entry
	v     *variant  // of e
	now   time.Time // when it was found
	fresh time.Time // until when it is
}

// Status is that of the answer as the service gave it.
func (k *Kept) Status() int { return k.v.answer.Status }

// Text is the body of the answer. Nobody may change it.
func (k *Kept) Text() []byte { return k.v.body }

// Answer is what the client is to be given, as much of it as it wants: the answer, a part of it, or that the client has it.
func (k *Kept) Answer() *http.Response {
	q := k.question()
	return q.respond(k.v, k.now, false)
}

// question is what the client asks, as it is now that the answer was found.
func (k *Kept) question() question {
	return question{layer: k.layer, req: k.req, key: k.key, e: k.e, v: k.v}
}

// Report counts the answer as given, and says in its header what the cache did.
func (k *Kept) Report(header http.Header) {
	k.layer.countHit(k.v)
	q := k.question()
	q.reportIn(header, k.report())
}

func (k *Kept) report() rules.Report { return rules.Report{Timed: true, TTL: k.fresh.Sub(k.now)} }

// Tell is Report for a header that has nothing of Answer's, and says in it how old the answer is as well.
func (k *Kept) Tell(header http.Header) {
	k.layer.countHit(k.v)
	note(k.req.Context(), waterfall.Hit)
	var room [128]byte
	text := rules.AppendAge(room[:0], k.v.answer, k.now)
	age := len(text)
	if k.layer.shared.Status {
		text = rules.AppendStatus(text, name, k.report())
	}
	told := string(text) // both are one piece of memory, and so are the fields' values
	values := []string{told[:age], told[age:]}
	header["Age"] = values[:1:1]
	if k.layer.shared.Status {
		header["Cache-Status"] = following(header["Cache-Status"], values[1:])
	}
}

// following are values of a field behind those that others have said.
func following(said, values []string) []string {
	if len(said) == 0 {
		return values
	}
	return slices.Concat(said, values)
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
	for _, each := range k.v.made {
		if each.by == by {
			return each.what
		}
	}
	return nil
}

// Keep keeps what a maker made of the answer, for as long as the answer. It takes room as answers do, and is not kept where there
// is too little for one.
func (k *Kept) Keep(by *Maker, what stored.Value) {
	if !k.layer.shared.Memory.Takes(k.e.Size() + what.Size()) {
		return
	}
	with := *k.v
	with.made = append(slices.Clone(with.made[max(0, len(with.made)+1-mostMade):]), made{by, what})
	q := k.question()
	q.put(func(e *entry) *entry {
		if e != k.e {
			return e // others have changed it
		}
		variants := slices.Clone(e.variants)
		variants[slices.Index(variants, k.v)] = &with
		return &entry{variants: variants}
	})
}

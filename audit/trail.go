package audit

import (
	"context"
	"sync"
)

// maxLines is how many denials of one request are told apart.
const maxLines = 32

// Who is a caller, as far as a line tells. The zero value is nobody.
type Who struct {
	// ID is the principal's id, empty for an anonymous caller.
	ID string
	// Credential is the credential's own name, such as a token's jti or a key's id: never the credential itself.
	Credential string
	// Method is how the caller was authenticated.
	Method string
}

// Trail is what one request was denied. Its methods may be called by several goroutines, and on nil, where nobody keeps it.
type Trail struct {
	log  *Log
	door string

	mu    sync.Mutex
	known known
}

// known is what a trail has learned.
type known struct {
	who       Who
	operation string
	tool      string
	client    string // that called the tool
	denials   []denial
	more      int // denials beyond those
}

// denial is one rule's, for one reason.
type denial struct {
	rule   string
	reason Reason
	times  int
}

// Caller says who asks.
func (t *Trail) Caller(who Who) {
	t.update(func(k *known) { k.who = who })
}

// Operation names what is asked for: the GraphQL operation, as the caller wrote it, or the route.
func (t *Trail) Operation(name string) {
	t.update(func(k *known) { k.operation = name })
}

// Tool names the tool that is called, and the program that calls it, by that program's own word: empty where it says none.
func (t *Trail) Tool(name, client string) {
	t.update(func(k *known) { k.tool, k.client = name, client })
}

// Deny says that a rule denied the request something. Each call is counted, also after the end. Calls of the same rule and reason
// share a line. The rule is the program's name for it and never a text that holds a value.
func (t *Trail) Deny(rule string, reason Reason) {
	if t == nil {
		return
	}
	t.log.count(t.door, rule, reason)
	t.update(func(k *known) { k.deny(rule, reason) })
}

// Denied is how many denials there were since the last End.
func (t *Trail) Denied() (times int) {
	t.update(func(k *known) {
		times = k.more
		for i := range k.denials {
			times += k.denials[i].times
		}
	})
	return times
}

// End writes what was denied: at most 32 lines, and one that says how many denials these leave out. A second End writes what was
// denied since the first. A denial after the last End leaves no line.
func (t *Trail) End(ctx context.Context) {
	if t == nil {
		return
	}
	if k := t.take(); len(k.denials) > 0 {
		t.log.write(ctx, t.door, k)
	}
}

// take empties the trail of its denials.
func (t *Trail) take() known {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.known
	t.known.denials, t.known.more = nil, 0
	return k
}

func (t *Trail) update(change func(*known)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.known)
}

func (k *known) deny(rule string, reason Reason) {
	for i := range k.denials {
		if d := &k.denials[i]; d.rule == rule && d.reason == reason {
			d.times++
			return
		}
	}
	if len(k.denials) == maxLines {
		k.more++
		return
	}
	k.denials = append(k.denials, denial{rule: rule, reason: reason, times: 1})
}

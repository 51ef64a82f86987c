package persisted

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
)

// Second is where instances share what clients registered.
type Second interface {
	// Get finds values, nil for each that is not there. It waits for a bounded time, and is nil where the store is gone.
	Get(ctx context.Context, keys ...sharing.Key) [][]byte
	// Set keeps a value until a time. It waits for nobody.
	Set(key sharing.Key, data []byte, until time.Time)
}

// Automatic keeps the documents that clients registered. They have room of their own, so that strangers' documents drive out
// nothing but each other: those that are asked for least. A nil *Automatic keeps nothing.
type Automatic struct {
	memory   *stored.Memory
	part     *stored.Part
	second   Second // nil where there is none
	lifetime time.Duration
}

// NewAutomatic keeps documents as the settings say, also in a second store where that is not nil. It is nil where there are
// none.
func NewAutomatic(c AutomaticConfig, second Second) *Automatic {
	if !c.Enabled {
		return nil
	}
	memory := stored.NewMemory(int64(c.Memory))
	return &Automatic{memory: memory, part: memory.Part("documents"), second: second, lifetime: c.Lifetime}
}

// kept is a document that a client registered.
type kept struct {
	text  string
	until time.Time
}

// Size implements stored.Value.
func (k kept) Size() int { return len(k.text) + 48 }

// Run frees what has expired, until ctx ends.
func (a *Automatic) Run(ctx context.Context) {
	if a != nil {
		a.memory.Run(ctx)
	}
}

// find finds the document of a hash.
func (a *Automatic) find(ctx context.Context, hash string) (text string, ok bool) {
	if a == nil {
		return "", false
	}
	if text, ok = a.findHere(hash); ok {
		return text, true
	}
	return a.findSecond(ctx, hash)
}

// findHere keeps what it finds for longer, since it is still asked for. That need not be done each time.
func (a *Automatic) findHere(hash string) (text string, ok bool) {
	value, ok := a.part.Get(sharing.ForDocument(hash))
	if !ok {
		return "", false
	}
	found, ok := value.(kept)
	if ok && time.Until(found.until) < a.lifetime/2 {
		a.keep(hash, found.text)
	}
	return found.text, ok
}

// register keeps a document that is not there yet.
func (a *Automatic) register(hash, text string) {
	if _, ok := a.findHere(hash); !ok {
		a.keep(hash, text)
	}
}

// findSecond believes nothing of what somebody else wrote but what its hash proves.
func (a *Automatic) findSecond(ctx context.Context, hash string) (text string, ok bool) {
	if a.second == nil {
		return "", false
	}
	for _, data := range a.second.Get(ctx, sharing.ForDocument(hash)) {
		if text := string(data); data != nil && manifest.Hash(text) == hash {
			a.keep(hash, text)
			return text, true
		}
	}
	return "", false
}

// keep keeps a document under its hash.
func (a *Automatic) keep(hash, text string) {
	key, until := sharing.ForDocument(hash), time.Now().Add(a.lifetime)
	a.part.Set(key, kept{text: text, until: until}, until)
	if a.second != nil {
		a.second.Set(key, []byte(text), until)
	}
}

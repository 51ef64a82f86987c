package lent

import "sync"

// Texts is room for texts, which is used again. Its zero value is ready to use, and safe for concurrent use.
type Texts struct{ room sync.Pool }

// Text is a text that is being written, or was. It is one goroutine's at a time.
type Text struct {
	// Bytes is what has been written. Where it was appended to, what came of that must be put here.
	Bytes []byte
	texts *Texts
}

// New is an empty text.
func (t *Texts) New() *Text {
	if text, ok := t.room.Get().(*Text); ok {
		return text
	}
	return &Text{texts: t}
}

// mostRoom is how long a text may be whose room is used again, in bytes: longer ones are rare, and would keep what many take.
const mostRoom = 64 << 10

// GiveBack implements Memory. Nothing of a nil Text can be in use.
func (t *Text) GiveBack() {
	if t == nil {
		return
	}
	Spoil(t.Bytes)
	if cap(t.Bytes) <= mostRoom {
		t.Bytes = t.Bytes[:0]
		t.texts.room.Put(t)
	}
}

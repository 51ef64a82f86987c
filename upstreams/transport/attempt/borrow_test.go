package attempt

import (
	"io"
	"testing"

	"github.com/concierge-gateway/concierge/lent"
)

// owner counts how often its memory came back.
type owner struct{ back int }

func (o *owner) GiveBack() { o.back++ }

// lentTo is an answer that lies in memory of an owner.
func lentTo(text []byte) (*Whole, *owner) {
	w, o := new(Whole), new(owner)
	w.Lend(text, o)
	return w, o
}

func TestABorrowedTextLastsUntilTheLeaseEnds(t *testing.T) {
	lease := lent.Begin(t.Context())
	memory := []byte("hello")
	w, o := lentTo(memory)
	w.Borrow(lease)
	if string(w.Text()) != "hello" || &w.Text()[0] != &memory[0] || o.back != 0 {
		t.Errorf("it is %q, and was given back %d times, want it where it was", w.Text(), o.back)
	}
	lease.End()
	if w.Text() != nil || o.back != 1 {
		t.Errorf("then it is %q, and was given back %d times", w.Text(), o.back)
	}
}

func TestMemoryThatWasBorrowedTwiceIsGivenBackOnce(t *testing.T) {
	lease := lent.Begin(t.Context())
	w, o := lentTo([]byte("hello"))
	w.Borrow(lease)
	w.Borrow(lease)
	lease.End()
	if o.back != 1 {
		t.Errorf("it was given back %d times", o.back)
	}
}

func TestATextThatNobodyTakesIsCopied(t *testing.T) {
	over := lent.Begin(t.Context())
	over.End()
	full := lent.Begin(t.Context())
	for full.Take(new(owner)) {
	}
	for name, w := range map[string]func(*Whole){
		"without a lease":              func(w *Whole) { w.Borrow(t.Context()) },
		"of a lease that is over":      func(w *Whole) { w.Borrow(over) },
		"of a lease that holds enough": func(w *Whole) { w.Borrow(full) },
	} {
		t.Run(name, func(t *testing.T) {
			memory := []byte("hello")
			whole, o := lentTo(memory)
			w(whole)
			copy(memory, "other")
			text, err := io.ReadAll(whole)
			if string(whole.Text()) != "hello" || string(text) != "hello" || err != nil || o.back != 1 || !whole.Called() {
				t.Errorf("it is %q, read as %q, %v; the memory was given back %d times", whole.Text(), text, err, o.back)
			}
		})
	}
}

func TestATextThatIsNobodyElsesStaysAsItIs(t *testing.T) {
	memory := []byte("hello")
	w := NewWhole(memory, false)
	w.Borrow(t.Context())
	if &w.Text()[0] != &memory[0] || w.Called() {
		t.Errorf("it is %q", w.Text())
	}
}

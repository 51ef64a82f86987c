package lent_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/lent"
)

// own is the key of a value of a context.
type own struct{}

// piece counts how often it was given back.
type piece struct{ back int }

func (p *piece) GiveBack() { p.back++ }

func TestWhatALeaseTookIsGivenBackOnceItEnds(t *testing.T) {
	lease := lent.Begin(t.Context())
	var pieces [20]piece
	took := 0
	for i := range pieces {
		if lent.Of(context.WithValue(lease, own{}, "text")).Take(&pieces[i]) {
			took++
		}
	}
	if took == 0 || took == len(pieces) {
		t.Errorf("it took %d of %d pieces, want some and not all", took, len(pieces))
	}
	if slices.ContainsFunc(pieces[:], func(p piece) bool { return p.back > 0 }) {
		t.Error("something was given back before the end")
	}
	lease.End()
	lease.End()
	for i, each := range pieces {
		if want := min(max(took-i, 0), 1); each.back != want {
			t.Errorf("piece %d was given back %d times, want %d", i, each.back, want)
		}
	}
	if late := new(piece); lease.Take(late) || late.back > 0 {
		t.Error("what came after the end was taken")
	}
}

func TestWithoutALeaseNothingIsTaken(t *testing.T) {
	if p := new(piece); lent.Of(t.Context()).Take(p) || p.back > 0 {
		t.Error("it was taken")
	}
}

func TestALeaseIsTheContextThatItBeganWith(t *testing.T) {
	outer, cancel := context.WithCancel(context.WithValue(t.Context(), own{}, "text"))
	lease := lent.Begin(outer)
	inner, stop := context.WithCancel(lease)
	defer stop()
	if lease.Value(own{}) != "text" || lent.Of(inner) != lease || inner.Err() != nil {
		t.Errorf("%v, %v, %v", lease.Value(own{}), lent.Of(inner), inner.Err())
	}
	cancel()
	if lease.Err() == nil || inner.Err() == nil {
		t.Error("it goes on after the end of the context")
	}
	if nested := lent.Begin(lease); lent.Of(nested) != nested {
		t.Error("a lease within another is the other")
	}
}

func TestTextsAreEmptyWhoeverHadTheirRoom(t *testing.T) {
	var texts lent.Texts
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			want := strings.Repeat(string(rune('a'+n)), 1000*(n+1))
			for range 200 {
				text := texts.New()
				if len(text.Bytes) != 0 {
					t.Errorf("a new text is %.20q", text.Bytes)
				}
				text.Bytes = append(text.Bytes, want...)
				if string(text.Bytes) != want {
					t.Errorf("it is %.20q, want %.20q", text.Bytes, want)
				}
				text.GiveBack()
			}
		})
	}
	all.Wait()
	(*lent.Text)(nil).GiveBack()
}

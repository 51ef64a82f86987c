package fallback

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Note says that part of an answer did not come from its service.
type Note struct {
	// Service is the service that did not answer.
	Service string `json:"service"`
	// Source is what answered in its place.
	Source Source `json:"source"`
}

// Notes collects what happened during one request. Its methods may be called by several goroutines, and on nil.
type Notes struct {
	mu  sync.Mutex
	all []Note
}

func (n *Notes) add(note Note) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.all, note) {
		n.all = append(n.all, note)
	}
}

// All are the notes, each once, in order of their services.
func (n *Notes) All() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.SortedFunc(slices.Values(n.all), func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Source, b.Source))
	})
}

type contextKey struct{}

// Collect returns a context whose calls note what was answered by a fallback.
func Collect(ctx context.Context) (context.Context, *Notes) {
	notes := new(Notes)
	return context.WithValue(ctx, contextKey{}, notes), notes
}

func notesOf(ctx context.Context) *Notes {
	notes, _ := ctx.Value(contextKey{}).(*Notes)
	return notes
}

// AddTo adds the notes to those that a context collects.
func (n *Notes) AddTo(ctx context.Context) {
	for _, each := range n.All() {
		notesOf(ctx).add(each)
	}
}

package persisted

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// Strangers remembers which documents have been told of that are not trusted, so that each is told of once. It forgets those
// beyond a number, which may then be told of again. It is safe for concurrent use.
type Strangers struct {
	seen *otter.Cache[[sha256.Size]byte, struct{}]
}

// mostStrangers are remembered.
const mostStrangers = 1000

// NewStrangers remembers none yet.
func NewStrangers() *Strangers {
	return &Strangers{seen: otter.Must(&otter.Options[[sha256.Size]byte, struct{}]{
		MaximumSize: mostStrangers, Executor: func(task func()) { task() },
	})}
}

// First reports whether a document comes for the first time.
func (s *Strangers) First(text string) bool {
	_, first := s.seen.SetIfAbsent(sha256.Sum256([]byte(text)), struct{}{})
	return first
}

package records

import (
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// ways are the names of ways that something was kept of. Two names may pass for one, so that their number, which clients can have
// a say in, takes no memory.
type ways struct {
	any   atomic.Bool
	names [256]atomic.Bool
}

func (w *ways) has(name string) bool { return w.any.Load() && w.at(name).Load() }

func (w *ways) add(name string) {
	if at := w.at(name); !at.Load() { // most are there, and writing makes other processors read again
		at.Store(true)
		w.any.Store(true)
	}
}

func (w *ways) at(name string) *atomic.Bool { return &w.names[xxhash.Sum64String(name)%256] }

package fieldusage

import (
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// shape is a set of parts that operations use, and how often each client sent such an operation.
type shape struct {
	key    string // two bits for each part: whether it is written, and whether it is possible
	listed atomic.Bool

	grow     sync.Mutex
	counters atomic.Pointer[[]*counter] // by the client's index; it is replaced and never changed
}

// counter is what one client sent since it was last added up.
type counter struct {
	client *client
	n      atomic.Uint64
	last   atomic.Int64 // Unix time, in seconds
}

func (s *shape) add(by *client, now int64) {
	c := s.counter(by)
	if c.last.Load() != now {
		c.last.Store(now)
	}
	c.n.Add(1)
}

func (s *shape) counter(by *client) *counter {
	if all := s.counters.Load(); all != nil && by.index < len(*all) && (*all)[by.index] != nil {
		return (*all)[by.index]
	}
	s.grow.Lock()
	defer s.grow.Unlock()
	var known []*counter
	if all := s.counters.Load(); all != nil {
		known = *all
	}
	grown := make([]*counter, max(len(known), by.index+1))
	copy(grown, known)
	if grown[by.index] == nil {
		grown[by.index] = &counter{client: by}
	}
	s.counters.Store(&grown)
	return grown[by.index]
}

// all are the counters that there are.
func (s *shape) all() []*counter {
	if all := s.counters.Load(); all != nil {
		return *all
	}
	return nil
}

// key is a set of uses in bits.
func (t *Tracker) key(uses coordinates.Uses) string {
	bits := make([]byte, (2*len(t.parts)+7)/8)
	for coordinate, how := range uses {
		i, ok := t.index[coordinate]
		if !ok {
			continue // what the language itself declares
		}
		at := 2 * i
		if how == coordinates.Possible {
			at++
		}
		bits[at/8] |= 1 << (at % 8)
	}
	return string(bits)
}

// Shapes lie beside a document: what each of its operations uses, found out when it first runs.
type Shapes struct{ by sync.Map }

// Size is what they take of memory at most, in bytes.
func Size(doc *ast.QueryDocument) int { return 256 * (1 + len(doc.Operations)) }

func (s *Shapes) find(operation *ast.OperationDefinition) (*shape, bool) {
	found, ok := s.by.Load(operation)
	if !ok {
		return nil, false
	}
	known, ok := found.(*shape)
	return known, ok
}

func (s *Shapes) keep(operation *ast.OperationDefinition, known *shape) { s.by.Store(operation, known) }

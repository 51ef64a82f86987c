// Package fieldusage answers which clients use which parts of the schema. It counts in this process, since it was started, and
// keeps nothing beyond that.
//
// A request costs one addition: it counts that a client sent an operation that uses such and such parts. What that says of each
// part is worked out when somebody asks. Operations that use the same parts are counted together, so neither new texts nor new
// clients make it grow beyond a bound.
package fieldusage

import (
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// maxShapes is how many different sets of parts are counted apart. When there are more, what was counted is added up by part.
const maxShapes = 1000

// Tracker counts. It is safe for concurrent use and runs no goroutine.
type Tracker struct {
	schema  *ast.Schema
	parts   []coordinates.Part
	index   map[string]int // of each coordinate in parts
	clients *clients
	since   time.Time

	mu     sync.Mutex
	shapes map[string]*shape // those that may hold counts, by their parts
	sums   map[*client]sums  // what was counted, by part
}

// New counts the uses of a schema. It must be the one that documents are validated for.
func New(c Config, schema *ast.Schema) *Tracker {
	t := &Tracker{
		schema: schema, parts: coordinates.All(schema), clients: newClients(c), since: time.Now(),
		shapes: make(map[string]*shape), sums: make(map[*client]sums),
	}
	t.index = make(map[string]int, len(t.parts))
	for i, part := range t.parts {
		t.index[part.Coordinate] = i
	}
	return t
}

// Count counts an operation that runs, of a document that was validated, for the client that a request's header names. A nil
// Tracker counts nothing.
func (t *Tracker) Count(header http.Header, of *Shapes, operation *ast.OperationDefinition) {
	if t == nil {
		return
	}
	s := t.shapeOf(of, operation)
	s.add(t.clients.of(header), time.Now().Unix())
	if !s.listed.Load() { // nobody would find it there
		t.mu.Lock()
		defer t.mu.Unlock()
		t.addUp(s)
	}
}

// Client is the name that a request's header gives its client, where that is one of Config.Clients, and otherwise None or Other:
// nobody can make up what it says.
func (t *Tracker) Client(header http.Header) string {
	if t == nil {
		return None
	}
	switch name := first(header, t.clients.names); {
	case name == "":
		return None
	case t.clients.kept[name]:
		return name
	default:
		return Other
	}
}

// shapeOf is the listed shape of an operation.
func (t *Tracker) shapeOf(of *Shapes, operation *ast.OperationDefinition) *shape {
	known, ok := of.find(operation)
	if ok && known.listed.Load() {
		return known
	}
	if !ok {
		known = &shape{key: t.key(coordinates.Of(t.schema, operation))}
	}
	listed := t.list(known)
	of.keep(operation, listed)
	return listed
}

// list is the shape that counts for all with the same parts.
func (t *Tracker) list(s *shape) *shape {
	t.mu.Lock()
	defer t.mu.Unlock()
	if found, ok := t.shapes[s.key]; ok {
		return found
	}
	if len(t.shapes) >= maxShapes {
		t.unlistAll()
	}
	t.shapes[s.key] = s
	s.listed.Store(true)
	return s
}

// unlistAll makes room. Shapes that are still asked for are listed again.
func (t *Tracker) unlistAll() {
	for key, s := range t.shapes {
		s.listed.Store(false) // before it is emptied: who adds after that sees it
		t.addUp(s)
		delete(t.shapes, key)
	}
}

// Package records answers which of a service's records need not be asked for.
//
// A service is asked for many records in one call, and seldom twice for the same many. So what it answers is kept by key: after a
// call for 1 and 2, one for 1, 2 and 3 is one for 3. A key has one record, such as an order by its id, or a list of them, such as
// the orders of a user, or none, which is known as well. All of a key's records are a copy that nobody else holds, without what
// nobody may see.
package records

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
)

// ByID is the name of the way in which records are asked for by their own ids. It is the same for calls for many and for one, and
// whatever their path: the gateway reads records of one collection of each service by their ids.
const ByID = "id"

// ownID is the member of a record that holds its own id.
const ownID = "id"

// Way is a way in which a service is asked for the records of keys.
type Way struct {
	// Name is what is asked for, but for the keys: ByID, or any text that no other way of the service has.
	Name string
	// Member is the member of a record that holds its key, such as id or user_id.
	Member string
	// Key is the sharing.ForRecords of the name on behalf of the caller. Nothing reads it where the Store knows nothing of the way.
	Key sharing.Key
}

// Memory is where records are kept in this process. A *stored.Part is one.
type Memory interface {
	Get(key sharing.Key) (stored.Value, bool)
	Set(key sharing.Key, value stored.Value, until time.Time)
	Delete(key sharing.Key)
}

// Second is where they are kept for other instances, too. A *stored.Second is one.
type Second interface {
	// Reachable reports whether it is of any use now.
	Reachable() bool
	// Get finds texts, nil where there is none, and nothing at all while the store is slow or gone.
	Get(ctx context.Context, keys ...sharing.Key) [][]byte
	// Set keeps a text until a time, soon.
	Set(key sharing.Key, text []byte, until time.Time)
}

// Log is what was purged, and when. A *purge.Log is one.
type Log interface {
	Now() purge.Position
	Holds(since purge.Position, began time.Time, tags []purge.Tag) bool
	HoldsShared(since purge.Position, tags []purge.Tag) bool
}

// Strip takes out of a record what nobody may see. Its result may alias the record. Where ok is false, nothing of the record is
// kept.
type Strip func(raw jsontext.Value) (stripped jsontext.Value, ok bool)

// Parts are what a Store is made of.
type Parts struct {
	// Memory is where records are kept, of this and of other services.
	Memory Memory
	// Second may be nil.
	Second Second
	// Log is asked about all that is found.
	Log Log
	// Strip may be nil where anybody may see all of a record.
	Strip Strip
	// Absent is the longest that a key without records is known as such, and never longer than the service's own answer. 0 is not at
	// all.
	Absent time.Duration
	// Results counts the keys that were looked for. It may be nil.
	Results *stored.Results
}

// Store keeps the records of one service. It is safe for concurrent use.
type Store struct {
	Parts

	service string
	tag     purge.Tag // that everything of the service carries
	known   ways
}

// New keeps the records of a service.
func New(service string, parts Parts) *Store {
	if second, ok := parts.Second.(*stored.Second); ok && second == nil {
		parts.Second = nil
	}
	return &Store{Parts: parts, service: service, tag: purge.Service(service)}
}

// Now is the position of what begins to be fetched now.
func (s *Store) Now() purge.Position { return s.Log.Now() }

// Knows reports whether anything of a way may have been kept here, on behalf of anybody. As long as not, nothing need be looked
// for, which takes a key. The second level is asked from then on, too.
func (s *Store) Knows(name string) bool { return s.known.has(name) }

// Empty reports whether nothing of any way was kept here so far.
func (s *Store) Empty() bool { return !s.known.any.Load() }

// shares reports whether there is a second level, and it is of use now.
func (s *Store) shares() bool { return s.Second != nil && s.Second.Reachable() }

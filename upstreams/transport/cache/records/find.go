package records

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Found is what is known of the records of some keys. Each key is in Records, or known to have none, or Missing.
type Found struct {
	// Records are those of the keys that have any. Nobody may change them.
	Records map[record.ID][]jsontext.Value
	// Stale are keys that are known, and of which the service lets what is known be used while it is asked again.
	Stale []record.ID
	// Missing are the keys that the service must be asked for, in their order.
	Missing []record.ID

	store *Store
	spare map[record.ID]*kept // of those that are missing, unless the service answers
}

// Find looks for the records of keys: in memory, and for all of those that are not there in the second level at once. What it
// finds is noted in the context's provenance.Trail.
func (s *Store) Find(ctx context.Context, way Way, keys []record.ID) Found {
	l := lookup{
		Found: Found{store: s}, trail: provenance.From(ctx), now: momentOf(time.Now()), keys: len(keys),
	}
	for _, id := range keys {
		if !l.take(id, s.get(way.Key.For(int64(id)))) {
			l.Missing = append(l.Missing, id)
		}
	}
	if len(l.Missing) > 0 {
		l.takeShared(s.shared(ctx, way.Key, l.Missing))
	}
	s.count(&l)
	return l.Found
}

// lookup is a Found that is being put together.
type lookup struct {
	Found

	trail        *provenance.Trail
	now          moment
	keys         int
	hits, absent int
}

// take uses what is kept of a key, if it can be used before the service is asked.
func (l *lookup) take(id record.ID, k *kept) (taken bool) {
	if k == nil {
		return false
	}
	switch k.terms.use(l.now) {
	case fresh:
	case stale:
		l.Stale = append(l.Stale, id)
	case onError:
		if l.spare == nil {
			l.spare = make(map[record.ID]*kept)
		}
		l.spare[id] = k
		return false
	default:
		return false
	}
	k.note(l.trail)
	if len(k.list) == 0 {
		l.absent++
		return true
	}
	l.hits++
	if l.Records == nil {
		l.Records = make(map[record.ID][]jsontext.Value, l.keys)
	}
	l.Records[id] = k.list
	return true
}

// takeShared uses what came of the missing keys.
func (l *lookup) takeShared(came []*kept) {
	missing := l.Missing[:0]
	for i, id := range l.Missing {
		if i < len(came) && l.take(id, came[i]) {
			delete(l.spare, id)
			continue
		}
		missing = append(missing, id)
	}
	l.Missing = missing
}

// count counts the keys that were found. Those that are missing count when it is known what came of them.
func (s *Store) count(l *lookup) {
	s.Results.Count(stored.Stale, len(l.Stale))
	s.Results.Count(stored.Negative, l.absent)
	s.Results.Count(stored.Hit, l.hits-len(l.Stale)) // what there is not is never stale
}

// note tells a trail what was used.
func (k *kept) note(trail *provenance.Trail) {
	if trail != nil {
		trail.Add(k.tags...)
		trail.Until(k.terms.fresh.time())
	}
}

// OnError are the records of a missing key that may be used since the service failed.
func (f *Found) OnError(ctx context.Context, id record.ID) (records []jsontext.Value, ok bool) {
	k := f.spare[id]
	if k == nil || k.terms.use(momentOf(time.Now())) == none || !f.store.holds(k) {
		return nil, false
	}
	k.note(provenance.From(ctx))
	f.store.Results.Stale()
	return k.list, true
}

// get finds what is kept of a key in memory and may still be used, nil if there is nothing.
func (s *Store) get(key sharing.Key) *kept {
	value, ok := s.Memory.Get(key)
	if !ok {
		return nil
	}
	k, ok := value.(*kept)
	if !ok || !s.holds(k) {
		return nil
	}
	return k
}

func (s *Store) holds(k *kept) bool { return s.Log.Holds(k.since, k.began.time(), k.tags) }

// shared finds what other instances have left of keys, in the order of these, and keeps it here.
func (s *Store) shared(ctx context.Context, way sharing.Key, ids []record.ID) []*kept {
	since := s.Log.Now() // what is purged from now on does not hold, whatever the second level says
	if !s.shares() {
		return nil
	}
	keys := make([]sharing.Key, len(ids))
	for i, id := range ids {
		keys[i] = way.For(int64(id))
	}
	texts := s.Second.Get(ctx, keys...)
	found := make([]*kept, len(texts))
	now := momentOf(time.Now())
	for i, text := range texts {
		if k := s.promoted(text, since, now); k != nil && k.terms.last() > now {
			s.Memory.Set(keys[i], k, k.terms.last().time())
			found[i] = k
		}
	}
	return found
}

// promoted is what a text says, if it may be used.
func (s *Store) promoted(text []byte, since purge.Position, now moment) *kept {
	if text == nil {
		return nil
	}
	k, err := decode(text)
	if err != nil || !s.Log.HoldsShared(k.since, k.tags) {
		return nil
	}
	k.since.Local = since.Local
	k.began = min(k.began, now) // by the clock of another instance
	if !s.holds(k) {
		return nil
	}
	return k
}

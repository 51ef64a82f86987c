package records

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Answer is what a service answered about records.
type Answer struct {
	// Since is the Store's Now of before the service was asked, and Began when that was.
	Since purge.Position
	Began time.Time
	// Terms are until when the answer may be used.
	Terms rules.Terms
	// Chosen says that the service chose these records by more than who asks and for what, such as by a language: they are for
	// lookups, which are all alike in that, and no One.
	Chosen bool
	// Asked are the keys that it was asked for.
	Asked []record.ID
	// Records are those of each key. A key without any has none.
	Records map[record.ID][]jsontext.Value
	// IDOf is the id of one of the records. It is not asked of those that were asked for by their own ids.
	IDOf func(raw jsontext.Value) (record.ID, error)
	// PathOf is where a record by its own id is to be found alone, by which it can be purged. It may be nil.
	PathOf func(id record.ID) string
	// Tags are by what else these records end, such as the groups that the answer names.
	Tags []purge.Tag
}

// Usable reports whether there is anything to be kept of an answer with these terms.
func Usable(t rules.Terms, now time.Time) bool { return termsOf(t).last() > momentOf(now) }

// Keep keeps what a service answered, for as long as it may be used. What was kept of the keys before is dropped where the answer
// is not kept. It copies all that it keeps.
func (s *Store) Keep(way Way, a Answer) {
	now := momentOf(time.Now())
	terms := termsOf(a.Terms)
	if terms.last() <= now {
		s.Forget(way, a.Asked)
		return
	}
	s.known.add(way.Name)
	for _, id := range a.Asked {
		key := way.Key.For(int64(id))
		if k := s.copied(way, id, &a); k != nil {
			k.terms = terms
			if len(k.list) == 0 {
				k.terms = terms.shortened(now + moment(s.Absent))
			}
			if k.terms.last() > now {
				s.put(key, k)
				continue
			}
		}
		s.forget(key)
	}
}

// put keeps records, unless they were purged while they were fetched, or others are known that were asked for later: then they
// take the place of nothing.
func (s *Store) put(key sharing.Key, k *kept) {
	if !s.holds(k) {
		return
	}
	if before := s.get(key); before != nil && before.began > k.began {
		return
	}
	until := k.terms.last().time()
	s.Memory.Set(key, k, until)
	if s.shares() {
		s.Second.Set(key, k.encode(), until)
	}
}

// Forget drops what is kept of keys, such as records that nobody can read.
func (s *Store) Forget(way Way, keys []record.ID) {
	if !s.Knows(way.Name) {
		return
	}
	for _, id := range keys {
		s.forget(way.Key.For(int64(id)))
	}
}

// forgetting is for how long the second level has nothing in the place of what it had. Whatever is asked for afterwards is asked
// for anew.
const forgetting = time.Second

// forget also drops what lies behind the memory: whatever is found there lies in memory, too.
func (s *Store) forget(key sharing.Key) {
	if _, ok := s.Memory.Get(key); !ok {
		return
	}
	s.Memory.Delete(key)
	if s.shares() {
		s.Second.Set(key, nothing(), time.Now().Add(forgetting))
	}
}

// copied is what is to be kept of a key's records, nil if they are not to be kept.
func (s *Store) copied(way Way, id record.ID, a *Answer) *kept {
	list := a.Records[id]
	if len(list) > maxRecords {
		return nil // what it is made of could not be told
	}
	k := &kept{since: a.Since, began: momentOf(a.Began), chosen: a.Chosen}
	if !s.tags(k, way, id, list, a) || !s.strip(k, list) {
		return nil
	}
	return k
}

// tags says by which purges the records of a key end. It is not ok where that cannot be known.
func (s *Store) tags(k *kept, way Way, id record.ID, list []jsontext.Value, a *Answer) (ok bool) {
	n := 3 + len(a.Tags) // that of the service, that of the key, and that of the path or of the owners
	if way.Member != ownID {
		n += len(list)
	}
	if n > maxTags {
		return false
	}
	k.tags = append(k.room(n), s.tag, purge.Record(s.service, way.Member, int64(id)))
	k.tags = append(k.tags, a.Tags...)
	if way.Member == ownID {
		if a.PathOf != nil {
			k.tags = append(k.tags, purge.Path(s.service, a.PathOf(id)))
		}
		return true
	}
	k.tags = append(k.tags, purge.Owned(s.service))
	for _, each := range list {
		of, err := a.IDOf(each)
		if err != nil {
			return false
		}
		k.tags = append(k.tags, purge.Record(s.service, ownID, int64(of)))
	}
	return true
}

// strip copies records without what nobody may see. It is not ok where they cannot be kept.
func (s *Store) strip(k *kept, list []jsontext.Value) (ok bool) {
	var oneText [1][]byte
	var oneLength [1]int
	texts, lengths, whole := oneText[:0], oneLength[:0], 0
	for _, each := range list {
		if s.Strip != nil {
			if each, ok = s.Strip(each); !ok {
				return false
			}
		}
		if whole += len(each); len(each) < leastRecord || whole > maxText {
			return false
		}
		texts, lengths = append(texts, each), append(lengths, len(each))
	}
	if len(texts) > 0 {
		k.cut(slices.Concat(texts...), lengths)
	}
	return true
}

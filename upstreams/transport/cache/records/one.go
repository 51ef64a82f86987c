package records

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// One is a record that was asked for by its id.
type One struct {
	// Raw is the record. Nobody may change it.
	Raw jsontext.Value
	// Began is when the service was asked, by whichever instance.
	Began time.Time
	// Terms are until when it may be used.
	Terms rules.Terms
	// Since is the Store's Now of before the service was asked, and Tags are by what the record ends. To keep one, only those are
	// needed that do not follow from service and id, such as its path and groups.
	Since purge.Position
	Tags  []purge.Tag
	// Chosen is as in Answer.
	Chosen bool
}

// One finds the record of an id, also one that may be used only while it is asked for again, or where the service fails: its
// Terms tell. It is not ok where the record is not known, or known not to be there, or where the service chose it by how it was
// asked.
func (s *Store) One(ctx context.Context, key sharing.Key, id record.ID) (one One, ok bool) {
	if !s.Knows(ByID) {
		return One{}, false
	}
	now := momentOf(time.Now())
	k := s.get(key.For(int64(id)))
	if (k == nil || k.terms.use(now) < stale) && s.Second != nil {
		if came := s.shared(ctx, key, []record.ID{id}); len(came) == 1 && came[0] != nil {
			k = came[0]
		}
	}
	if k == nil || k.chosen || len(k.list) != 1 || k.terms.use(now) == none {
		return One{}, false
	}
	return One{Raw: k.list[0], Began: k.began.time(), Terms: k.terms.rules(), Since: k.since, Tags: k.tags}, true
}

// KeepOne keeps what a service answered to a call for one record by its id. The answer must be one that does not vary by what a
// call for many sends otherwise: its Vary names no field, or only Accept-Encoding or Accept, and it is JSON. Raw is nil where
// there is no such record. What is kept is a copy.
func (s *Store) KeepOne(key sharing.Key, id record.ID, one One) {
	a := Answer{Since: one.Since, Began: one.Began, Terms: one.Terms, Asked: []record.ID{id}, Tags: one.Tags, Chosen: one.Chosen}
	if one.Raw != nil {
		a.Records = map[record.ID][]jsontext.Value{id: {one.Raw}}
	}
	s.Keep(Way{Name: ByID, Member: ownID, Key: key}, a)
}

// rules are the terms as answers have them.
func (t terms) rules() rules.Terms {
	at := func(m moment) time.Time {
		if m == 0 {
			return time.Time{}
		}
		return m.time()
	}
	return rules.Terms{Fresh: at(t.fresh), StaleWhile: at(t.stale), StaleIfError: at(t.onError)}
}

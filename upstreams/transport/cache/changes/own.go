package changes

import (
	"net/http"

	"github.com/concierge-gateway/concierge/purge"
)

// placed is a write, and what its path says.
type placed struct {
	*Write

	where place
	id    int64
}

func (k *Knowledge) placed(w *Write) placed {
	where, id := placeOf(k.Collection, w.URL.Path)
	return placed{w, where, id}
}

// creates reports whether a write adds records and changes none.
func (p placed) creates() bool { return p.where == among && p.Method == http.MethodPost }

// ofOne reports whether a write is about one record that was there before.
func (p placed) ofOne() bool { return p.where == at || p.where == below }

// plain reports whether a write does with its record what it says, and leaves by what that is found as it was. An action may do
// anything.
func (p placed) plain() bool {
	switch p.Method {
	case http.MethodDelete:
		return true
	case http.MethodPut, http.MethodPatch:
		return p.Sent != nil
	default:
		return false
	}
}

// own takes what a write has changed of its service.
func (k *Knowledge) own(c *changed, p placed) {
	c.addPaths(k.Service, p.URL.Path)
	c.addReferences(k.Service, p.Write)
	c.add(k.Service, purge.Lists(k.Service))
	if k.Collection != "" && !k.ownRecords(c, p) {
		c.all(k.Service)
	}
}

// ownRecords takes the records that a write has changed. It is false where it does not know all of them, or not by what they are
// found now. What was found by something else before held the record, and ends with it.
func (k *Knowledge) ownRecords(c *changed, p placed) (ok bool) {
	switch {
	case p.creates():
		records, ok := p.answered()
		return ok && k.answeredRecords(c, records)
	case !p.ofOne() || p.Sent != nil && p.Method != http.MethodDelete && !leaves(p.Sent, k.Members):
		return false
	}
	c.addRecord(k.Service, k.Collection, p.id)
	if one, ok := p.answeredOne(); ok {
		return k.answeredRecords(c, []object{one})
	}
	return p.where == at && p.plain()
}

// answeredRecords takes records as they are now: each by its id, and by what else it is found.
func (k *Knowledge) answeredRecords(c *changed, records []object) (ok bool) {
	for _, each := range records {
		id, ok := each.id()
		if !ok {
			return false
		}
		c.addRecord(k.Service, k.Collection, id)
		for _, member := range k.Members {
			ids, ok := each.ids(member)
			if !ok {
				return false
			}
			for _, id := range ids {
				c.add(k.Service, purge.Record(k.Service, member, id))
			}
		}
	}
	return true
}

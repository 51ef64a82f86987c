package changes

import (
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/purge"
)

// others takes what a write has changed of other services.
func (k *Knowledge) others(c *changed, p placed) {
	if len(k.Touches) == 0 {
		return
	}
	records, ok := k.touching(p)
	for i := range k.Touches {
		each := &k.Touches[i]
		if !ok || !p.creates() && !each.stays(p) || !each.records(c, records) {
			c.all(each.Service)
		}
	}
}

// touching are the records that a write was about. What is created is known by the request, too.
func (k *Knowledge) touching(p placed) (records []object, ok bool) {
	switch {
	case p.ofOne():
		one, ok := p.answeredOne()
		return []object{one}, ok
	case k.Collection != "" && !p.creates():
		return nil, false
	}
	if records, ok = p.answered(); !ok && p.Method == http.MethodPost {
		return objects(p.Sent)
	}
	return records, ok
}

// stays reports whether a record names the same others as before the write. Otherwise those are touched, too, that it names no
// longer, and nobody knows them.
func (t *Touch) stays(p placed) bool {
	if p.Method == http.MethodDelete {
		return true
	}
	heads := make([]string, len(t.Members))
	for i, each := range t.Members {
		heads[i], _, _ = strings.Cut(each, "/")
	}
	return p.Sent != nil && leaves(p.Sent, heads)
}

// records takes what records name. It is false where that cannot be read.
func (t *Touch) records(c *changed, records []object) (ok bool) {
	for _, each := range records {
		for _, member := range t.Members {
			ids, ok := each.ids(member)
			if !ok {
				return false
			}
			for _, id := range ids {
				c.addRecord(t.Service, t.Collection, id)
				c.add(t.Service, purge.Lists(t.Service))
			}
		}
	}
	return true
}

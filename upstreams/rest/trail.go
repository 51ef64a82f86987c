package rest

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// mostNoted is how many records of one answer are noted by their ids. What is made of more is not to be kept: nobody could tell
// by which purges that ends.
const mostNoted = 1000

// noteAnswer notes how long an answer may be used, and by what it ends besides its records.
func (c *Client) noteAnswer(trail *provenance.Trail, j judgement, a answer) {
	trail.Add(purge.Service(c.service))
	trail.Add(j.groups...)
	switch {
	case j.forbidden:
		trail.Forbid()
	case j.silent:
	case j.terms.Fresh.IsZero():
		trail.Until(a.came)
	default:
		trail.Until(j.terms.Fresh)
	}
}

// noteKeys notes by what the records of keys end, and that there are none.
func (c *Client) noteKeys(
	trail *provenance.Trail, lookup Lookup, keys []record.ID, found map[record.ID][]jsontext.Value,
) {
	n := len(keys)
	for _, list := range found {
		n += len(list)
	}
	if n > 2*mostNoted {
		trail.Forbid()
		return
	}
	tags := make([]purge.Tag, 0, n+1)
	if lookup.Member != "id" {
		tags = append(tags, purge.Owned(c.service))
	}
	for _, key := range keys {
		tags = append(tags, purge.Record(c.service, lookup.Member, int64(key)))
		if lookup.Member == "id" {
			tags = append(tags, purge.Path(c.service, lookup.pathOf(key)))
			continue
		}
		for _, each := range found[key] {
			id, err := idOf(each)
			if err != nil {
				trail.Forbid()
				return
			}
			tags = append(tags, purge.Record(c.service, "id", int64(id)))
		}
	}
	trail.Add(tags...)
}

// noteList notes what was read by a call that answers a list of records with these ids.
func (c *Client) noteList(ctx context.Context, call Call, a answer, ids []record.ID) {
	trail := provenance.From(ctx)
	if trail == nil {
		return
	}
	tags := []purge.Tag{purge.Lists(c.service), purge.Path(c.service, call.Path)}
	for name, values := range call.Query {
		if id, ok := owner(name, values); ok {
			tags = append(tags, purge.Record(c.service, name, int64(id)))
		}
	}
	if len(ids) > mostNoted {
		trail.Forbid()
		return
	}
	for _, id := range ids {
		tags = append(tags, purge.Record(c.service, "id", int64(id)))
	}
	trail.Add(tags...)
	c.noteAnswer(trail, c.judge(a, true), a)
}

// owner is whose records a parameter asks for, such as user_id=7.
func owner(name string, values []string) (id record.ID, ok bool) {
	if !strings.HasSuffix(name, "_id") || len(values) != 1 {
		return 0, false
	}
	id, err := record.ParseID(values[0])
	return id, err == nil
}

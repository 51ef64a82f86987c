package cache

import (
	"net/http"
	"path"
	"strings"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// tagsOf are what the answer to a request is purged by. They are not ok where it belongs to more groups than can be known.
func (q *question) tagsOf(header http.Header) (tags []purge.Tag, ok bool) {
	groups, ok := groupsOf(header["Cache-Groups"])
	if !ok {
		return nil, false
	}
	of := q.req.URL.Path
	tags = append(make([]purge.Tag, 0, 4+len(groups)), purge.Service(q.service), purge.Path(q.service, of))
	if clean := path.Clean("/" + of); clean != of {
		tags = append(tags, purge.Path(q.service, clean)) // what one spelling changes is seen by the other
	}
	tags = q.recordTags(tags, of, q.req.URL.RawQuery)
	return q.groupTags(tags, groups), true
}

// recordTags adds what is known of the records in an answer. At the path of a record there is that one, and below it what
// belongs to it. Anywhere else there may be any.
func (c *Cache) recordTags(tags []purge.Tag, of, query string) []purge.Tag {
	if c.knowledge.Collection == "" {
		return tags
	}
	rest, isBelow := strings.CutPrefix(of, c.knowledge.Collection+"/")
	segment, _, deeper := strings.Cut(rest, "/")
	id, err := record.ParseID(segment)
	known := isBelow && err == nil
	if known {
		tags = append(tags, purge.Record(c.service, "id", int64(id)))
	}
	if !known || deeper || query != "" {
		tags = append(tags, purge.Lists(c.service))
	}
	return tags
}

// Groups are the tags of the groups that a header says an answer belongs to (RFC 9875). They are not ok where they are too many
// to be known: then the answer is not to be kept.
func (c *Cache) Groups(header http.Header) (tags []purge.Tag, ok bool) {
	groups, ok := groupsOf(header["Cache-Groups"])
	return c.groupTags(nil, groups), ok
}

func (c *Cache) groupTags(tags []purge.Tag, groups []string) []purge.Tag {
	for _, each := range groups {
		tags = append(tags, purge.Group(c.service, each))
	}
	return tags
}

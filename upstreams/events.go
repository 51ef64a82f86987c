package upstreams

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/purge"
)

// Kinds are the kinds of records that a service's events are about: that of its own, and those of the records that its own belong
// to.
func Kinds(service string) []string {
	members := collectionOf(service).members
	kinds := append(make([]string, 0, 1+len(members)), service)
	for _, member := range members {
		kinds = append(kinds, strings.TrimSuffix(member, "_id"))
	}
	return kinds
}

// Standing is the way to a service for an answer that is read for as long as there is one, by its name.
func (s *Services) Standing(name string) (way http.RoundTripper, ok bool) {
	found, ok := s.transports[name]
	if !ok {
		return nil, false
	}
	return found.Standing(), true
}

// Happened are the tags of what ends when something has happened to a record of a service. of is the id of the record of a kind
// that it belongs to, 0 where that is not known: then all that is kept of the service ends.
func (c Config) Happened(service string, id int64, of func(kind string) int64) []purge.Tag {
	own := collectionOf(service)
	tags := recordTags(service, own.path, id)
	for _, member := range own.members {
		other := of(strings.TrimSuffix(member, "_id"))
		if other == 0 {
			return []purge.Tag{purge.Service(service)}
		}
		tags = append(tags, purge.Record(service, member, other))
	}
	return append(tags, c.touched(service, of)...)
}

// touched are the tags of other services' records that change with a service's own, as far as an event names them.
func (c Config) touched(service string, of func(kind string) int64) (tags []purge.Tag) {
	for name, way := range c.Ways() {
		if name != service {
			continue
		}
		for other, members := range way.Cache.Touches {
			if id := of(other); id != 0 && slices.Contains(members, other+"_id") {
				tags = append(tags, recordTags(other, collectionOf(other).path, id)...)
			}
		}
	}
	return tags
}

// recordTags are of a record, and of the lists that it may be in.
func recordTags(service, collection string, id int64) []purge.Tag {
	tags := []purge.Tag{purge.Record(service, "id", id), purge.Lists(service)}
	if collection != "" {
		tags = append(tags, purge.Path(service, collection+"/"+strconv.FormatInt(id, 10)))
	}
	return tags
}

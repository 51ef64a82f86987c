// Package changes answers what a write has changed, as purge tags.
//
// It goes by what the write says of itself: its path, the record that was answered, the groups that the service names. Where that
// does not tell which records may have changed, all that is kept of the service has: to ask once too often is never wrong.
package changes

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/concierge-gateway/concierge/purge"
)

// Knowledge is what is known of a service's records.
type Knowledge struct {
	// Service is the service's name.
	Service string
	// Collection is the path of its records, such as /orders, which a record's id follows. Empty is a service of whose records
	// nothing is known: then a write changes what is found by its path.
	Collection string
	// Members are those of a record by whose values records are found, such as user_id: each holds the id of another record. That
	// records are found by their own id goes without saying.
	Members []string
	// Touches are the records of other services that a write of this one changes.
	Touches []Touch
}

// Touch says where a record names the records of another service that are changed with it.
type Touch struct {
	// Service is the other one.
	Service string
	// Collection is the path of its records, such as /products. Empty where that is not known.
	Collection string
	// Members are paths of members, such as items/product_id, that hold the ids of such records. A path leads through all elements
	// of an array.
	Members []string
}

// Write is a call that may have changed something, and what came of it.
type Write struct {
	// Method is AnyMethod where the service may have taken it for another one.
	Method string
	// URL is what was asked for. References in the answer are relative to it.
	URL *url.URL
	// Disguised says that the service may have taken it for one of another URL.
	Disguised bool
	// Sent is the body of the request. Nil is one that is not known, as one of which there is none is not.
	Sent []byte
	// Unsent is a call that never reached the service.
	Unsent bool
	// Status is that of the answer, 0 where none came.
	Status int
	// Header is the answer's.
	Header http.Header
	// Answer is all of the answer's body. Nil is one that is not known, as one that broke off is not, or one of more than MaxBody
	// bytes.
	Answer []byte
}

// AnyMethod stands for a method that nobody knows. It may change anything of what is at the URL.
const AnyMethod = "*"

// MaxBody is how long bodies may be that are read here, in bytes. Longer ones are not known.
const MaxBody = 64 << 10

// Changed is what a write has changed.
type Changed struct {
	// Tags are by what it is purged, each once. There are none where nothing has changed.
	Tags []purge.Tag
	// Whole are the services of which all has to be purged, since nothing better is known.
	Whole []string
}

// Unsafe reports whether a method may change something (RFC 9110, section 9.2.1). One that nobody knows may.
func Unsafe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return false
	default:
		return true
	}
}

// Reads reports whether it makes a difference for the service's writes what their bodies hold.
func (k *Knowledge) Reads() bool { return k.Collection != "" || len(k.Touches) > 0 }

// Of is what a write has changed. What was refused (4xx) has changed nothing. What failed, or what broke off, may have been done,
// and counts as done. Groups that the answer names are ended whatever came of the write.
func (k *Knowledge) Of(w Write) Changed {
	if w.Unsent || !Unsafe(w.Method) {
		return Changed{}
	}
	var c changed
	switch {
	case w.Status >= http.StatusBadRequest && w.Status < http.StatusInternalServerError:
	case w.Disguised:
		k.all(&c)
	default:
		at := k.placed(&w)
		k.own(&c, at)
		k.others(&c, at)
	}
	c.addGroups(k.Service, w.Header[invalidation])
	return c.told()
}

// all takes all that any write of the service could have changed.
func (k *Knowledge) all(c *changed) {
	c.all(k.Service)
	for i := range k.Touches {
		c.all(k.Touches[i].Service)
	}
}

// changed gathers what a write has changed.
type changed struct {
	whole []string
	of    []tagged
}

// tagged is a tag of a service's answers.
type tagged struct {
	service string
	tag     purge.Tag
}

func (c *changed) add(service string, tags ...purge.Tag) {
	for _, each := range tags {
		c.of = append(c.of, tagged{service, each})
	}
}

// all takes all that is kept of a service.
func (c *changed) all(service string) {
	if !slices.Contains(c.whole, service) {
		c.whole = append(c.whole, service)
	}
}

// addRecord takes a record, and what is found by its path or among others.
func (c *changed) addRecord(service, collection string, id int64) {
	c.add(service, purge.Record(service, ownID, id))
	if collection != "" {
		c.addPaths(service, recordPath(collection, id))
	}
}

// told leaves out what ends with all of its service.
func (c *changed) told() Changed {
	tags := make([]purge.Tag, 0, len(c.whole)+len(c.of))
	for _, service := range c.whole {
		tags = append(tags, purge.Service(service))
	}
	for _, each := range c.of {
		if !slices.Contains(c.whole, each.service) {
			tags = append(tags, each.tag)
		}
	}
	slices.Sort(tags)
	return Changed{Tags: slices.Compact(tags), Whole: c.whole}
}

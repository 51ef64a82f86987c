// Package purge answers what of all that is kept must not be used any more.
//
// What is kept carries tags: which service it came from, what it was asked for by, which records it is made of. A purge names
// tags, and what carries one of them and began to be fetched before is never used again. Nothing has to be looked for and
// deleted: whoever finds something asks the Log whether it still holds. So what was being fetched while it was purged is not
// used either, wherever it ends up.
package purge

import (
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// Tag is what purges go by. It is a hash that is the same on every instance: two names that share one are purged together,
// which costs an answer and is never wrong.
type Tag uint64

// All is carried by everything.
func All() Tag { return tag("all") }

// Service is carried by all that a service answered.
func Service(service string) Tag { return tag("service", service) }

// Path is carried by answers to a path of a service, whatever the query.
func Path(service, path string) Tag { return tag("path", service, path) }

// Lists is carried by answers that hold whichever records there were: any write can change what they would be.
func Lists(service string) Tag { return tag("lists", service) }

// Record is carried by what was found by a member that holds an id: a record by its own, or all records by that of another one.
func Record(service, member string, id int64) Tag {
	return tag("record", service, member, strconv.FormatInt(id, 10))
}

// Owned is carried by the records of a service that were found by the id of another one: a record of which nobody says whose it
// is may be among them.
func Owned(service string) Tag { return tag("owned", service) }

// Group is carried by answers that a service says belong together (RFC 9875).
func Group(service, name string) Tag { return tag("group", service, name) }

// Return is carried by nothing. An instance that is back purges it, so that the shared order goes on: what others leave there
// from then on is told from what they had left before.
func Return() Tag { return tag("return") }

func tag(parts ...string) Tag {
	var room [256]byte
	text := room[:0]
	for _, part := range parts {
		text = append(strconv.AppendInt(text, int64(len(part)), 10), ':')
		text = append(text, part...)
	}
	return Tag(xxhash.Sum64(text))
}

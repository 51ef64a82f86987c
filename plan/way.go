package plan

import (
	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/policy"
)

// way is how a field of the schema comes by its value.
type way struct {
	kind   kind
	member string     // the field of the Go struct that it is read into; empty for what is fetched
	edge   edges.Edge // of what is fetched, or lies at hand
	guard  *policy.Guard
	why    string // why gqlgen has to run it, for unplanned
}

// Why fields are not planned that were, if they stood elsewhere, or if their policy did.
const (
	whyPart   = "it leads on from a part of a record"
	whyWithin = "it has a policy of its own within its connection"
)

// kind is what a field is to a plan.
type kind uint8

const (
	unplanned kind = iota
	scalar         // a member, or the end of one
	money          // an amount and its currency
	part           // an object within the record
	list           // objects within the record, at hand
	one            // a record that is fetched
	several        // the records of a key, which are fetched
	many           // a page of records that are fetched
	hand           // one object at hand, of an outline
	unread         // what a resolver brings of which nothing is known, of an outline
	nodes          // of a page: its records
	ends           // of a page: its edges, the records with their cursors
	info           // of a page: where it lies
	node           // of an edge: the record
	cursor         // of an edge: its place
	infoField      // of a page's info
)

// ofPage reports whether a field belongs to a connection, and not to a record.
func (k kind) ofPage() bool { return k >= nodes }

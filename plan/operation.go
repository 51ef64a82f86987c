package plan

import (
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// Plan is how one operation is answered, for given values of the variables that its @skip and @include depend on. It is not
// changed once it was compiled, and safe for concurrent use.
type Plan struct {
	root     *object
	objects  []*object // those of which there are instances
	edges    []*edge   // in the order in which a level is opened
	guards   []*guard  // of all fields
	sources  []*source // what is read
	layouts  []layout  // of the records that are read
	limited  bool      // whether a field has limits
	deferral *deferral // nil where the answer comes as a whole

	runs sync.Pool    // of *run, for their room
	size atomic.Int64 // of the last answer, in bytes: the next is often as large
}

// layout is what is read of the records of one Go type.
type layout struct {
	of      reflect.Type
	builder *raw.Builder
	layout  *raw.Layout
}

// source is a read, of records by their ids or of parts of lists.
type source struct {
	index  int
	name   string
	ids    *loaders.Read[record.ID]   // nil for parts of lists
	parts  *loaders.Read[record.Part] // nil for ids
	layout int
	alone  *rest.Batching // how, of what is not read by loaders, of which there is nothing to run; nil for reads
	primes *source        // the read by ids that a list's records answer too; nil where nothing of the plan reads them so
	id     raw.IDSlot
	key    raw.IDSlot // by which the records of an answer that is still whole are known
	keyed  bool       // whether there is one
	owner  raw.IDSlot // by which each record of several lists in one answer says whose list it is in
	owned  bool       // whether it does
}

// object is what is selected of the objects at one place of the answer. Parts of a record have no instances of their own: they
// are written with the record.
type object struct {
	index   int
	name    string
	fields  []field
	edges   []*edge   // that lead on from its instances
	above   *edge     // that leads to it; nil for the root
	parts   []int     // of the answer, for which something is to be done with its instances
	homes   []int     // the deferred fragments that stand here
	reach   fragments // that stand here or below, or have something there
	id      raw.IDSlot
	charged []charged // what is shown of it and has limits; then there is an id
	// The way from the edge to an instance in the answer: lead, the index in the list, if it is in one, trail.
	lead, trail []string
	listed      bool
}

// field is a selected field that is written with its object.
type field struct {
	delivery
	key      []byte // ,"alias":
	alias    string
	at       *ast.Position
	kind     kind
	text     []byte // of __typename
	slot     raw.Slot
	part     raw.PartSlot
	money    raw.MoneySlot
	amounts  []amount         // of money
	selected *object          // of a part
	edge     *edge            // of what leads to instances
	guard    *guard           // nil where there is nothing to ask
	limit    *ratelimit.Field // nil for most
}

// charged is a limited field that shows a value of an object.
type charged struct {
	limit *ratelimit.Field
	guard *guard
	part  int
}

// amount is a selected field of an amount of money.
type amount struct {
	key  []byte
	kind amountKind
	text []byte
}

type amountKind uint8

const (
	amountName amountKind = iota
	amountValue
	amountCurrency
)

// edge leads from the instances of an object to further instances.
type edge struct {
	index  int
	field  *ast.Field
	parent *object
	part   int  // of the answer
	kind   kind // list, one, several or many
	source *source
	list   raw.ListSlot
	// key is the id that is asked for, or whose part of a list is; named is the other thing that a list may go by.
	key, named value
	own        bool // the id is the caller's
	guard      *guard
	limit      *ratelimit.Field // nil for most
	child      *object          // of one, several and list
	page       *shape           // of many
	children   []*object        // of many: those that show its records
	beyond     bool             // whether it was asked for a next page
	ofPage     bool             // whether it is a list of a page, of an outline
	sources    []*source        // of what an outline does not know: whom its resolver asks, once for each object
}

// value is where a key comes from: a member of the parent, or an argument.
type value struct {
	member   raw.IDSlot
	ofMember bool
	argument string
}

// shape is what is selected of a page.
type shape struct {
	fields []pageField
	homes  []int // the deferred fragments that stand here
}

type pageField struct {
	delivery
	key    []byte
	kind   kind
	text   []byte // of __typename
	object *object
	ends   []pageField // of edges: cursor, node and __typename
	homes  []int       // the deferred fragments that stand in each of the edges
	infos  []infoOf
}

// infoOf is a selected field of a page's info.
type infoOf struct {
	key  []byte
	name string
	text []byte
}

// guard is what decides about a field, with where it finds the ids that it compares.
type guard struct {
	*policy.Guard

	index  int
	owners []raw.IDSlot // of Rules whose owner the parent says
	keys   []stranger
	chains [][]step // of Records, each from the record to its owner
}

// stranger is a rule by which a key tells already that the record is somebody else's.
type stranger struct {
	rule   *policy.Rule
	member raw.IDSlot
}

// step is a member that names a record, or in the last place the user.
type step struct {
	source *source // that reads the record which has the member; nil for the record itself
	member raw.IDSlot
}

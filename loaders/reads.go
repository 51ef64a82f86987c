package loaders

import (
	"context"
	"reflect"
	"sync"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/user"
	"github.com/concierge-gateway/concierge/waterfall"
)

// Reads are the ways to read records, for all requests: what the loader of the same name fetches by.
type Reads struct {
	User           *Read[record.ID]
	Users          *Read[record.Part]
	Order          *Read[record.ID]
	Orders         *Read[record.Part]
	Product        *Read[record.ID]
	Products       *Read[record.Part]
	Payment        *Read[record.ID]
	PaymentOfOrder *Read[record.ID]
}

// Read is one way to read records of one type.
type Read[K comparable] struct {
	// Record is the client's Go type of the records, a struct.
	Record reflect.Type
	// Many reports whether a key has a list of records. Otherwise it has at most one: of several the last counts.
	Many bool
	// Primes is the name of the read that finds the same records by id, where nobody need ask again for those that this one brought.
	// It is empty where there is none.
	Primes string

	name  string // of the read
	fetch func(ctx context.Context, keys []K) rest.Found[K]

	like   K         // of the keys that can go together
	asked  sync.Once // for member
	member string
}

// Fetch asks a service for the records of distinct keys, in as few calls as it takes, which go out at the same time. Where Many
// is set, a key without records has an empty list. A panic of the client's fails all keys.
func (r *Read[K]) Fetch(ctx context.Context, keys []K) rest.Found[K] {
	ctx, batch := tracing.Start(ctx, "batch")
	batch.Text("concierge.read", r.name)
	batch.Number("concierge.keys", int64(len(keys)))
	found := guardedFetch(waterfall.Reading(ctx, r.name), keys, r.fetch)
	batch.End()
	if r.Many {
		found.EmptyLists(ctx, keys)
	}
	return found
}

func guardedFetch[K comparable](
	ctx context.Context, keys []K, fetch func(context.Context, []K) rest.Found[K],
) (found rest.Found[K]) {
	err := problem.Guard(func() error {
		found = fetch(ctx, keys)
		return nil
	})
	if err != nil {
		return rest.Found[K]{Failed: eachKey(keys, err)}
	}
	return found
}

// NewReads returns the reads of these services.
func NewReads(services *upstreams.Services) *Reads {
	reads := &Reads{
		User:           readOne[user.User](services.User.RawByIDs),
		Users:          readParts[user.User](pages(services.User.RawList)).priming("User"),
		Order:          readOne[order.Order](services.Order.RawByIDs),
		Orders:         readParts[order.Order](orders(services.Order)).priming("Order"),
		Product:        readOne[product.Product](services.Product.RawByIDs),
		Products:       readParts[product.Product](pages(services.Product.RawList)).priming("Product"),
		Payment:        readOne[payment.Payment](services.Payment.RawByIDs),
		PaymentOfOrder: readOne[payment.Payment](services.Payment.RawByOrderIDs),
	}
	reads.learnNames()
	return reads
}

// learnNames lets each read know its name.
func (r *Reads) learnNames() {
	for field, value := range reflect.ValueOf(r).Elem().Fields() {
		if read, ok := reflect.TypeAssert[interface{ call(name string) }](value); ok {
			read.call(field.Name)
		}
	}
}

func (r *Read[K]) call(name string) { r.name = name }

// readOne reads the record of each key.
func readOne[T any, K comparable](fetch func(context.Context, []K) rest.Found[K]) *Read[K] {
	return &Read[K]{Record: reflect.TypeFor[T](), fetch: fetch}
}

// readMany reads the list of each key.
func readMany[T any, K comparable](fetch func(context.Context, []K) rest.Found[K]) *Read[K] {
	return &Read[K]{Record: reflect.TypeFor[T](), Many: true, fetch: fetch}
}

// readParts reads parts of lists.
func readParts[T any](fetch fetchParts) *Read[record.Part] {
	r := readMany[T](fetch)
	r.like = record.Part{Of: 1, Limit: 1}
	return r
}

func (r *Read[K]) priming(byID string) *Read[K] {
	r.Primes = byID
	return r
}

// ByID is the read of this name that goes by ids: those of its records, or of what they belong to.
func (r *Reads) ByID(name string) (*Read[record.ID], bool) { return named[record.ID](r, name) }

// ByPart is the read of this name that goes by parts of a list.
func (r *Reads) ByPart(name string) (*Read[record.Part], bool) { return named[record.Part](r, name) }

func named[K comparable](r *Reads, name string) (*Read[K], bool) {
	field := reflect.ValueOf(r).Elem().FieldByName(name)
	if !field.IsValid() {
		return nil, false
	}
	return reflect.TypeAssert[*Read[K]](field)
}

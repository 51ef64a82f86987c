package demo

import (
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// dataset is what the four services know. They share it so that a payment and its order always agree.
type dataset struct {
	mu       sync.RWMutex // held by whoever reads or writes the tables
	users    *table[user]
	orders   *table[order]
	products *table[product]
	payments *table[payment]

	newOrders   map[int64][]int64 // by user, rising: the orders that came after the start
	newPayments map[int64]int64   // by order: the payments that came after the start

	orderEvents   *journal
	paymentEvents *journal

	clock func() time.Time
}

func newDataset(clock func() time.Time) *dataset {
	return &dataset{
		users:       newTable(userCount, seedUser),
		orders:      newTable(orderCount, seedOrder),
		products:    newTable(productCount, seedProduct),
		payments:    newTable(paymentCount, seedPayment),
		newOrders:   map[int64][]int64{},
		newPayments: map[int64]int64{},
		orderEvents: newJournal(), paymentEvents: newJournal(),
		clock: clock,
	}
}

// now is the time that a write notes.
func (d *dataset) now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

// ordersOf are the ids of a user's orders, rising.
func (d *dataset) ordersOf(userID int64) []int64 {
	since := d.newOrders[userID]
	ids := make([]int64, 0, orderCount/userCount+int64(len(since)))
	if userID >= 1 && userID <= userCount {
		for id := userID; id <= orderCount; id += userCount {
			ids = append(ids, id)
		}
	}
	return append(ids, since...)
}

// paymentOf is the payment of an order, or nil.
func (d *dataset) paymentOf(orderID int64) *row[payment] {
	if orderID >= 1 && orderID <= orderCount {
		return d.payments.at(seedPaymentOf(orderID))
	}
	return d.payments.at(d.newPayments[orderID])
}

// table holds the records of one kind, under ids from 1 without gaps. Records of the start are functions of their ids: each is
// made and rendered when it is first read, so that starting costs nothing. Records written since lie over them.
type table[R any] struct {
	seed    func(id int64) R
	seeded  []atomic.Pointer[row[R]]
	written map[int64]*row[R]
	last    int64
}

// row is a record with what goes over the wire for it. It is never changed, only replaced.
type row[R any] struct {
	rendered
	record R
}

// rendered is a record's JSON and a hash of it.
type rendered struct {
	json []byte
	hash uint64
}

func newTable[R any](count int64, seed func(id int64) R) *table[R] {
	return &table[R]{seed: seed, seeded: make([]atomic.Pointer[row[R]], count), written: map[int64]*row[R]{}, last: count}
}

// at is the row of an id, or nil.
func (t *table[R]) at(id int64) *row[R] {
	if id < 1 || id > t.last {
		return nil
	}
	if written, ok := t.written[id]; ok {
		return written
	}
	slot := &t.seeded[id-1]
	if row := slot.Load(); row != nil {
		return row
	}
	slot.CompareAndSwap(nil, newRow(t.seed(id))) // two readers make equal rows: either will do
	return slot.Load()
}

// put writes a record under an id that exists or is next.
func (t *table[R]) put(id int64, record R) *row[R] {
	row := newRow(record)
	t.written[id] = row
	t.last = max(t.last, id)
	return row
}

// next is the id of the next new record.
func (t *table[R]) next() int64 { return t.last + 1 }

// pick renders the records of those ids that exist, by rising id and each once, as a database would answer.
func (t *table[R]) pick(ids []int64) []rendered {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found := make([]rendered, 0, len(ids))
	for _, id := range ids {
		if row := t.at(id); row != nil {
			found = append(found, row.rendered)
		}
	}
	return found
}

// slice renders one page of all records.
func (t *table[R]) slice(page page) []rendered {
	found := make([]rendered, 0, page.limit)
	first := int64(min(page.offset, int(t.last))) + 1
	for id := first; id <= t.last && len(found) < page.limit; id++ {
		found = append(found, t.at(id).rendered)
	}
	return found
}

// filter renders one page of the records that are wanted.
func (t *table[R]) filter(page page, wanted func(R) bool) []rendered {
	found := make([]rendered, 0, page.limit)
	skip := page.offset
	for id := int64(1); id <= t.last && len(found) < page.limit; id++ {
		row := t.at(id)
		switch {
		case !wanted(row.record):
		case skip > 0:
			skip--
		default:
			found = append(found, row.rendered)
		}
	}
	return found
}

func newRow[R any](record R) *row[R] {
	body, _ := json.Marshal(record) // texts are valid UTF-8 and numbers are whole: nothing here cannot be written
	hash := fnv.New64a()
	_, _ = hash.Write(body)
	return &row[R]{record: record, rendered: rendered{json: body, hash: hash.Sum64()}}
}

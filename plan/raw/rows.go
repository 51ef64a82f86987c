package raw

import (
	"slices"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Rows are records that were read, or the elements of their lists: what is wanted of each is a row. They are for one goroutine at
// a time; once nothing more is read, several may look at them.
type Rows struct {
	columns *columns
	cells   []cell // len(columns.missing) for each row
	lists   []*Rows
	whole   *Rows // those of the records
	kept    int   // cells of records that were read to the end
	staying int   // cells of what stays whatever comes of the present reading

	// Of the rows of records only.
	layout    *Layout
	records   [][]byte
	shown     []byte // what the records do not spell as it is shown
	shownKept int    // of what stays
	all       []*Rows
	reader    reader
}

// cell is a value. For a text the upper bits of n say where it stands; for an id both are its halves; for a list they are its
// first row and how many there are; for a part n says whether there is one. In column 0, at says of which record the row is.
type cell struct{ at, n uint32 }

// Where the text of a cell stands, n bytes from at on. A cell of zero is a text that is missing.
const (
	asIs   = 1 << 30 // in the record, as it is shown
	bare   = 2 << 30 // in the record, without the quotes
	shown  = 3 << 30 // in Rows.shown, as it is shown
	length = 1<<30 - 1
)

// maxPooled bounds the memory that Rows keep for the next ones, in bytes: that of some thousand records.
const maxPooled = 1 << 20

// Rows are empty rows, from memory that was used before if there is some.
func (l *Layout) Rows() *Rows {
	if r, ok := l.pool.Get().(*Rows); ok {
		return r
	}
	r := &Rows{layout: l}
	r.spread(l.columns, r)
	r.reader.whole = r
	return r
}

// spread makes the rows of lists.
func (r *Rows) spread(columns *columns, whole *Rows) {
	r.columns, r.whole = columns, whole
	whole.all = append(whole.all, r)
	for _, each := range columns.lists {
		list := new(Rows)
		list.spread(each, whole)
		r.lists = append(r.lists, list)
	}
}

// Free gives the memory back, of rows of records: nothing of them and of their lists may be used any more. Memory beyond 1 MiB is
// left to the garbage collector.
func (r *Rows) Free() {
	size := cap(r.shown) + cap(r.records)*24 + r.reader.size()
	for _, each := range r.all {
		size += cap(each.cells) * 8
		each.cut(0)
		each.staying = 0
	}
	clear(r.records)
	r.records, r.shown, r.shownKept = r.records[:0], r.shown[:0], 0
	r.reader.forget()
	if size <= maxPooled {
		r.layout.pool.Put(r)
	}
}

// Len is how many rows there are.
func (r *Rows) Len() int { return len(r.cells) / len(r.columns.missing) }

// add adds an empty row and returns where its cells begin. Those behind the rows are empty (Rows.cut).
func (r *Rows) add() int {
	base, width := len(r.cells), len(r.columns.missing)
	if base+width > cap(r.cells) {
		r.cells = slices.Grow(r.cells, width)
	}
	r.cells = r.cells[:base+width]
	r.cells[base].at = uint32(len(r.whole.records) - 1) //nolint:gosec // fewer than there are bytes of memory
	return base
}

// cut takes away all cells but the first ones.
func (r *Rows) cut(to int) {
	clear(r.cells[to:])
	r.cells, r.kept = r.cells[:to], to
}

func (r *Rows) cell(row, column int) cell { return r.cells[row*len(r.columns.missing)+column] }

// Row is one of them, to be shown. It is good for as long as nothing more is read.
type Row struct {
	rows   *Rows
	cells  []cell
	record []byte
}

// Row is the row of a number.
func (r *Rows) Row(row int) Row {
	width := len(r.columns.missing)
	cells := r.cells[row*width:][:width]
	return Row{rows: r, cells: cells, record: r.whole.records[cells[0].at]}
}

// Append appends a value as the answer shows it: JSON, quoted and escaped, null where there is none.
func (r *Row) Append(dst []byte, s Slot) []byte {
	c := r.cells[s]
	from, to := int(c.at), int(c.at)+int(c.n&length)
	switch c.n &^ length {
	case asIs:
		return append(dst, r.record[from:to]...)
	case bare:
		return append(append(append(dst, '"'), r.record[from:to]...), '"')
	case shown:
		return append(dst, r.rows.whole.shown[from:to]...)
	default:
		return append(dst, r.rows.columns.missing[s]...)
	}
}

// ID is an id as a number, 0 where there is none.
func (r *Rows) ID(row int, s IDSlot) record.ID {
	c := r.cell(row, int(s))
	return record.ID(uint64(c.n)<<32 | uint64(c.at)) //nolint:gosec // as it was stored
}

// idCell is the cell of an id.
func idCell(id uint64) cell { return cell{at: uint32(id), n: uint32(id >> 32)} } //nolint:gosec // the two halves

// Has reports whether there is a part. What is wanted within one that there is not is missing.
func (r *Row) Has(s PartSlot) bool { return r.cells[s].n != 0 }

// Money reports whether there is money: an amount, and a currency that is not empty.
func (r *Row) Money(s MoneySlot) bool {
	amount, currency := r.cells[s.Amount], r.cells[s.Currency]
	return amount.n != 0 && currency.n&length > uint32(len(`""`))
}

// List is where the elements of a list stand: in the rows from the one on and before the other.
func (r *Rows) List(row int, s ListSlot) (rows *Rows, from, to int) {
	c := r.cell(row, s.column)
	return r.lists[s.list], int(c.at), int(c.at) + int(c.n)
}

package raw

import (
	"reflect"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// carefully reads a record by decoding it.
func (r *Rows) carefully(raw []byte) error {
	decoded := reflect.New(r.layout.goType)
	if err := record.DecodeInto(raw, decoded.Interface()); err != nil {
		return err
	}
	r.take(r.layout.whole, r, r.add(), decoded.Elem())
	return nil
}

// take stores what is wanted of a struct into the cells from base on. r are the rows of records.
func (r *Rows) take(m *members, rows *Rows, base int, from reflect.Value) {
	for i := range m.list {
		each := &m.list[i]
		value := from.Field(each.index)
		switch each.kind {
		case partKind:
			if !value.IsNil() && each.present != 0 {
				rows.cells[base+each.present].n = 1
				r.take(each.part, rows, base, value.Elem())
			}
		case listKind:
			if each.present != 0 {
				r.takeList(each, rows, base, value)
			}
		default:
			r.takeScalar(each, rows, base, value)
		}
	}
}

func (r *Rows) takeScalar(m *member, rows *Rows, base int, value reflect.Value) {
	if m.id != 0 {
		id := value
		if m.pointer {
			id = value.Elem() // the zero Value of nil
		}
		if id.IsValid() {
			rows.cells[base+m.id] = idCell(uint64(id.Int())) //nolint:gosec // it is shown by the same bits
		}
	}
	if m.text == 0 {
		return
	}
	at := len(r.shown)
	r.shown = m.show(r.shown, value)
	if string(r.shown[at:]) == m.missing { // which Row.Money can tell from a value
		r.shown = r.shown[:at]
		return
	}
	m.put(rows, base, at, len(r.shown), shown)
}

func (r *Rows) takeList(m *member, rows *Rows, base int, list reflect.Value) {
	to := rows.lists[m.rows]
	rows.cells[base+m.present] = cell{at: uint32(to.Len()), n: uint32(list.Len())} //nolint:gosec // fewer than bytes of memory
	for i := range list.Len() {
		r.take(m.part, to, to.add(), list.Index(i).Elem())
	}
}

package raw

import "errors"

// maxRecord bounds a record, in bytes: 1 GiB less one.
const maxRecord = length

// Read reads a record and returns its row, or the error that record.Decode has of it; then nothing of it stays. The rows hold on
// to the record until they are freed, so it must not be changed before. Refused are records of 1 GiB and more, and what would
// make the rows hold as much of their own.
func (r *Rows) Read(raw []byte) (row int, err error) {
	if len(raw) > maxRecord {
		return 0, errors.New("the record is longer than 1 GiB")
	}
	r.records = append(r.records, raw)
	if !r.quickly(raw) {
		r.undo()
		r.records = append(r.records, raw)
		if err := r.carefully(raw); err != nil {
			r.undo()
			return 0, err
		}
	}
	if len(r.shown) > length {
		r.undo()
		return 0, errors.New("the records show more than 1 GiB")
	}
	r.complete()
	r.settle()
	return r.Len() - 1, nil
}

// ReadList reads all records of a list, if it is written as most are and each of them has the id. Otherwise it is not ok, nothing
// of the list stays, and each record can be read by itself. The rows hold on to the list as to a record.
func (r *Rows) ReadList(raw []byte, id IDSlot) (from, to int, ok bool) {
	if len(raw) > maxRecord {
		return 0, 0, false
	}
	from = r.Len()
	r.records = append(r.records, raw)
	if !r.quickList(raw, id) || len(r.shown) > length {
		r.undo()
		return 0, 0, false
	}
	r.settle()
	return from, r.Len(), true
}

// quickList is quickly for all records of a list.
func (r *Rows) quickList(raw []byte, id IDSlot) bool {
	r.reader.begin(raw)
	pos := space(raw, 0)
	if pos >= len(raw) || raw[pos] != '[' {
		return false
	}
	pos, more := r.reader.open(pos, ']')
	for more {
		if pos >= len(raw) || raw[pos] != '{' {
			return false
		}
		row := r.add()
		if pos = r.reader.object(r.layout.whole, r, row, pos); pos == wrong || r.cells[row+int(id)] == (cell{}) {
			return false
		}
		r.complete()
		pos, more = r.reader.after(pos, ']')
	}
	return pos >= 0 && space(raw, pos) == len(raw)
}

// complete ends the reading of a record.
func (r *Rows) complete() {
	for _, each := range r.all {
		each.keep()
	}
}

// settle lets stay what was read.
func (r *Rows) settle() {
	for _, each := range r.all {
		each.staying = each.kept
	}
	r.shownKept = len(r.shown)
}

// keep copies what the rows of the last record have of the whole record.
func (r *Rows) keep() {
	width := len(r.columns.missing)
	for _, each := range r.columns.copied {
		whole := r.whole.cells[len(r.whole.cells)-len(r.whole.columns.missing)+each.from]
		for base := r.kept; base < len(r.cells); base += width {
			r.cells[base+each.to] = whole
		}
	}
	r.kept = len(r.cells)
}

// undo takes back what was read of the last record, or of the last list.
func (r *Rows) undo() {
	r.reader.forget() // the record may be changed
	for _, each := range r.all {
		each.cut(each.staying)
	}
	r.records[len(r.records)-1] = nil
	r.records = r.records[:len(r.records)-1]
	r.shown = r.shown[:r.shownKept]
}

// quickly reads a record that is spelt as most are. It reports false for all others.
func (r *Rows) quickly(raw []byte) bool {
	r.reader.begin(raw)
	pos := space(raw, 0)
	if pos >= len(raw) || raw[pos] != '{' {
		return false
	}
	pos = r.reader.object(r.layout.whole, r, r.add(), pos)
	return pos >= 0 && space(raw, pos) == len(raw)
}

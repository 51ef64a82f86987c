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
	for _, each := range r.all {
		each.keep()
	}
	r.shownKept = len(r.shown)
	return len(r.records) - 1, nil
}

// keep copies what the rows of the last record have of the whole record, and counts them among what stays.
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

// undo takes back what was read of the last record.
func (r *Rows) undo() {
	r.reader.forget() // the record may be changed
	for _, each := range r.all {
		each.cells = each.cells[:each.kept]
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

package raw

// table are rows in the making: those of a record's objects or those of a list's elements. The first column is no column, so that
// 0 is none.
type table struct {
	missing []string // by column: what is shown where there is nothing
	copied  []copied
	lists   []*Builder
}

// copied is a column that has the whole record's value.
type copied struct{ from, to int }

// column is the column at a place, a new one if there is none.
func (t *table) column(at *int, missing string) int {
	if *at == 0 {
		*at = len(t.missing)
		t.missing = append(t.missing, missing)
	}
	return *at
}

// copy is the column that has the value of the whole record's column, which is that one itself in the whole record's own rows.
func (t *table) copy(whole *table, from Slot) Slot {
	if t == whole {
		return from
	}
	for _, each := range t.copied {
		if each.from == int(from) {
			return Slot(each.to)
		}
	}
	made := copied{from: int(from)}
	t.column(&made.to, whole.missing[from])
	t.copied = append(t.copied, made)
	return Slot(made.to)
}

package plan

// Some records can be there before a walk expects them: another field may have brought the same ones, and nobody has to find out
// whose they are for callers who may see all. What hangs on them is then asked for on an earlier level than the rest, by a call
// of its own.

// arrival is when records come to a place.
type arrival struct {
	early int // the first level that any of them can be there with
}

// ask is a question that is asked at a place, and the place where its answer goes.
type ask struct {
	source   *source
	stock    *stock
	from, to *arrival
}

// hasten finds out how early each question can be asked, and adds the calls that this can make.
func (w *walk) hasten() {
	first := make(map[*source]int) // the level that something of a source can be there with
	for changed := true; changed; {
		changed = false
		for _, each := range w.asks {
			changed = lower(first, each.source, each.from.early+1) || changed
			if list := each.source; list.primes != nil {
				changed = lower(first, list.primes, first[list]) || changed
			}
			if early := max(each.from.early, first[each.source]); early < each.to.early {
				each.to.early, changed = early, true
			}
		}
	}
	ahead := make(map[*stock]int)
	for _, each := range w.asks {
		if s := each.stock; s.question.source == each.source { // what a list brought was not asked for so
			ahead[s] = max(ahead[s], s.level-1-each.from.early)
		}
	}
	for s, levels := range ahead {
		w.ahead(s.fetch, s.asked, levels)
	}
}

func lower(first map[*source]int, s *source, level int) bool {
	if before, known := first[s]; known && before <= level {
		return false
	}
	first[s] = level
	return true
}

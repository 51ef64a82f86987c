package page

// Place is where the nodes of a page lie in their list.
type Place struct {
	offset int
	count  int // how many nodes there were before any was left out
	more   bool
	places []int // of the nodes in the list; nil where none was left out
}

// Place is that of the records that answered a range, of which the first ones are shown. A record more than the page holds says
// that there is a next page.
func (r Range) Place(records int) (p Place, shown int) {
	p = Place{offset: r.Offset, count: min(records, r.First), more: records > r.First}
	return p, p.count
}

// Keep leaves out the nodes that are not wanted. Those that stay keep their places, and so does the page.
func (p *Place) Keep(wanted []bool) {
	places := make([]int, 0, len(wanted))
	for i, is := range wanted {
		if is {
			places = append(places, p.of(i))
		}
	}
	p.places = places
}

// of is where a node stands in the whole list.
func (p *Place) of(i int) int {
	if p.places != nil {
		return p.places[i]
	}
	return p.offset + i
}

// Cursor is a node's place: what to give as after to go on behind it.
func (p *Place) Cursor(i int) string { return cursor(p.of(i)) }

// PageInfo is where a page lies in the whole.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Info says where the page lies.
func (p *Place) Info() *PageInfo {
	info := &PageInfo{HasNextPage: p.more, HasPreviousPage: p.offset > 0}
	if p.count > 0 {
		first, last := cursor(p.offset), cursor(p.offset+p.count-1)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}

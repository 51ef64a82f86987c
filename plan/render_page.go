package plan

import (
	"strconv"

	"github.com/concierge-gateway/concierge/page"
)

// page writes a connection.
func (w *writer) page(s *shape, res *result) {
	w.out = append(w.out, '{')
	written := 0
	for n := range s.fields {
		f := &s.fields[n]
		if !w.shows(f.delivery) {
			continue
		}
		w.key(written, f.key)
		written++
		switch {
		case f.text != nil:
			w.out = append(w.out, f.text...)
		case f.kind == nodes:
			w.list(f.object, res.from, res.to)
		case f.kind == ends:
			w.ends(f.ends, res)
		default:
			w.info(f.infos, res.place.Info())
		}
	}
	w.out = append(w.out, '}')
}

// ends writes a page's edges.
func (w *writer) ends(fields []pageField, res *result) {
	w.out = append(w.out, '[')
	for i := res.from; i < res.to; i++ {
		if i > res.from {
			w.out = append(w.out, ',')
		}
		w.end(fields, res, i)
	}
	w.out = append(w.out, ']')
}

// end writes one of a page's edges.
func (w *writer) end(fields []pageField, res *result, i int) {
	w.out = append(w.out, '{')
	written := 0
	for n := range fields {
		f := &fields[n]
		if !w.shows(f.delivery) {
			continue
		}
		w.key(written, f.key)
		written++
		switch {
		case f.text != nil:
			w.out = append(w.out, f.text...)
		case f.kind == node:
			w.instance(f.object, i)
		default:
			w.string(res.place.Cursor(i - res.from))
		}
	}
	w.out = append(w.out, '}')
}

// info writes where a page lies.
func (w *writer) info(fields []infoOf, at *page.PageInfo) {
	w.out = append(w.out, '{')
	for n, f := range fields {
		w.key(n, f.key)
		switch f.name {
		case typename:
			w.out = append(w.out, f.text...)
		case "hasNextPage":
			w.out = strconv.AppendBool(w.out, at.HasNextPage)
		case "hasPreviousPage":
			w.out = strconv.AppendBool(w.out, at.HasPreviousPage)
		case "startCursor":
			w.cursor(at.StartCursor)
		case "endCursor":
			w.cursor(at.EndCursor)
		}
	}
	w.out = append(w.out, '}')
}

func (w *writer) cursor(text *string) {
	if text == nil {
		w.out = append(w.out, null...)
		return
	}
	w.string(*text)
}

package plan

import (
	"strconv"

	"github.com/concierge-gateway/concierge/page"
)

// page writes a connection.
func (w *writer) page(out []byte, s *shape, res *result) []byte {
	out = append(out, '{')
	for n := range s.fields {
		f := &s.fields[n]
		if w.choice != nil && !w.choice.shows(f.delivery) {
			continue
		}
		out = appendKey(out, f.key)
		switch {
		case f.text != nil:
			out = append(out, f.text...)
		case f.kind == nodes:
			out = w.list(out, f.object, res.from, res.to)
		case f.kind == ends:
			out = w.ends(out, f.ends, res)
		default:
			out = appendInfo(out, f.infos, res.place.Info())
		}
	}
	return append(out, '}')
}

// ends writes a page's edges.
func (w *writer) ends(out []byte, fields []pageField, res *result) []byte {
	out = append(out, '[')
	for i := res.from; i < res.to; i++ {
		if i > res.from {
			out = append(out, ',')
		}
		out = w.end(out, fields, res, i)
	}
	return append(out, ']')
}

// end writes one of a page's edges.
func (w *writer) end(out []byte, fields []pageField, res *result, i int) []byte {
	out = append(out, '{')
	for n := range fields {
		f := &fields[n]
		if w.choice != nil && !w.choice.shows(f.delivery) {
			continue
		}
		out = appendKey(out, f.key)
		switch {
		case f.text != nil:
			out = append(out, f.text...)
		case f.kind == node:
			out = w.instance(out, f.object, i)
		default:
			out = appendString(out, res.place.Cursor(i-res.from))
		}
	}
	return append(out, '}')
}

// appendInfo writes where a page lies.
func appendInfo(out []byte, fields []infoOf, at *page.PageInfo) []byte {
	out = append(out, '{')
	for _, f := range fields {
		out = appendKey(out, f.key)
		switch f.name {
		case typename:
			out = append(out, f.text...)
		case "hasNextPage":
			out = strconv.AppendBool(out, at.HasNextPage)
		case "hasPreviousPage":
			out = strconv.AppendBool(out, at.HasPreviousPage)
		case "startCursor":
			out = appendCursor(out, at.StartCursor)
		case "endCursor":
			out = appendCursor(out, at.EndCursor)
		}
	}
	return append(out, '}')
}

func appendCursor(out []byte, text *string) []byte {
	if text == nil {
		return append(out, null...)
	}
	return appendString(out, *text)
}

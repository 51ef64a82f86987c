package validate

import (
	"strconv"
	"strings"
)

// The bounds of what is shown of a place that the client named, in bytes: of a name, and about of all of it.
const (
	mostOfName  = 64
	mostOfWhere = 200
)

// where is the place that the walk has come to: "body /items/0/name".
func (w *walk) where() string {
	if len(w.path) == 0 {
		return w.base
	}
	return w.base + " " + w.way(func(s step) string {
		if s.name == nil {
			return "/" + strconv.Itoa(s.index)
		}
		return "/" + escape(shown(s.name))
	})
}

// field is the same place for programs: "items[0].name".
func (w *walk) field() string {
	way := w.way(func(s step) string {
		if s.name == nil {
			return "[" + strconv.Itoa(s.index) + "]"
		}
		return "." + shown(s.name)
	})
	if w.base == inBody {
		return strings.TrimPrefix(way, ".")
	}
	return strings.Replace(w.base, " ", ".", 1) + way
}

func (w *walk) way(text func(step) string) string {
	var way strings.Builder
	for _, each := range w.path {
		if way.Len() > mostOfWhere {
			way.WriteString("…")
			break
		}
		way.WriteString(text(each))
	}
	return way.String()
}

// shown is a client's name, printable and not too long.
func shown(name []byte) string {
	quoted := strconv.QuoteToGraphic(string(name[:min(len(name), mostOfName)]))
	text := quoted[1 : len(quoted)-1]
	if len(name) > mostOfName {
		text += "…"
	}
	return text
}

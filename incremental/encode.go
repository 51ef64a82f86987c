package incremental

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Encode is a payload as JSON. Data is spliced in as it was made.
func (f Format) Encode(p *Payload) []byte {
	b := new(buffer)
	b.open('{')
	if len(p.Errors) > 0 {
		b.value("errors", p.Errors)
	}
	if p.First {
		b.raw("data", orNull(p.Data))
	}
	if f == Current {
		b.pending(p.Pending)
	}
	b.incremental(f, p.Incremental)
	if f == Current {
		b.completed(p.Completed)
	}
	if len(p.Extensions) > 0 {
		b.value("extensions", p.Extensions)
	}
	b.raw("hasNext", strconv.AppendBool(nil, p.More))
	b.shut('}')
	return b.text
}

// buffer appends JSON. What it appends next is the first of an object or a list, or not.
type buffer struct {
	text  []byte
	begun bool
}

func (b *buffer) open(with byte) {
	b.item()
	b.text, b.begun = append(b.text, with), false
}

func (b *buffer) shut(with byte) { b.text, b.begun = append(b.text, with), true }

// item begins the next member or item.
func (b *buffer) item() {
	if b.begun {
		b.text = append(b.text, ',')
	}
	b.begun = true
}

func (b *buffer) name(name string) {
	b.item()
	b.text = append(append(append(b.text, '"'), name...), `":`...)
	b.begun = false
}

func (b *buffer) raw(name string, value []byte) {
	b.name(name)
	b.text, b.begun = append(b.text, value...), true
}

// value appends what always marshals: strings, numbers, and lists and maps of them. What does not is left out.
func (b *buffer) value(name string, value any) {
	if text, err := json.Marshal(value); err == nil {
		b.raw(name, text)
	}
}

func (b *buffer) list(name string, n int, each func(i int)) {
	if n == 0 {
		return
	}
	b.name(name)
	b.open('[')
	for i := range n {
		b.open('{')
		each(i)
		b.shut('}')
	}
	b.shut(']')
}

func (b *buffer) pending(all []Pending) {
	b.list("pending", len(all), func(i int) {
		b.value("id", all[i].ID)
		b.path("path", all[i].Path)
		b.label(all[i].Label)
	})
}

func (b *buffer) incremental(f Format, all []Increment) {
	b.list("incremental", len(all), func(i int) {
		each := &all[i]
		if f == Current {
			b.value("id", each.ID)
			if len(each.Below) > 0 {
				b.path("subPath", each.Below)
			}
		} else {
			b.path("path", each.Path)
			b.label(each.Label)
		}
		b.errors(each.Errors)
		b.raw("data", orNull(each.Data))
	})
}

func (b *buffer) completed(all []Completed) {
	b.list("completed", len(all), func(i int) {
		b.value("id", all[i].ID)
		b.errors(all[i].Errors)
	})
}

func (b *buffer) path(name string, path ast.Path) {
	if path == nil {
		path = ast.Path{} // a path that leads nowhere is a list, too
	}
	b.value(name, path)
}

func (b *buffer) label(label string) {
	if label != "" {
		b.value("label", label)
	}
}

func (b *buffer) errors(errs gqlerror.List) {
	if len(errs) > 0 {
		b.value("errors", errs)
	}
}

func orNull(data []byte) []byte {
	if data == nil {
		return []byte("null")
	}
	return data
}

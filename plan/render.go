package plan

import (
	"bytes"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
)

// writer appends an answer.
type writer struct {
	*run
	choice *choice
	out    []byte
	within []string // the names of the parts around what is written, from the instance down
}

const null = "null"

// render writes the answer.
func (r *run) render() []byte {
	w := &writer{run: r, out: make([]byte, 0, r.plan.size.Load()+leastRoom)}
	w.instance(r.plan.root, 0)
	r.plan.size.Store(min(int64(len(w.out)), mostRoom))
	return w.out
}

// leastRoom is what an answer may be longer than the one before it, without more room.
const leastRoom = 512

// mostRoom is taken beforehand at most.
const mostRoom = 64 << 10

// instance writes an object that has instances.
func (w *writer) instance(o *object, i int) {
	of := &w.objects[o.index]
	w.object(o, o, i, of.rows, of.all[i].row)
}

// object writes the fields of an object, which is an instance or a part of one.
func (w *writer) object(o, of *object, i int, rows *raw.Rows, row int) {
	w.out = append(w.out, '{')
	written := 0
	for n := range o.fields {
		f := &o.fields[n]
		if !w.shows(f.delivery) {
			continue
		}
		w.key(written, f.key)
		w.field(f, of, i, rows, row)
		written++
	}
	w.out = append(w.out, '}')
}

// key begins the nth member of an object.
func (w *writer) key(n int, name []byte) {
	if n > 0 {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, name...)
}

func (w *writer) field(f *field, of *object, i int, rows *raw.Rows, row int) {
	switch {
	case f.text != nil:
		w.out = append(w.out, f.text...)
		return
	case f.edge != nil:
		w.edge(f.edge, i)
		return
	}
	if f.guard != nil {
		if rule := w.refusing(f.guard, of, i, nil); rule != nil {
			w.withheld(f, rule, of, i, rows, row)
			return
		}
	}
	if f.limit != nil && w.limited {
		if err := w.values.Refused(w.valueOf(f.limit, of, i)); err != nil {
			w.failed(f, of, i, err)
			return
		}
	}
	switch f.kind {
	case scalar:
		w.out = rows.Append(w.out, row, f.slot)
	case money:
		w.money(f, rows, row)
	default:
		w.part(f, of, i, rows, row)
	}
}

func (w *writer) money(f *field, rows *raw.Rows, row int) {
	if !rows.Money(row, f.money) {
		w.out = append(w.out, null...)
		return
	}
	w.out = append(w.out, '{')
	for n := range f.amounts {
		a := &f.amounts[n]
		w.key(n, a.key)
		switch a.kind {
		case amountName:
			w.out = append(w.out, a.text...)
		case amountValue:
			w.out = rows.Append(w.out, row, f.money.Amount)
		case amountCurrency:
			w.out = rows.Append(w.out, row, f.money.Currency)
		}
	}
	w.out = append(w.out, '}')
}

func (w *writer) part(f *field, of *object, i int, rows *raw.Rows, row int) {
	if !rows.Has(row, f.part) {
		w.out = append(w.out, null...)
		return
	}
	w.within = append(w.within, f.alias)
	w.object(f.selected, of, i, rows, row)
	w.within = w.within[:len(w.within)-1]
}

// withheld writes what a rule shows in the place of a value.
func (w *writer) withheld(f *field, rule *policy.Rule, of *object, i int, rows *raw.Rows, row int) {
	if w.repeats(f.delivery) {
		if rule.Form == policy.Null {
			w.out = append(w.out, null...)
			return
		}
	} else if err := w.denied(rule); err != nil {
		w.failed(f, of, i, err)
		return
	}
	if shown, ok := w.inText(rule.Form, rows.Append(nil, row, f.slot)); ok {
		w.string(shown)
	} else {
		w.out = append(w.out, null...)
	}
}

// failed writes null in the place of a value, and says why.
func (w *writer) failed(f *field, of *object, i int, err error) {
	if !w.repeats(f.delivery) {
		path := append(w.pathTo(of, i), names(w.within)...)
		w.fail(append(path, names([]string{f.alias})...), f.at, f.with, err)
	}
	w.out = append(w.out, null...)
}

// inText is what a form shows in the place of a text, which is JSON or null.
func (w *writer) inText(form policy.Form, value []byte) (shown string, ok bool) {
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return "", false // there is no text
	}
	return w.Pseudonyms.InText(form, string(text))
}

// string writes a text as gqlgen does.
func (w *writer) string(text string) {
	var b bytes.Buffer
	graphql.MarshalString(text).MarshalGQL(&b)
	w.out = append(w.out, b.Bytes()...)
}

// edge writes what an edge leads to from one instance.
func (w *writer) edge(e *edge, i int) {
	res := &w.edges[e.index].results[i]
	switch {
	case res.state == nothing:
		w.out = append(w.out, null...)
	case e.kind == one:
		w.instance(e.child, res.from)
	case e.kind == list || e.kind == several:
		w.list(e.child, res.from, res.to)
	default:
		w.page(e.page, res)
	}
}

func (w *writer) list(o *object, from, to int) {
	w.out = append(w.out, '[')
	for i := from; i < to; i++ {
		if i > from {
			w.out = append(w.out, ',')
		}
		w.instance(o, i)
	}
	w.out = append(w.out, ']')
}

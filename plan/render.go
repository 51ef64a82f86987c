package plan

import (
	"bytes"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
)

// writer writes an answer, or a part of one. Its methods append to what they are given, and return it as append does: were it
// held in memory, the garbage collector would have to be told of each change.
type writer struct {
	*run
	choice *choice
	within []string // the names of the parts around what is written, from the instance down
}

const null = "null"

// render appends the answer.
func (r *run) render(to []byte) []byte {
	w := &writer{run: r}
	out := w.instance(slices.Grow(to, int(r.plan.size.Load())+leastRoom), r.plan.root, 0)
	r.plan.size.Store(min(int64(len(out)-len(to)), mostRoom))
	return out
}

// leastRoom is what an answer may be longer than the one before it, without more room.
const leastRoom = 512

// mostRoom is taken beforehand at most.
const mostRoom = 64 << 10

// instance writes an object that has instances.
func (w *writer) instance(out []byte, o *object, i int) []byte {
	of := &w.objects[o.index]
	if of.rows == nil {
		return w.object(out, o, o, i, nil) // the root
	}
	row := of.rows.Row(of.all[i].row)
	return w.object(out, o, o, i, &row)
}

// object writes the fields of an object, which is an instance or a part of one.
func (w *writer) object(out []byte, o, of *object, i int, row *raw.Row) []byte {
	out = append(out, '{')
	for n := range o.fields {
		f := &o.fields[n]
		if w.choice != nil && !w.choice.shows(f.delivery) {
			continue
		}
		out = appendKey(out, f.key)
		out = w.field(out, f, of, i, row)
	}
	return append(out, '}')
}

// appendKey begins a member of an object. The first one goes without the comma that each key begins with.
func appendKey(out, key []byte) []byte {
	if out[len(out)-1] == '{' {
		key = key[1:]
	}
	return append(out, key...)
}

func (w *writer) field(out []byte, f *field, of *object, i int, row *raw.Row) []byte {
	switch {
	case f.text != nil:
		return append(out, f.text...)
	case f.edge != nil:
		return w.edge(out, f.edge, i)
	}
	if f.guard != nil {
		if rule := w.refusing(f.guard, of, i, nil); rule != nil {
			return w.withheld(out, f, rule, of, i, row)
		}
	}
	if f.limit != nil && w.limited {
		if err := w.values.Refused(w.valueOf(f.limit, of, i)); err != nil {
			return w.failed(out, f, of, i, err)
		}
	}
	switch f.kind {
	case scalar:
		return row.Append(out, f.slot)
	case money:
		return appendMoney(out, f, row)
	default:
		return w.part(out, f, of, i, row)
	}
}

func appendMoney(out []byte, f *field, row *raw.Row) []byte {
	if !row.Money(f.money) {
		return append(out, null...)
	}
	out = append(out, '{')
	for n := range f.amounts {
		a := &f.amounts[n]
		out = appendKey(out, a.key)
		switch a.kind {
		case amountName:
			out = append(out, a.text...)
		case amountValue:
			out = row.Append(out, f.money.Amount)
		case amountCurrency:
			out = row.Append(out, f.money.Currency)
		}
	}
	return append(out, '}')
}

func (w *writer) part(out []byte, f *field, of *object, i int, row *raw.Row) []byte {
	if !row.Has(f.part) {
		return append(out, null...)
	}
	w.within = append(w.within, f.alias)
	out = w.object(out, f.selected, of, i, row)
	w.within = w.within[:len(w.within)-1]
	return out
}

// withheld writes what a rule shows in the place of a value.
func (w *writer) withheld(out []byte, f *field, rule *policy.Rule, of *object, i int, row *raw.Row) []byte {
	if w.repeats(f.delivery) {
		if rule.Form == policy.Null {
			return append(out, null...)
		}
	} else if err := w.denied(rule); err != nil {
		return w.failed(out, f, of, i, err)
	}
	if shown, ok := w.inText(rule.Form, row.Append(nil, f.slot)); ok {
		return appendString(out, shown)
	}
	return append(out, null...)
}

// failed writes null in the place of a value, and says why.
func (w *writer) failed(out []byte, f *field, of *object, i int, err error) []byte {
	if !w.repeats(f.delivery) {
		path := append(w.pathTo(of, i), names(w.within)...)
		w.fail(append(path, names([]string{f.alias})...), f.at, f.with, err)
	}
	return append(out, null...)
}

// inText is what a form shows in the place of a text, which is JSON or null.
func (w *writer) inText(form policy.Form, value []byte) (shown string, ok bool) {
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return "", false // there is no text
	}
	return w.Pseudonyms.InText(form, string(text))
}

// appendString writes a text as gqlgen does.
func appendString(out []byte, text string) []byte {
	b := bytes.NewBuffer(out)
	graphql.MarshalString(text).MarshalGQL(b)
	return b.Bytes()
}

// edge writes what an edge leads to from one instance.
func (w *writer) edge(out []byte, e *edge, i int) []byte {
	res := &w.edges[e.index].results[i]
	switch {
	case res.state == nothing:
		return append(out, null...)
	case e.kind == one:
		return w.instance(out, e.child, res.from)
	case e.kind == list || e.kind == several:
		return w.list(out, e.child, res.from, res.to)
	default:
		return w.page(out, e.page, res)
	}
}

func (w *writer) list(out []byte, o *object, from, to int) []byte {
	out = append(out, '[')
	for i := from; i < to; i++ {
		if i > from {
			out = append(out, ',')
		}
		out = w.instance(out, o, i)
	}
	return append(out, ']')
}

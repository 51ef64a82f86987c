// Package prepared answers how fields of answers look that are said again and again.
//
// A field that goes by an http.Header is put into a map, found there again, sorted among others and looked at byte by byte: what
// is the same each time is that work's greater part. So it is written down once, and where the server can take that, it is only
// copied.
package prepared

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Fields are fields of a header that never change.
type Fields struct {
	lines []Line      // sorted by their names
	names Names       // of the lines
	told  Told        // by the lines
	text  string      // of all lines
	rest  http.Header // fields that decide how an answer is sent, and so have to be seen
}

// Line is one field as HTTP/1.1 writes it, with all of its values.
type Line struct {
	// Name is spelled as http.Header keeps it.
	Name   string
	Values []string
	// Text is a line for each value, with its end.
	Text string
}

// New prepares a header, which is not used any more then but for its values.
func New(header http.Header) *Fields {
	f := &Fields{rest: make(http.Header)}
	for name, values := range header {
		if len(values) == 0 || frames(name, values) {
			f.rest[name] = values
			continue
		}
		f.lines = append(f.lines, Line{Name: name, Values: values, Text: string(AppendField(nil, name, values))})
	}
	slices.SortFunc(f.lines, func(a, b Line) int { return strings.Compare(a.Name, b.Name) })
	var text strings.Builder
	for i := range f.lines {
		f.names |= NameOf(f.lines[i].Name)
		f.told.note(f.lines[i].Name, f.lines[i].Values[0])
		text.WriteString(f.lines[i].Text)
	}
	f.text = text.String()
	return f
}

// frames reports whether a field says how an answer is sent or ends. A length does not where nothing is wrong with it.
func frames(name string, values []string) bool {
	switch name {
	case "Connection", "Transfer-Encoding", "Trailer":
		return true
	case "Content-Length":
		_, err := strconv.ParseUint(values[0], 10, 63)
		return len(values) > 1 || err != nil
	default:
		return strings.HasPrefix(name, http.TrailerPrefix)
	}
}

// Told is what fields say that a server has to know of, to find out what else must be said.
type Told struct {
	// Length is that of the body, in bytes, where Measured.
	Length   int64
	Measured bool
	// Typed says that there is a Content-Type, Encoded a Content-Encoding that is not empty, and Dated a Date.
	Typed, Encoded, Dated bool
}

// note looks at a field that does not frame.
func (t *Told) note(name, value string) {
	switch name {
	case "Content-Length":
		t.Length, _ = strconv.ParseInt(value, 10, 64) // nothing is wrong with it
		t.Measured = true
	case "Content-Type":
		t.Typed = true
	case "Content-Encoding":
		t.Encoded = value != ""
	case "Date":
		t.Dated = true
	}
}

// Lines are the fields that are prepared, sorted by their names.
func (f *Fields) Lines() []Line { return f.lines }

// Told is what the lines say that a server has to know of.
func (f *Fields) Told() Told { return f.told }

// Names are those of the lines.
func (f *Fields) Names() Names { return f.names }

// Text is the texts of all lines, in their order.
func (f *Fields) Text() string { return f.text }

// Size is how much memory it takes, in bytes, or a little more.
func (f *Fields) Size() int {
	const each = 96 // a line, or a field of the rest
	size := each * (1 + len(f.lines) + len(f.rest))
	for i := range f.lines {
		size += 3 * len(f.lines[i].Text)
	}
	return size
}

// meets reports whether both have a field of the same name.
func (f *Fields) meets(other *Fields) bool {
	if f.names&other.names == 0 {
		return false
	}
	for i, k := 0, 0; i < len(f.lines) && k < len(other.lines); {
		switch a, b := f.lines[i].Name, other.lines[k].Name; {
		case a == b:
			return true
		case a < b:
			i++
		default:
			k++
		}
	}
	return false
}

// Names is a set of fields' names, in a few bits. Two sets without a bit in common have no name in common, which is so for most
// and soon known; two with one may have.
type Names uint64

// NameOf is the set of one name. The factors are some by which names that stand in one answer have bits of their own.
func NameOf(name string) Names {
	if name == "" {
		return 1
	}
	const bits = 64
	return 1 << ((7*uint(name[0]) + 5*uint(name[len(name)/2]) + 9*uint(len(name))) % bits)
}

// List is what was prepared for one answer.
type List struct {
	all [2]*Fields
	n   int
}

// All is what was set and not withdrawn.
func (l *List) All() []*Fields { return l.all[:l.n] }

// Writer is a http.ResponseWriter whose server takes what is prepared.
type Writer interface {
	// Prepared is what is said of the answer beside its header, where that has no field of the same name. It is nil where nothing
	// can be, since another server is below.
	Prepared() *List
}

// add returns false where there is no room, and where an earlier one has a field of the same name.
func (l *List) add(f *Fields) bool {
	if l == nil || l.n == len(l.all) || l.n > 0 && f.meets(l.all[0]) {
		return false
	}
	l.all[l.n] = f
	l.n++
	return true
}

// Set has an answer say fields, in the place of those of the same names that it was to say so far. It comes before the answer
// begins. What the header is given later counts before them.
func Set(w http.ResponseWriter, f *Fields) {
	header := w.Header()
	if len(f.rest) > 0 {
		maps.Copy(header, f.rest)
	}
	if at, ok := w.(Writer); ok && at.Prepared().add(f) {
		f.leave(header)
		return
	}
	for i := range f.lines {
		header[f.lines[i].Name] = f.lines[i].Values
	}
}

// Withdraw takes back all that was set so far, and fields of the header by their names, as http.Header keeps them.
func Withdraw(w http.ResponseWriter, names ...string) {
	header := w.Header()
	for name := range header { // which mostly has fewer fields than there are names
		if slices.Contains(names, name) {
			delete(header, name)
		}
	}
	if l := below(w); l != nil {
		l.n = 0
	}
}

// leave takes the lines out of a header. That has few fields so far, and mostly none of these: who goes through it need not look
// at the lines.
func (f *Fields) leave(header http.Header) {
	for name := range header {
		if f.names&NameOf(name) != 0 && f.has(name) {
			delete(header, name)
		}
	}
}

func (f *Fields) has(name string) bool {
	return slices.ContainsFunc(f.lines, func(l Line) bool { return l.Name == name })
}

// Apart has an answer before the answer (1xx) said, whose header is not that of the answer to come: it begins empty, and nothing
// that was set is beside it. Afterwards all is as it was.
func Apart(w http.ResponseWriter, say func(header http.Header)) {
	header := w.Header()
	later := maps.Clone(header)
	clear(header)
	var set List
	l := below(w)
	if l != nil {
		set, *l = *l, List{}
	}
	say(header)
	clear(header)
	maps.Copy(header, later)
	if l != nil {
		*l = set
	}
}

// below is the list of the writer, or of one that it wraps.
func below(w http.ResponseWriter) *List {
	for {
		if at, ok := w.(Writer); ok {
			return at.Prepared()
		}
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = wrapper.Unwrap()
	}
}

// AppendField appends a line for each value. A name that is none is left out, and what would end a line does not.
func AppendField(out []byte, name string, values []string) []byte {
	if !httpguts.ValidHeaderFieldName(name) {
		return out
	}
	for _, value := range values {
		if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
			value = strings.NewReplacer("\n", " ", "\r", " ").Replace(value)
		}
		out = append(append(append(append(out, name...), ": "...), textproto.TrimString(value)...), "\r\n"...)
	}
	return out
}

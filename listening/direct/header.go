package direct

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// fields are what is to be known of an answer's fields once they are written, to say what else must be.
type fields struct {
	length, date, kind, encoded bool // there is a field of this name, or a coding
	trails                      bool
	trailers                    []string // that are announced
	coding                      string   // Transfer-Encoding
	connection                  span     // where in out the handler's Connection stands
}

// span is a part of a text.
type span struct{ from, to int }

// begin writes the status and the handler's fields, as they are now: what it changes later is not said. What it has not said is
// added when something is known of the body.
func (w *response) begin() {
	w.out = appendStatus(w.out, w.status)
	var room [24]line
	lines, names := gather(room[:0], w.header)
	switch {
	case len(w.prepared.All()) == 0:
	case w.takesPrepared(names):
		w.appendPrepared(names)
	default:
		w.spell(w.header)
		lines, _ = gather(room[:0], w.header)
	}
	lines = slices.DeleteFunc(lines, func(l line) bool { return !w.note(l.name, l.values) })
	w.decideCoding()
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.name, b.name) })
	for _, l := range lines {
		from := len(w.out)
		switch l.name {
		case "Transfer-Encoding":
			if !w.keepsCoding() {
				continue
			}
		case "Content-Length":
			if !w.fields.length {
				continue
			}
		case "Connection":
			w.out = prepared.AppendField(w.out, l.name, l.values)
			w.fields.connection = span{from, len(w.out)}
			continue
		}
		w.out = prepared.AppendField(w.out, l.name, l.values)
	}
}

// gather is all of a header, in no order.
func gather(lines []line, header http.Header) (all []line, names prepared.Names) {
	for name, values := range header {
		lines = append(lines, line{name, values})
		names |= prepared.NameOf(name)
	}
	return lines, names
}

// takesPrepared reports whether fields that are prepared can stand beside a header of such names. They may tell of a body, which
// not every answer has, and of a length, which none has whose header says otherwise how the body ends. A trailer is looked for in
// the header.
func (w *response) takesPrepared(names prepared.Names) bool {
	return allowsBody(w.status) && !w.says(names, "Transfer-Encoding") && !w.says(names, "Trailer")
}

// says reports whether the header, of such names, has a field.
func (w *response) says(names prepared.Names, name string) bool {
	if names&prepared.NameOf(name) == 0 {
		return false
	}
	_, said := w.header[name]
	return said
}

// appendPrepared writes the fields that are prepared and not in the header, which has such names. Mostly that is all of them,
// which lie in one text.
func (w *response) appendPrepared(names prepared.Names) {
	for _, fields := range w.prepared.All() {
		if names&fields.Names() == 0 {
			w.appendAll(fields)
			continue
		}
		for i := range fields.Lines() {
			l := &fields.Lines()[i]
			if !w.says(names, l.Name) && w.note(l.Name, l.Values) {
				w.out = append(w.out, l.Text...)
			}
		}
	}
}

// appendAll writes fields of which the header has none, and does at once what note would do for each.
func (w *response) appendAll(fields *prepared.Fields) {
	f, told := &w.fields, fields.Told()
	if told.Measured {
		f.length, w.length = true, told.Length
	}
	f.kind, f.encoded, f.date = f.kind || told.Typed, f.encoded || told.Encoded, f.date || told.Dated
	w.out = append(w.out, fields.Text()...)
}

// spell puts what is prepared into a header, where that has no field of the same name.
func (w *response) spell(header http.Header) {
	for _, fields := range w.prepared.All() {
		for _, l := range fields.Lines() {
			if _, said := header[l.Name]; !said {
				header[l.Name] = l.Values
			}
		}
	}
}

// line is a field of a header.
type line struct {
	name   string
	values []string
}

// note looks at a field, and reports whether it is part of the header.
func (w *response) note(name string, values []string) bool {
	f := &w.fields
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	switch name {
	case "Content-Length":
		f.length = w.measure(first)
		return f.length && allowsBody(w.status)
	case "Transfer-Encoding":
		f.coding = first
		return allowsBody(w.status)
	case "Content-Type":
		f.kind = true
		return w.status != http.StatusNotModified
	case "Content-Encoding":
		f.encoded = first != ""
	case "Date":
		f.date = true // also where there is no value: then none is wanted
	case "Connection":
		w.closing = w.closing || first == "close"
	case "Trailer":
		w.announce(values)
	default:
		if strings.HasPrefix(name, http.TrailerPrefix) {
			f.trails = true
			return false
		}
	}
	return true
}

// measure takes the handler's Content-Length, where it is one.
func (w *response) measure(value string) bool {
	if value == "" {
		return false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		w.logf("http: invalid Content-Length of %q", value)
		delete(w.header, "Content-Length")
		return false
	}
	w.length = n
	return true
}

// decideCoding settles a length beside a coding, which exclude each other.
func (w *response) decideCoding() {
	if f := &w.fields; f.length && f.coding != "" && f.coding != "identity" {
		w.logf("http: WriteHeader called with both Transfer-Encoding of %q and a Content-Length of %d", f.coding, w.length)
		f.length = false
	}
}

// keepsCoding reports whether the handler's Transfer-Encoding is said: one that this server does not make by itself.
func (w *response) keepsCoding() bool {
	f := &w.fields
	return !w.head && !f.length && f.coding != "identity" && f.coding != "chunked"
}

// compose ends the header, where that was not done: with the first part of the body, if there is one.
func (w *response) compose(p []byte) {
	if w.composed {
		return
	}
	w.composed = true
	counted := w.countable(len(p))
	if counted {
		w.length = int64(len(p))
	}
	w.decideChunks(counted)
	closes := w.decideEnd() && !w.saysClose()
	if closes {
		w.out = slices.Delete(w.out, w.fields.connection.from, w.fields.connection.to)
	}
	if !w.fields.date {
		w.say("Date", w.connection.server.dates.now())
	}
	if counted {
		w.say("Content-Length", strconv.FormatInt(w.length, 10))
	}
	if w.guessable(len(p)) {
		w.say("Content-Type", http.DetectContentType(p))
	}
	if closes {
		w.say("Connection", "close")
	}
	if w.chunked {
		w.say("Transfer-Encoding", "chunked")
	}
	w.out = append(w.out, "\r\n"...)
}

func (w *response) say(name, value string) {
	w.out = append(append(append(append(w.out, name...), ": "...), value...), "\r\n"...)
}

// countable reports whether the length of the body is known without the handler's word: all of it is here.
func (w *response) countable(length int) bool {
	f := &w.fields
	return w.ended && !f.trails && !f.length && f.coding == "" && allowsBody(w.status) && (!w.head || length > 0)
}

// guessable reports whether the body's type is to be guessed.
func (w *response) guessable(length int) bool {
	f := &w.fields
	return length > 0 && allowsBody(w.status) && !f.encoded && !f.kind && f.coding == ""
}

// decideChunks finds out how the end of the body is told: by its length, by chunks, or by the end of the connection.
func (w *response) decideChunks(counted bool) {
	unknown := allowsBody(w.status) && !w.head && !counted && !w.fields.length
	identity := w.fields.coding == "identity"
	w.chunked = unknown && !identity
	w.closing = w.closing || unknown && identity
}

// decideEnd finds out whether the connection ends with this answer. Where it does not, the rest of the content is read first: the
// next request stands behind it.
func (w *response) decideEnd() bool {
	w.closing = w.closing || w.connection.server.leaving.Load()
	if !w.closing && !w.duplex {
		w.closing = !w.content.pass()
	}
	return w.closing
}

// saysClose reports whether the handler's own Connection is what a client needs to read where the connection ends.
func (w *response) saysClose() bool {
	said := w.fields.connection
	if said.from == said.to {
		return false
	}
	_, value, _ := strings.Cut(string(w.out[said.from:said.to]), ": ")
	first, _, _ := strings.Cut(value, "\r\n")
	return namesClose(first)
}

// announce notes which fields follow the body.
func (w *response) announce(values []string) {
	for _, each := range values {
		w.fields.trails = true
		for name := range strings.SplitSeq(each, ",") {
			name = http.CanonicalHeaderKey(textproto.TrimString(name))
			if name != "" && httpguts.ValidTrailerHeader(name) {
				w.fields.trailers = append(w.fields.trailers, name)
			}
		}
	}
}

// trailers are the fields behind the body.
func (w *response) trailers() http.Header {
	var all http.Header
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			if all == nil {
				all = make(http.Header)
			}
			all[name] = values
		}
	}
	for _, name := range w.fields.trailers {
		if all == nil {
			all = make(http.Header)
		}
		for _, value := range w.header[name] {
			all.Add(name, value)
		}
	}
	return all
}

// appendStatus appends a status line.
func appendStatus(out []byte, status int) []byte {
	out = strconv.AppendInt(append(out, "HTTP/1.1 "...), int64(status), 10)
	if text := http.StatusText(status); text != "" {
		return append(append(append(out, ' '), text...), "\r\n"...)
	}
	return append(strconv.AppendInt(append(out, " status code "...), int64(status), 10), "\r\n"...)
}

// appendInformation appends the fields of an answer before the answer, which has no content.
func appendInformation(out []byte, header http.Header) []byte {
	return appendSorted(out, header, func(name string) bool { return name != "Content-Length" && name != "Transfer-Encoding" })
}

// appendTrailers appends the fields behind a body, and the line that ends it.
func appendTrailers(out []byte, header http.Header) []byte {
	return append(appendSorted(out, header, func(string) bool { return true }), "\r\n"...)
}

func appendSorted(out []byte, header http.Header, wanted func(name string) bool) []byte {
	names := make([]string, 0, len(header))
	for name := range header {
		if wanted(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		out = prepared.AppendField(out, name, header[name])
	}
	return out
}

// dates are what stands in Date, made once in each second.
type dates struct{ last atomic.Pointer[date] }

type date struct {
	second int64
	text   string
}

func (d *dates) now() string {
	now := time.Now()
	last := d.last.Load()
	if last == nil || last.second != now.Unix() {
		last = &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
		d.last.Store(last)
	}
	return last.text
}

package proxy

import (
	"net/http"
	"slices"
	"strconv"
)

// Ready is an answer with the status 200 as it was relayed to one client, for others who want the same. Nobody changes it any
// more.
type Ready struct {
	fields []field
	body   []byte
}

// field is one of a header. It is common where what the gateway says in it counts as well.
type field struct {
	name   string
	values []string
	common bool
}

// NewReady is an answer that Relay has sent: by its header as that is now, and what was sent of its body. The body is not
// copied.
func NewReady(header http.Header, body []byte) *Ready {
	a := &Ready{fields: make([]field, 0, len(header)+1), body: body}
	for name, values := range header {
		if len(values) > 0 && !forHop(name) {
			a.fields = append(a.fields, field{name, alone(values), extends(name) || gateways(name)})
		}
	}
	if len(body) > 0 && header["Content-Length"] == nil {
		a.fields = append(a.fields, field{name: "Content-Length", values: []string{strconv.Itoa(len(body))}})
	}
	return a
}

// alone are values in memory that nobody appends to: whoever is given them may have more to say.
func alone(values []string) []string { return slices.Clip(slices.Clone(values)) }

// Size is how much memory it takes beside its body, in bytes, or a little more.
func (a *Ready) Size() int {
	const each = 64 // a field, and its place among values
	size := each
	for _, f := range a.fields {
		size += each
		for _, value := range f.values {
			size += len(f.name) + len(value)
		}
	}
	return size
}

// Head adds the header of the answer to that of a writer, as Relay does.
func (a *Ready) Head(header http.Header) {
	for i := range a.fields {
		if f := &a.fields[i]; f.common {
			join(header, f.name, f.values)
		} else {
			header[f.name] = f.values
		}
	}
	if _, ok := header["Content-Type"]; !ok {
		header["Content-Type"] = nil // or net/http would guess one
	}
}

// Send sends the answer, whose Head is there. Errors are those of Relay.
func (a *Ready) Send(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusOK)
	if len(a.body) == 0 {
		return nil
	}
	if _, err := w.Write(a.body); err != nil {
		return &Error{Sent: true, err: left(err)}
	}
	return nil
}

package proxy

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// Ready is an answer with the status 200 as it was relayed to one client, for others who want the same. Nobody changes it any
// more.
type Ready struct {
	common  []field          // where the gateway has something to say as well
	fields  *prepared.Fields // the others
	untyped bool             // nothing says of what type the body is
	body    []byte
}

// field is one of a header.
type field struct {
	name   string
	values []string
}

// NewReady is an answer that Relay has sent: by its header as that is now, and what was sent of its body. The body is not
// copied.
func NewReady(header http.Header, body []byte) *Ready {
	a := &Ready{body: body}
	own := make(http.Header, len(header)+1)
	for name, values := range header {
		switch {
		case len(values) == 0 || forHop(name):
		case extends(name) || gateways(name) || name == "Cache-Status":
			a.common = append(a.common, field{name, alone(values)})
		default:
			own[name] = alone(values)
		}
	}
	if len(body) > 0 && own["Content-Length"] == nil {
		own["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	a.untyped = own["Content-Type"] == nil
	a.fields = prepared.New(own)
	return a
}

// alone are values in memory that nobody appends to: whoever is given them may have more to say.
func alone(values []string) []string { return slices.Clip(slices.Clone(values)) }

// Size is how much memory it takes beside its body, in bytes, or a little more.
func (a *Ready) Size() int {
	const each = 64 // a field, and its place among values
	size := each*(1+len(a.common)) + a.fields.Size()
	for _, f := range a.common {
		for _, value := range f.values {
			size += len(f.name) + len(value)
		}
	}
	return size
}

// Head adds to the header of a writer those fields of the answer to which the gateway may have more to say. It does so as Relay
// does.
func (a *Ready) Head(header http.Header) {
	for i := range a.common {
		join(header, a.common[i].name, a.common[i].values)
	}
	if _, ok := header["Content-Type"]; a.untyped && !ok {
		header["Content-Type"] = nil // or net/http would guess one
	}
}

// Send sends the answer, whose Head is there. Errors are those of Relay.
func (a *Ready) Send(w http.ResponseWriter) error {
	prepared.Set(w, a.fields)
	w.WriteHeader(http.StatusOK)
	if len(a.body) == 0 {
		return nil
	}
	if _, err := w.Write(a.body); err != nil {
		return &Error{Sent: true, err: left(err)}
	}
	return nil
}

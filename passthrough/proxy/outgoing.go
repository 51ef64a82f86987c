// Package proxy answers how a request goes on to a service, and its answer back, with nothing lost on the way and nothing that
// was not meant to pass.
//
// A handler calls Outgoing, Send and Relay in this order. It edits the header of the outgoing request and of the answer in
// between.
package proxy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/units"
)

// Options say what of a request may pass. The zero value keeps secrets back, and reads a body of any length.
type Options struct {
	// Upgrade lets a connection become a WebSocket. No other protocol can be changed to.
	Upgrade bool
	// Stream says that the body goes on as it comes. A client that asks first (Expect: 100-continue) is then answered by the
	// service. Otherwise the gateway asks for the body when it is read.
	Stream bool
	// Detours lets pass what says that another method or target is meant than the request's own, as some services have it: what the
	// request is let do was decided by those.
	Detours bool
	// Reads says that the answer is read as JSON: one that cannot be is then asked for again where that is known before anything of
	// it was sent.
	Reads bool
	// Forward names the fields that pass though they would be kept back: Authorization, Cookie.
	Forward []string
	// MaxBody bounds the body, in bytes. 0 is no bound.
	MaxBody units.Bytes
}

// Outgoing makes the request that goes to the service. Its URL is a copy and its header a map of its own, and both are the
// caller's to change, but for the strings in place: values are shared. Its Host is empty, so that the service gets its own name.
// The body is read from the client as the service takes it. Fields that say where the request comes from or whom it is made for
// are gone; the caller sets them anew.
//
// The error is a problem: BadInput where a client wants fields removed that are none of its own or breaks the rules of HTTP/2,
// TooLarge where the body says that it is, LoopDetected where the request has come by too often.
func Outgoing(r *http.Request, opts Options) (*http.Request, error) {
	if err := check(r, opts); err != nil {
		return nil, err
	}
	x := newExchange(r, opts)
	out := r.WithContext(x)
	out.URL = &x.url
	out.Host, out.RequestURI, out.RemoteAddr, out.Pattern = "", "", "", ""
	out.Proto, out.ProtoMajor, out.ProtoMinor = "HTTP/1.1", 1, 1
	out.Form, out.PostForm, out.MultipartForm, out.TLS, out.Close = nil, nil, nil, nil, false
	out.Header = x.header(r, opts)
	out.Body, out.GetBody, out.Trailer, out.TransferEncoding = nil, nil, nil, nil
	x.frame(out, r)
	return out, nil
}

// Bare reports whether a request has a header alone, and nothing in it takes anything out of it: all of its fields that are none
// of a proxy's business then pass as they are. It is false where Outgoing fails.
func Bare(r *http.Request) bool {
	return r.ContentLength == 0 && len(r.Trailer) == 0 && stays(r.Header["Connection"]) && check(r, Options{}) == nil
}

// stays reports whether Connection names no field that passes.
func stays(connection []string) bool {
	return len(connection) == 0 ||
		len(connection) == 1 && (strings.EqualFold(connection[0], "keep-alive") || strings.EqualFold(connection[0], "close"))
}

// header copies what may pass.
func (x *exchange) header(r *http.Request, opts Options) http.Header {
	header := make(http.Header, len(r.Header)+10) // and what is added here and by the caller
	for name, values := range r.Header {
		if passes(name, r, opts) {
			header[name] = slices.Clip(values) // so that what is added here is not added there
		}
	}
	removeNamed(header, r.Header["Connection"])
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = nil // or net/http would put its own there
	}
	if lists(r.Header["Te"], "trailers") {
		// TE ought to be named in Connection, but HTTP/2 forbids that, and which of the two it will be nobody knows yet.
		header["Te"] = []string{"trailers"}
	}
	if opts.Upgrade && wantsWebSocket(r) {
		header["Connection"], header["Upgrade"] = []string{"Upgrade"}, []string{webSocket}
	}
	header["Via"] = append(header["Via"], received(r))
	return header
}

func passes(name string, r *http.Request, opts Options) bool {
	c, alias := classOf(name)
	switch c {
	case plain:
		return true
	case via, kept:
		return !alias
	case detour:
		return !alias && opts.Detours
	case expect:
		return !alias && opts.Stream && hasBody(r) && r.ProtoAtLeast(1, 1)
	case credential:
		return !alias && slices.ContainsFunc(opts.Forward, func(each string) bool { return strings.EqualFold(each, name) })
	default:
		return false
	}
}

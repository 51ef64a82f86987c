package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Error is why an answer did not reach the client as a whole.
type Error struct {
	// Sent is true where the client has got a part of the answer. Its stream must then be aborted by panicking with
	// http.ErrAbortHandler, or half an answer could look like a whole one. Otherwise nothing has been written, and the caller can
	// still answer with the problem.
	Sent bool

	err error
}

// Error says what was being done.
func (e *Error) Error() string { return "relay the answer: " + e.err.Error() }

// Unwrap leads to a problem: UpstreamError where the service broke off or said what it must not, Cancelled where the client has
// left, and whatever a rewriting function returned.
func (e *Error) Unwrap() error { return e.err }

// Relay gives a service's answer to the client: header, body and trailers, or a connection that has become a WebSocket, for as
// long as both sides keep it. It closes the answer's body. Fields of the answer take the place of those that w has, except for
// the request's id and for CORS, which are the gateway's; a list such as Vary gets longer.
//
// Where body is not nil, it rewrites the body from src, which it reads to its end, to dst. As long as that fits into 32 KiB and
// comes without waiting, it is held back, and an error of body leaves w as it was. Until the header is written, body may change
// that of the answer. The fields named late it may add to it at any time: they go in the trailer where the header has been
// written, if the client reads one. Errors are of type *Error.
func Relay(
	w http.ResponseWriter, r *http.Request, res *http.Response, body func(dst io.Writer, src io.Reader) error, late ...string,
) error {
	defer res.Body.Close()
	a := &answer{w: w, r: r, res: res}
	a.late.names = late
	var err error
	switch {
	case res.StatusCode == http.StatusSwitchingProtocols:
		err = a.switchProtocol()
	case body != nil:
		a.forgetBody()
		err = a.rewrite(body)
	default:
		err = a.pass()
	}
	if err != nil {
		return &Error{Sent: a.begun, err: err}
	}
	return nil
}

// answer is one on its way to the client.
type answer struct {
	w     http.ResponseWriter
	r     *http.Request
	res   *http.Response
	begun bool // the header is written, so nobody can say anything else
	late  late
}

// bodiless reports whether the answer has no body, whatever its header says (RFC 9112, section 6.3).
func (a *answer) bodiless() bool {
	status := a.res.StatusCode
	return a.r.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// begin writes the header.
func (a *answer) begin() {
	a.begun = true
	a.copyHeader()
	a.announceTrailers()
	a.w.WriteHeader(a.res.StatusCode)
}

func (a *answer) copyHeader() {
	header, from := a.w.Header(), a.res.Header
	removeNamed(from, from["Connection"])
	for name, values := range from {
		if !forHop(name) {
			join(header, name, values)
		}
	}
	if _, ok := header["Content-Type"]; !ok {
		header["Content-Type"] = nil // or net/http would guess one
	}
	if length := a.res.ContentLength; length > 0 && len(from["Content-Length"]) == 0 && !a.bodiless() {
		header.Set("Content-Length", strconv.FormatInt(length, 10))
	}
}

// join adds what a service says in a field to what the gateway says.
func join(header http.Header, name string, values []string) {
	switch {
	case len(header[name]) == 0:
		header[name] = values
	case extends(name):
		header[name] = append(slices.Clip(header[name]), values...)
	case !gateways(name):
		header[name] = values
	}
}

// extends reports whether what a service says comes beside what the gateway says.
func extends(name string) bool {
	switch name {
	case "Vary", "Set-Cookie", "Link", "Server-Timing":
		return true
	default:
		return false
	}
}

// gateways reports whether a field is the gateway's to set, where it has set it.
func gateways(name string) bool {
	return name == "X-Request-Id" || strings.HasPrefix(name, "Access-Control-")
}

// pass sends the body as it is. What has come is sent before more is waited for, so that nobody waits for an event that is here.
// Where the length is known, the header waits for the first of the body, which it travels with.
func (a *answer) pass() error {
	if a.bodiless() || a.res.Body == http.NoBody {
		a.begin()
		return nil
	}
	if whole, ok := a.res.Body.(*attempt.Whole); ok && a.res.ContentLength >= 0 {
		return a.passWhole(whole)
	}
	if a.streams() {
		a.begin()
		if err := a.flush(); err != nil {
			return err
		}
	}
	buffer, _ := buffers.Get().(*[bufferBytes]byte)
	if err := a.copyBody(buffer[:]); err != nil {
		return err // and net/http's HTTP/2 may still send from the buffer: a Write that fails is no end of that (go.dev/issue/20704)
	}
	buffers.Put(buffer)
	return a.sendTrailers()
}

// passWhole sends a body that is all here, so that there is nothing to wait for.
func (a *answer) passWhole(body *attempt.Whole) error {
	a.begin()
	if _, err := body.WriteTo(a.w); err != nil {
		return left(err)
	}
	return a.sendTrailers()
}

// streams reports whether nobody knows when the body comes.
func (a *answer) streams() bool {
	if a.res.ContentLength < 0 {
		return true
	}
	mediaType, _, _ := strings.Cut(a.res.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "text/event-stream")
}

func (a *answer) copyBody(buffer []byte) error {
	var sent int64
	for ended := false; !ended; {
		n, err := a.res.Body.Read(buffer)
		ended = errors.Is(err, io.EOF)
		if err != nil && !ended {
			return a.brokeOff(err)
		}
		if !a.begun {
			a.begin()
		}
		if err := a.write(buffer[:n]); err != nil {
			return err
		}
		sent += int64(n)
		if ended || sent == a.res.ContentLength {
			continue // there is nothing to wait for
		}
		if err := a.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (a *answer) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if _, err := a.w.Write(p); err != nil {
		return left(err)
	}
	return nil
}

// flush sends what has been written. A writer that cannot is one that sends at once, or not before the end.
func (a *answer) flush() error {
	if err := http.NewResponseController(a.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return left(err)
	}
	return nil
}

// brokeOff is the problem of a service's body that did not come to its end. It may have been the client who ended the call: by
// leaving, or within its own body.
func (a *answer) brokeOff(err error) error {
	ctx := a.r.Context()
	if sent := a.res.Request; sent != nil {
		if x := exchangeOf(sent.Context()); x != nil {
			ctx = x
		}
	}
	if ctx.Err() != nil {
		return problem.From(context.Cause(ctx))
	}
	return problem.Wrap(problem.UpstreamError, fmt.Errorf("read the body: %w", err), "")
}

// left is the problem of a client that takes no more.
func left(err error) error {
	return problem.Wrap(problem.Cancelled, fmt.Errorf("write to the client: %w", err), "")
}

const bufferBytes = 32 << 10

// buffers are for bodies under way. A buffer of this size for each request would be most of what a request costs.
var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }} //nolint:gochecknoglobals // nothing is kept in it

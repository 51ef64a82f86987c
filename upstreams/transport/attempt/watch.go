package attempt

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
)

// Watcher sees how an attempt goes over its connection. Its methods may be called on another goroutine than the attempt's.
type Watcher interface {
	// Connected is told of each connection that the request is sent on, and whether that was used before.
	Connected(reused bool)
	// Wrote is told that a request whose body streams was sent, or why not all of it was.
	Wrote(err error)
	// Begun is told that the answer's first byte has come.
	Begun()
}

// EarlyKey is the key under which the context of a call has an Early, where somebody wants to see answers before the answer.
type EarlyKey struct{}

// Early sees answers before the answer, such as 103 (RFC 8297).
type Early interface {
	// Informational is given one. It may be called on another goroutine than the call's, until the call returns.
	Informational(status int, header textproto.MIMEHeader) error
}

// EarlyOf is who wants to see them, nil where nobody does.
func EarlyOf(ctx context.Context) Early { //nolint:ireturn // it is as the context has it
	early, _ := ctx.Value(EarlyKey{}).(Early)
	return early
}

// Traced is a request of an attempt by which net/http's own transport tells whoever watches.
func Traced(req *http.Request) *http.Request {
	try := Of(req.Context())
	if try == nil || try.Watcher == nil {
		return req
	}
	watcher := try.Watcher
	trace := &httptrace.ClientTrace{
		GotConn:              func(got httptrace.GotConnInfo) { watcher.Connected(got.Reused) },
		WroteRequest:         func(wrote httptrace.WroteRequestInfo) { watcher.Wrote(wrote.Err) },
		GotFirstResponseByte: watcher.Begun,
	}
	if early := EarlyOf(req.Context()); early != nil {
		trace.Got1xxResponse = early.Informational
	}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
}

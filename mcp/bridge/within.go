package bridge

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// Within carries requests to a handler in this process, as if they came from this machine. An answer is there as a whole.
type Within struct{ Handler http.Handler }

// errGivenUp is a handler that has ended an answer without its end.
var errGivenUp = errors.New("the answer was given up")

// RoundTrip implements http.RoundTripper.
func (w Within) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if cause := recover(); cause == http.ErrAbortHandler { //nolint:errorlint // it is never wrapped
			err = errGivenUp
		} else if cause != nil {
			panic(cause)
		}
	}()
	told := &recorded{header: make(http.Header), status: http.StatusOK}
	w.Handler.ServeHTTP(told, arrived(r))
	return &http.Response{
		Status:     strconv.Itoa(told.status) + " " + http.StatusText(told.status),
		StatusCode: told.status,
		Proto:      r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header:        told.header,
		Body:          io.NopCloser(&told.body),
		ContentLength: int64(told.body.Len()),
		Request:       r,
	}, nil
}

// arrived is a request as a server has it that was sent.
func arrived(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:0"
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// recorded is an answer while it is written.
type recorded struct {
	header http.Header
	status int
	begun  bool
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *recorded) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter. Early answers are not for clients of the protocol.
func (a *recorded) WriteHeader(status int) {
	if !a.begun && status >= http.StatusOK {
		a.status, a.begun = status, true
	}
}

// Write implements http.ResponseWriter.
func (a *recorded) Write(text []byte) (int, error) {
	a.begun = true
	return a.body.Write(text)
}

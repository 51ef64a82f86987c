package proxy

import (
	"context"
	"io"
	"net/http"
	"net/textproto"
	"slices"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// Send sends a request that Outgoing made, and returns the header of its answer. Until then it hands on what the service says
// before that (103 Early Hints and the like), and nobody else may write to w. The answer's body is the caller's to close: Relay
// does. What the service says of its limits, such as RateLimit, is taken out of the header.
//
// Where the client itself broke off, by leaving or within its body, the error says so, whatever the transport made of it.
func Send(w http.ResponseWriter, out *http.Request, next http.RoundTripper) (*http.Response, error) {
	x := exchangeOf(out.Context())
	if x == nil {
		return next.RoundTrip(out)
	}
	x.allow(w)
	res, err := next.RoundTrip(out)
	x.allow(nil)
	if err == nil {
		ForgetLimits(res.Header)
	}
	streams := out.Body == &x.upload || x.upload.begun.Load()
	if streams {
		x.closeAfter(w)
	}
	if err != nil && x.Err() != nil {
		return nil, context.Cause(x)
	}
	if err == nil && streams && res.ProtoMajor > 1 {
		res.Body = &leftEarly{ReadCloser: res.Body, upload: &x.upload}
	}
	return res, err
}

// leftEarly is the body of an answer that may have come before the end of the upload. HTTP/2's transport closes it only when
// nobody reads the upload any more. Who does so waits for the client, and the client may wait for the end of the answer.
type leftEarly struct {
	io.ReadCloser

	upload *upload
}

// Close does not wait. What it leaves behind ends with the request, whose body cannot be read any longer.
func (l *leftEarly) Close() error {
	if l.upload.ended.Load() {
		return l.ReadCloser.Close()
	}
	go l.ReadCloser.Close()
	return nil
}

// allow says who may be written to, nil for nobody. A transport goes on with attempts that nobody waits for, and they may
// still be given a 1xx.
func (x *exchange) allow(w http.ResponseWriter) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.w = w
}

// closeAfter has the connection closed after an answer that came before the end of the body. What is left of that must not be
// taken for the next request. It also keeps net/http from reading the rest before it sends the answer: the transport reads there.
func (x *exchange) closeAfter(w http.ResponseWriter) {
	if x.upload.from.ProtoMajor == 1 && !x.upload.ended.Load() {
		w.Header().Set("Connection", "close")
	}
}

// Informational hands on an answer before the answer, on a goroutine of the transport's. 100 is left out: the client gets its own
// when its body is read.
func (x *exchange) Informational(code int, header textproto.MIMEHeader) error {
	if code != http.StatusContinue {
		x.tell(code, http.Header(header))
	}
	return nil
}

// goOn asks a client for its body that waits for that. net/http would do so as well, but without looking whether a 103 is being
// written.
func (x *exchange) goOn() {
	if x.asks {
		x.tell(http.StatusContinue, nil)
	}
}

// tell writes an informational answer. Its header is alone: what stands in w's already is for the answer to come.
func (x *exchange) tell(code int, header http.Header) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.w == nil {
		return
	}
	prepared.Apart(x.w, func(shared http.Header) {
		for name, values := range header {
			if !forHop(name) && !tellsLimits(name) {
				shared[name] = slices.Clip(values)
			}
		}
		removeNamed(shared, header["Connection"])
		x.w.WriteHeader(code)
	})
}

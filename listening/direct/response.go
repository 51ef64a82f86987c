package direct

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/listening/prepared"
)

// The sizes of net/http's buffers decide how an answer looks: what fits into the first has its length said, what does not goes in
// chunks.
const (
	unsent   = 2 << 10  // of a body, before it is known whether more comes
	together = 16 << 10 // of an answer, in one write
)

// texts are where an answer is put together. An answer has them from its beginning to its end, or until all of it is sent.
type texts struct {
	body [unsent]byte
	out  [together]byte
}

// errEnded is for handlers that go on writing when they have returned.
var errEnded = errors.New("the answer is over")

// usualFields is how many fields the header of an answer has room for, before it has to grow.
const usualFields = 8

// response is the answer to one request: a http.ResponseWriter. The request lies in the same piece of memory.
type response struct {
	connection *connection
	room       facts.Room
	url        url.URL
	request    *http.Request // in room
	life       lifetime
	content    incoming
	header     http.Header // the handler's
	prepared   prepared.List

	texts *texts // nil while nothing is to be sent
	body  []byte // in texts: of the body, not in out yet
	out   []byte // in texts: what is to be sent next

	status   int // 0 until the handler has said it
	length   int64
	written  int64
	fields   fields
	composed bool // all of the header is in out, or was sent
	head     bool // asks for no body
	chunked  bool
	closing  bool // the connection ends behind this answer
	duplex   bool
	ended    bool
	failed   error // of the connection
}

func (c *connection) respond(content int64) *response {
	w := &response{connection: c, header: make(http.Header, usualFields), length: -1}
	w.content.w = w
	w.content.ended.Store(content == 0)
	return w
}

// Header is http.ResponseWriter's.
func (w *response) Header() http.Header { return w.header }

// Prepared is prepared.Writer's.
func (w *response) Prepared() *prepared.List { return &w.prepared }

// WriteHeader begins the answer, or gives one before it (1xx).
func (w *response) WriteHeader(status int) {
	switch {
	case w.ended:
		return
	case w.status != 0:
		w.logf("http: superfluous response.WriteHeader call")
		return
	case status < 100 || status > 999:
		panic("invalid WriteHeader code " + strconv.Itoa(status)) // as net/http does: no error can be returned
	}
	w.take()
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		w.inform(status)
		return
	}
	w.status = status
	w.begin()
}

// inform sends what comes before the answer, which says again what is prepared.
func (w *response) inform(status int) {
	header := maps.Clone(w.header)
	w.spell(header)
	w.out = appendInformation(appendStatus(w.out, status), header)
	w.out = append(w.out, "\r\n"...)
	w.send(nil)
}

// Write is http.ResponseWriter's.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 && !w.ended {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.ended:
		return 0, errEnded
	case len(p) == 0:
		return 0, nil
	case !allowsBody(w.status):
		return 0, http.ErrBodyNotAllowed
	}
	w.written += int64(len(p))
	if w.length != -1 && w.written > w.length {
		return 0, http.ErrContentLength
	}
	if len(w.body) == 0 && w.written == w.length {
		w.put(p) // it is all that is coming
	} else {
		w.gather(p)
	}
	if w.failed != nil {
		return 0, w.failed
	}
	return len(p), nil
}

// gather keeps small parts back, so that they go together.
func (w *response) gather(p []byte) {
	w.take()
	for room := unsent - len(w.body); len(p) > room; room = unsent - len(w.body) {
		if len(w.body) == 0 {
			w.put(p)
			return
		}
		w.body = append(w.body, p[:room]...)
		p = p[room:]
		w.putBody()
	}
	w.body = append(w.body, p...)
}

func (w *response) putBody() {
	w.put(w.body)
	w.body = w.body[:0]
}

// put sends a part of the body, or has it sent with what follows.
func (w *response) put(p []byte) {
	w.take()
	w.compose(p)
	switch {
	case w.head:
	case w.chunked:
		w.out = append(strconv.AppendInt(w.out, int64(len(p)), 16), "\r\n"...)
		w.add(p)
		w.add([]byte("\r\n"))
	default:
		w.add(p)
	}
}

// add sends a text in the same write with what is to be sent before it.
func (w *response) add(p []byte) {
	if len(w.out)+len(p) <= cap(w.out) {
		w.out = append(w.out, p...)
		return
	}
	w.send(p)
}

// send sends all that was put together, and a text behind it.
func (w *response) send(p []byte) {
	if w.failed == nil && len(w.out)+len(p) > 0 {
		w.failed = w.transmit(p)
		if w.failed != nil {
			w.life.end() // as net/http does: nobody is there to read
		}
	}
	w.out = w.out[:0]
}

func (w *response) transmit(p []byte) error {
	if len(p) > 0 {
		return w.connection.plain.WriteBoth(w.out, p) //nolint:wrapcheck // as if it were called there
	}
	_, err := w.connection.plain.Write(w.out)
	return err //nolint:wrapcheck // as if it were called there
}

// Flush is for those who look for an http.Flusher instead of asking http.ResponseController.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError sends what was written. It is what http.ResponseController looks for.
func (w *response) FlushError() error {
	if w.ended {
		return errEnded
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if len(w.body) > 0 {
		w.putBody()
	}
	w.take()
	w.compose(nil)
	w.send(nil)
	w.giveBack() // the next part may be long in coming
	return w.failed
}

// SetReadDeadline ends the reading of the request's content. It is what http.ResponseController looks for.
func (w *response) SetReadDeadline(t time.Time) error {
	return w.connection.plain.SetReadDeadline(t)
}

// SetWriteDeadline ends the writing of the answer. It is what http.ResponseController looks for.
func (w *response) SetWriteDeadline(t time.Time) error {
	return w.connection.plain.SetWriteDeadline(t)
}

// EnableFullDuplex lets the handler read when the answer has begun. It is what http.ResponseController looks for.
func (w *response) EnableFullDuplex() error {
	w.duplex = true
	return nil
}

// finish sends what is left when the handler has returned.
func (w *response) finish() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.ended = true
	if len(w.body) > 0 {
		w.putBody()
	}
	w.take()
	w.compose(nil)
	if w.chunked {
		w.add(appendTrailers([]byte("0\r\n"), w.trailers()))
	}
	w.send(nil)
	w.giveBack()
	_ = w.content.Close() // closing does not wait for what is not read
	if w.request.MultipartForm != nil {
		_ = w.request.MultipartForm.RemoveAll() // the files are of no use to anybody
	}
}

// abandon sends what was put together of an answer that its handler has given up. Its client must see that it is not all: it gets
// nothing rather than a part of a header.
func (w *response) abandon() {
	w.life.end()
	w.ended = true
	if w.composed {
		w.send(nil)
	}
	w.giveBack()
}

// keeps reports whether the next request can follow on the connection, once the answer was sent.
func (w *response) keeps() bool {
	short := !w.head && w.length != -1 && allowsBody(w.status) && w.length != w.written
	return !w.closing && !short && w.failed == nil && w.content.over() && !w.connection.server.leaving.Load()
}

func (w *response) take() {
	if w.texts == nil {
		w.texts = w.connection.server.texts.Get().(*texts) //nolint:errcheck,forcetypeassert // nothing else is put there
		w.body, w.out = w.texts.body[:0], w.texts.out[:0]
	}
}

func (w *response) giveBack() {
	if w.texts != nil {
		w.connection.server.texts.Put(w.texts)
		w.texts, w.body, w.out = nil, nil, nil
	}
}

func (w *response) logf(format string, args ...any) {
	w.connection.server.inner.ErrorLog.Printf(format, args...)
}

// allowsBody is RFC 9110, section 6.4.1.
func allowsBody(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

package middleware

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// responseWriter remembers what was answered. It is the only wrapper that logs and metrics need.
type responseWriter struct {
	http.ResponseWriter
	request context.Context //nolint:containedctx // it ends once the caller has left
	leaving *atomic.Bool    // whether connections end with their next answer; nil where they never do
	status  int             // 0 until the answer has begun
	bytes   int64           // of the body, as sent
	gone    bool            // the caller had left before the answer began
}

// Unwrap lets http.ResponseController reach deadlines and whatever else this wrapper does not watch.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Prepared lets fields that are always the same pass by the header.
func (w *responseWriter) Prepared() *prepared.List {
	if at, ok := w.ResponseWriter.(prepared.Writer); ok {
		return at.Prepared()
	}
	return nil
}

func (w *responseWriter) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.sayWhetherLast()
	}
	w.ResponseWriter.WriteHeader(status) // panics where the status is none, and nothing has begun then
	informational := status < 200 && status != http.StatusSwitchingProtocols
	if !informational {
		w.begin(status)
	}
}

func (w *responseWriter) Write(b []byte) (int, error) {
	w.sayWhetherLast()
	w.begin(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom keeps net/http's way of sending a file or a connection without copying it through here.
func (w *responseWriter) ReadFrom(src io.Reader) (int64, error) {
	w.sayWhetherLast()
	w.begin(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, src)
	w.bytes += n
	return n, err
}

// Flush is for those who look for an http.Flusher instead of asking http.ResponseController.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is what http.ResponseController looks for.
func (w *responseWriter) FlushError() error {
	w.sayWhetherLast()
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if err == nil {
		w.begin(http.StatusOK)
	}
	return err
}

// Hijack hands the connection over. The answer then counts as begun: nothing can be answered here any more.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.begin(http.StatusSwitchingProtocols)
	}
	return conn, rw, err
}

// sayWhetherLast tells the client before an answer begins that the connection ends with it, where it does. net/http takes the
// field as a reason to close, and by HTTP/2 to send a GOAWAY in its place.
func (w *responseWriter) sayWhetherLast() {
	if w.status == 0 && w.leaving != nil && w.leaving.Load() {
		w.Header()["Connection"] = []string{"close"}
	}
}

func (w *responseWriter) begin(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	w.gone = w.callerLeft()
}

func (w *responseWriter) begun() bool { return w.status != 0 }

// callerLeft is true once net/http has noticed that the connection is closed. Done would tell it too, but makes a channel.
func (w *responseWriter) callerLeft() bool { return w.request.Err() != nil }

package overquic

import "net/http"

// writer leaves out of answers what is about a connection of HTTP/1 (RFC 9114, section 4.2). net/http does so for HTTP/2. quic-go
// does not, and clients take such an answer for malformed.
type writer struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader begins the answer, or gives one before it (1xx).
func (w *writer) WriteHeader(status int) {
	w.begin()
	w.begun = status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

// Write begins the answer where nothing else has.
func (w *writer) Write(text []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(text) //nolint:wrapcheck // as if it were called there
}

// FlushError begins the answer where nothing else has.
func (w *writer) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush() //nolint:wrapcheck // as if it were called there
}

// Flush is FlushError for who cannot be told.
func (w *writer) Flush() { _ = w.FlushError() }

// Unwrap lets http.ResponseController find what is below.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) begin() {
	if w.begun {
		return
	}
	header := w.Header()
	for _, each := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"} {
		delete(header, each)
	}
}

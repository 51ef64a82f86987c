package middleware

import (
	"io"
	"net/http"
	"sync/atomic"
)

// countedBody is the body of a request, and how much of it was read.
type countedBody struct {
	io.ReadCloser

	n atomic.Int64 // bodies are read by other goroutines, too: those that send them on
}

// count lets a request's body be counted. The request has begun (package facts), and so is nobody else's. What has no body keeps
// it: others look for that.
func (b *countedBody) count(r *http.Request) *http.Request {
	if r.Body != nil && r.Body != http.NoBody {
		b.ReadCloser = r.Body
		r.Body = b
	}
	return r
}

// Read implements io.Reader.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err //nolint:wrapcheck // it is the body's own: io.EOF, and net/http's
}

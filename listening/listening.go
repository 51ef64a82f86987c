// Package listening answers how clients' connections come in.
package listening

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Bounds are what one client may keep a server busy with.
type Bounds struct {
	// Header bounds reading a request's header, and the handshake before it.
	Header time.Duration
	// Body bounds reading a whole request.
	Body time.Duration
	// Write bounds the time from a request's header to the end of its answer.
	Write time.Duration
	// Idle closes a connection without requests.
	Idle time.Duration
	// MaxHeader is how much of a request's header is read.
	MaxHeader units.Bytes
	// HTTP2 bounds what a connection of HTTP/2 may ask for.
	HTTP2 HTTP2
	// HTTP2Error is told what clients do wrong in HTTP/2. It may be nil.
	HTTP2Error func(kind string)
}

// Server answers requests within bounds. What strangers' connections do wrong is logged at debug level.
func Server(handler http.Handler, b Bounds, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: b.Header,
		ReadTimeout:       b.Body,
		WriteTimeout:      b.Write,
		IdleTimeout:       b.Idle,
		MaxHeaderBytes:    int(b.MaxHeader),
		HTTP2:             b.HTTP2.settings(b.Write, b.HTTP2Error),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

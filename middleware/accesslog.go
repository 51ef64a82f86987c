package middleware

import (
	"log/slog"
	"net"
	"net/http"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/problem"
)

// The bounds of what a caller can write into a log line. What is longer is cut.
const (
	maxMethodBytes    = 16
	maxPathBytes      = 512
	maxOperationBytes = 128
	maxUserAgentBytes = 200
)

// AccessLog writes one line for each request. The query string is left out: it carries variables, and with them whatever
// people search for. So is the caller's name.
func AccessLog(logger *slog.Logger) Sink {
	return func(r *http.Request, e Event) {
		ctx := r.Context()
		if !logger.Enabled(ctx, slog.LevelInfo) {
			return
		}
		logger.LogAttrs(ctx, slog.LevelInfo, "request", attributes(r, e)...)
	}
}

func attributes(r *http.Request, e Event) []slog.Attr {
	c := correlation.From(r.Context())
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs,
		slog.String("method", clip(r.Method, maxMethodBytes)),
		slog.String("path", clip(r.URL.Path, maxPathBytes)),
		slog.Int("status", e.Status),
		slog.Int64("bytes", e.Bytes),
		slog.Float64("duration_ms", float64(e.Duration.Microseconds())/1000),
		slog.String("request_id", c.RequestID),
		slog.String("trace_id", c.Trace.Parent.TraceID()),
		slog.String("door", e.Door.String()),
		slog.String("client", client(r)),
		slog.String("user_agent", clip(r.UserAgent(), maxUserAgentBytes)),
	)
	if e.Route != "" {
		attrs = append(attrs, slog.String("route", e.Route))
	}
	if e.Operation != "" {
		attrs = append(attrs, slog.String("operation", clip(e.Operation, maxOperationBytes)))
	}
	if e.Code != "" {
		attrs = append(attrs, slog.String("code", e.Code))
	}
	if n := total(e.Errors); n > 0 {
		attrs = append(attrs, slog.Int("errors", n))
	}
	if e.Ended != "" {
		attrs = append(attrs, slog.String("ended", e.Ended))
	}
	if e.Aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	return attrs
}

// client is whom a request comes from, as far as proxies in front are believed.
func client(r *http.Request) string {
	if found, ok := forwarded.From(r.Context()); ok && found.Addr.IsValid() {
		return found.Addr.String()
	}
	return host(r.RemoteAddr)
}

// host leaves out the port, which says nothing a line needs.
func host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// clip cuts text to at most size bytes, between two characters.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size]
}

func total(errors map[problem.Kind]int) int {
	n := 0
	for _, count := range errors {
		n += count
	}
	return n
}

package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/problem"
)

// The bounds of what one panic writes into the log.
const (
	maxPanicBytes = 1 << 10
	maxStackBytes = 16 << 10
)

// Recover turns a panic into a problem where the answer has not begun, and else gives up the connection, so that nobody
// takes half an answer for a whole one. It belongs right inside Observe: without a Record it cannot tell, and gives up.
// http.ErrAbortHandler, the way to give up on purpose, passes through unsaid.
func Recover(logger *slog.Logger, metrics *Metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(http.ErrAbortHandler)
				}
				metrics.panics.Inc()
				logPanic(logger, r, cause)
				if !RecordFrom(r.Context()).answerable() {
					panic(http.ErrAbortHandler)
				}
				forgetBody(w.Header())
				refuse(w, r, problem.New(problem.Internal, ""))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// logPanic says where it happened and for which request. The request's header and body stay out: they hold secrets.
func logPanic(logger *slog.Logger, r *http.Request, cause any) {
	c := correlation.From(r.Context())
	logger.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("panic", clip(fmt.Sprint(cause), maxPanicBytes)),
		slog.String("method", clip(r.Method, maxMethodBytes)),
		slog.String("path", clip(r.URL.Path, maxPathBytes)),
		slog.String("request_id", c.RequestID),
		slog.String("trace_id", c.Trace.Parent.TraceID()),
		slog.String("stack", clip(string(debug.Stack()), maxStackBytes)),
	)
}

// forgetBody removes what was said about a body that will not come.
func forgetBody(header http.Header) {
	for _, field := range []string{"Content-Encoding", "Content-Language", "Content-Range", "Etag", "Last-Modified"} {
		header.Del(field)
	}
}

// refuse answers with a problem, and notes it in the request's record.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	RecordFrom(r.Context()).Fail(problem.KindOf(err))
	problem.Write(w, err)
}

package middleware

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/problem"
)

// The bounds of what a caller can write into a log line. What is longer is cut.
const (
	maxMethodBytes    = 16
	maxPathBytes      = 512
	maxOperationBytes = 128
	maxUserAgentBytes = 200
	maxClientBytes    = 64
)

// usualAttributes is how many members most lines have.
const usualAttributes = 32

// Lines says which lines requests get in the log.
type Lines struct {
	// Access writes a line for each request that failed, and for a share of the others.
	Access bool
	// Sample is that share, from 0 to 1.
	Sample float64
	// Slow is the time beyond which a request gets a line that says which services it waited for; 0 for none. Connections that
	// stay open to be told of events are not slow.
	Slow time.Duration
	// Pseudonyms stand for callers in lines.
	Pseudonyms *Pseudonyms
	// Names and Versions are the header fields by which clients say what they are; the first that says something counts.
	Names, Versions []string
}

// AccessLog writes lines for requests. The query string is left out: it carries variables, and with them whatever people search
// for. The caller's name is there as a pseudonym.
func AccessLog(logger *slog.Logger, lines Lines) Sink {
	room := sync.Pool{New: func() any { return new([usualAttributes]slog.Attr) }} // a logger keeps nothing of what it is given
	return func(r *http.Request, e *Event) {
		ctx := r.Context()
		slow := lines.Slow > 0 && e.Duration >= lines.Slow && e.Ended == ""
		told := slow && logger.Enabled(ctx, slog.LevelWarn)
		chosen := lines.Access && lines.chosen(e, slow) && logger.Enabled(ctx, slog.LevelInfo)
		if !told && !chosen {
			return
		}
		within, _ := room.Get().(*[usualAttributes]slog.Attr)
		defer room.Put(within)
		if told {
			named := *e
			named.Document = hashed(e)
			e = &named
			logger.LogAttrs(ctx, slog.LevelWarn, "slow request", append(lines.attributes(within[:0], r, e), waited(r))...)
		}
		if chosen {
			logger.LogAttrs(ctx, slog.LevelInfo, "request", lines.attributes(within[:0], r, e)...)
		}
	}
}

// chosen reports whether a request gets a line: all do that failed or were slow, and a share of the others.
func (l *Lines) chosen(e *Event, slow bool) bool {
	failed := e.Status >= http.StatusBadRequest || e.Code != "" || e.Aborted
	return failed || slow || l.Sample >= 1 || rand.Float64() < l.Sample //nolint:gosec // nobody gains by knowing which
}

func (l *Lines) attributes(attrs []slog.Attr, r *http.Request, e *Event) []slog.Attr {
	c := correlation.From(r.Context())
	attrs = append(attrs,
		slog.String("method", clip(r.Method, maxMethodBytes)),
		slog.String("path", clip(r.URL.Path, maxPathBytes)),
		slog.String("protocol", clip(r.Proto, maxMethodBytes)), // of an extended CONNECT it is whatever the client wrote
		slog.Int("status", e.Status),
		slog.Int64("bytes", e.Bytes),
		slog.Float64("duration_ms", milliseconds(e.Duration)),
		slog.String("request_id", c.RequestID),
		slog.String("trace_id", c.Trace.Parent.TraceID()),
		slog.String("door", e.Door.String()),
		slog.String("client", client(r)),
		slog.String("user_agent", clip(r.UserAgent(), maxUserAgentBytes)),
	)
	if r.TLS != nil {
		attrs = append(attrs, slog.String("tls", tls.VersionName(r.TLS.Version)))
	}
	attrs = l.ofCaller(attrs, r, e)
	attrs = ofOperation(attrs, e)
	attrs = ofServices(attrs, e.Made)
	return ofEnd(attrs, e)
}

// ofCaller is who a request is from.
func (l *Lines) ofCaller(attrs []slog.Attr, r *http.Request, e *Event) []slog.Attr {
	attrs = appendText(attrs, "client_name", clip(first(r.Header, l.Names), maxClientBytes))
	attrs = appendText(attrs, "client_version", clip(first(r.Header, l.Versions), maxClientBytes))
	if e.Caller != "" && l.Pseudonyms != nil {
		attrs = append(attrs, slog.String("principal", l.Pseudonyms.Of(e.Caller)))
	}
	return appendText(attrs, "auth", e.Method)
}

// ofOperation is what a request asked for, and what that cost.
func ofOperation(attrs []slog.Attr, e *Event) []slog.Attr {
	attrs = appendText(attrs, "route", e.Route)
	attrs = appendText(attrs, "operation", clip(e.Operation, maxOperationBytes))
	attrs = appendText(attrs, "kind", e.Kind)
	attrs = appendText(attrs, "document", e.Document)
	attrs = appendNumber(attrs, "cost_estimated", e.Estimated)
	attrs = appendNumber(attrs, "cost", e.Cost)
	return appendNumber(attrs, "bytes_read", e.Read)
}

// ofServices is what services did for a request.
func ofServices(attrs []slog.Attr, made footprint.Report) []slog.Attr {
	attrs = appendNumber(attrs, "calls", int64(made.Calls))
	attrs = appendNumber(attrs, "retries", int64(made.Retries))
	attrs = appendNumber(attrs, "calls_spared", int64(made.Known))
	if made.Waited > 0 {
		attrs = append(attrs, slog.Float64("services_ms", milliseconds(made.Waited)))
	}
	return attrs
}

// ofEnd is what became of a request.
func ofEnd(attrs []slog.Attr, e *Event) []slog.Attr {
	what := e.Cache
	if what == "" {
		what = e.Made.Cache
	}
	attrs = appendText(attrs, "cache", what)
	attrs = appendText(attrs, "code", e.Code)
	attrs = appendNumber(attrs, "errors", int64(total(e.Errors)))
	attrs = appendText(attrs, "limit", e.Limit)
	attrs = appendText(attrs, "ended", e.Ended)
	attrs = appendNumber(attrs, "events", e.Told)
	if e.Aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	return attrs
}

// hashed names a document also where its client has sent it and named none.
func hashed(e *Event) string {
	if e.Document != "" || e.Text == "" {
		return e.Document
	}
	sum := sha256.Sum256([]byte(e.Text))
	return hex.EncodeToString(sum[:])
}

// waited is which services a request waited for: no path, and no id.
func waited(r *http.Request) slog.Attr {
	record := RecordFrom(r.Context())
	if record == nil {
		return slog.Attr{}
	}
	services := record.made.Report(true).Services
	told := make([]any, len(services))
	for i, s := range services {
		told[i] = slog.Group(s.Name,
			slog.Int("calls", s.Calls), slog.Int("failed", s.Failed), slog.Int("retries", s.Retries),
			slog.Float64("longest_ms", milliseconds(s.Longest)), slog.Float64("total_ms", milliseconds(s.Total)))
	}
	return slog.Group("services", told...)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// appendText adds what is known: most of what a line can say, most requests have not.
func appendText(attrs []slog.Attr, name, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(name, value))
}

func appendNumber(attrs []slog.Attr, name string, value int64) []slog.Attr {
	if value == 0 {
		return attrs
	}
	return append(attrs, slog.Int64(name, value))
}

// Canonical are names of header fields as http.Header keeps them.
func Canonical(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = http.CanonicalHeaderKey(name)
	}
	return all
}

// first is what the first field says that says something. The names are spelled as http.Header keeps them.
func first(header http.Header, names []string) string {
	for _, name := range names {
		if values := header[name]; len(values) > 0 && values[0] != "" {
			return values[0]
		}
	}
	return ""
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

package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// NewLogger writes lines of the configured format and level to w, each with one Write. Count registers how many.
func NewLogger(cfg Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: level(cfg.Level)}
	lines := newLines(w)
	if cfg.Format == "text" {
		return slog.New(counting{slog.NewTextHandler(w, options), lines})
	}
	return slog.New(counting{slog.NewJSONHandler(w, options), lines})
}

// patience is how long the end of a program waits for whoever reads its log.
const patience = 2 * time.Second

// Open is NewLogger with the buffer that is configured, and what ends it: what waits is written then.
func Open(cfg Config, w io.Writer) (log *slog.Logger, end func()) {
	if cfg.Buffer == 0 {
		return NewLogger(cfg, w), func() {}
	}
	output := NewOutput(w, int(cfg.Buffer))
	return NewLogger(cfg, output), func() { output.Close(patience) }
}

// level is info for names that Validate refuses.
func level(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// Count lets a registry tell how many lines a logger of NewLogger has written, and how many were dropped. Of others it knows
// nothing.
func Count(log *slog.Logger, registerer prometheus.Registerer) {
	if c, ok := log.Handler().(counting); ok {
		registerer.MustRegister(c.lines)
	}
}

// lines are how many lines were written.
type lines struct {
	output         *Output // nil where lines are written at once
	debug, info    atomic.Int64
	warn, err      atomic.Int64
	written, drops *prometheus.Desc
}

var _ prometheus.Collector = (*lines)(nil)

func newLines(w io.Writer) *lines {
	output, _ := w.(*Output)
	return &lines{
		output: output,
		written: prometheus.NewDesc("concierge_log_lines_total", "Lines of the log, by their level, those included that were dropped.",
			[]string{"level"}, nil),
		drops: prometheus.NewDesc("concierge_log_lines_dropped_total",
			"Lines of the log that were dropped, since whoever reads it does not keep up or has gone.", nil, nil),
	}
}

func (l *lines) of(level slog.Level) *atomic.Int64 {
	switch {
	case level < slog.LevelInfo:
		return &l.debug
	case level < slog.LevelWarn:
		return &l.info
	case level < slog.LevelError:
		return &l.warn
	default:
		return &l.err
	}
}

// Describe implements prometheus.Collector.
func (l *lines) Describe(to chan<- *prometheus.Desc) {
	to <- l.written
	to <- l.drops
}

// Collect implements prometheus.Collector.
func (l *lines) Collect(to chan<- prometheus.Metric) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		to <- prometheus.MustNewConstMetric(l.written, prometheus.CounterValue, float64(l.of(level).Load()), levelName(level))
	}
	dropped := int64(0)
	if l.output != nil {
		dropped = l.output.Dropped()
	}
	to <- prometheus.MustNewConstMetric(l.drops, prometheus.CounterValue, float64(dropped))
}

func levelName(level slog.Level) string {
	return map[slog.Level]string{
		slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelWarn: "warn", slog.LevelError: "error",
	}[level]
}

// counting is a handler that counts.
type counting struct {
	slog.Handler

	lines *lines
}

// Handle implements slog.Handler.
func (c counting) Handle(ctx context.Context, r slog.Record) error {
	c.lines.of(r.Level).Add(1)
	return c.Handler.Handle(ctx, r) //nolint:wrapcheck // it is the handler's own
}

// WithAttrs implements slog.Handler.
func (c counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{c.Handler.WithAttrs(attrs), c.lines}
}

// WithGroup implements slog.Handler.
func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.Handler.WithGroup(name), c.lines}
}

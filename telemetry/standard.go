package telemetry

import (
	"context"
	"log/slog"
	"strings"
)

// Standard is a logger for what Go's own packages print by themselves, to be made the default one. They write at the debug level
// of another logger, and without what they quote: net/http prints the beginning of an answer that nobody asked for, which may be
// part of somebody's record.
func Standard(log *slog.Logger) *slog.Logger { return slog.New(standard{log.Handler()}) }

type standard struct{ next slog.Handler }

// Enabled reports whether the other logger writes debug lines.
func (s standard) Enabled(ctx context.Context, _ slog.Level) bool {
	return s.next.Enabled(ctx, slog.LevelDebug)
}

// Handle writes a line.
func (s standard) Handle(ctx context.Context, r slog.Record) error {
	text, _, _ := strings.Cut(r.Message, " starting with ")
	quiet := slog.NewRecord(r.Time, slog.LevelDebug, "printed by a package of Go's", r.PC)
	quiet.AddAttrs(slog.String("text", text))
	return s.next.Handle(ctx, quiet)
}

// WithAttrs is for slog.
func (s standard) WithAttrs(attrs []slog.Attr) slog.Handler { return standard{s.next.WithAttrs(attrs)} }

// WithGroup is for slog.
func (s standard) WithGroup(name string) slog.Handler { return standard{s.next.WithGroup(name)} }

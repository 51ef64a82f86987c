package acme

import (
	"context"
	"log/slog"
	"slices"

	"go.uber.org/zap/zapcore"
)

// core hands certmagic's lines on. Only fields that are known go along: no address of an account, no answer of the authority's,
// and nothing that a later version might add.
type core struct {
	log  *slog.Logger
	with []zapcore.Field
}

// shown are the fields that go along.
func shown() []string {
	return []string{
		"attempt", "ca", "challenge", "challenge_type", "error", "expiration", "identifier", "identifiers", "issuer", "new_expiration",
		"remaining", "renewal_time", "retrying_in", "server_name", "subject", "subjects",
	}
}

// ofStrangers are lines that anybody can bring about who connects. They are no errors.
func ofStrangers() []string {
	return []string{"tls-alpn challenge", "looking up info for HTTP challenge"}
}

// level is a line's. What certmagic tells in detail goes no further: it writes down what it sends and gets.
func level(message string, l zapcore.Level) slog.Level {
	switch {
	case slices.Contains(ofStrangers(), message):
		return slog.LevelDebug
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// Enabled is a zapcore.Core's.
func (c *core) Enabled(l zapcore.Level) bool { return l >= zapcore.InfoLevel }

// With is a zapcore.Core's.
func (c *core) With(fields []zapcore.Field) zapcore.Core { //nolint:ireturn // the interface has it so
	return &core{log: c.log, with: append(slices.Clone(c.with), fields...)}
}

// Check is a zapcore.Core's.
func (c *core) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

// Write is a zapcore.Core's.
func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	read := zapcore.NewMapObjectEncoder()
	for _, each := range slices.Concat(c.with, fields) {
		if slices.Contains(shown(), each.Key) {
			each.AddTo(read)
		}
	}
	attributes := make([]slog.Attr, 0, len(read.Fields))
	for _, key := range shown() {
		if value, ok := read.Fields[key]; ok {
			attributes = append(attributes, slog.Any(key, value))
		}
	}
	message := "acme: " + e.Message
	c.log.LogAttrs(context.Background(), level(e.Message, e.Level), message, attributes...) //nolint:sloglint // certmagic's
	return nil
}

// Sync is a zapcore.Core's.
func (c *core) Sync() error { return nil }

package audit

import (
	"context"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/correlation"
)

// maxBytes bounds what a caller can write into a line with one name. What is longer is cut.
const maxBytes = 100

// write writes a line for each denial.
func (l *Log) write(ctx context.Context, door string, k known) {
	if !l.lines.Enabled(ctx, slog.LevelInfo) {
		return
	}
	about := k.about(ctx, door)
	for _, d := range k.denials {
		l.lines.LogAttrs(ctx, slog.LevelInfo, "denied", append([]slog.Attr{
			slog.String("rule", clean(d.rule)),
			slog.String("reason", d.reason.label()),
			slog.Int("times", d.times),
		}, about...)...)
	}
	if k.more > 0 {
		l.lines.LogAttrs(ctx, slog.LevelInfo, "denied more", append([]slog.Attr{slog.Int("times", k.more)}, about...)...)
	}
}

// about is what all lines of a request say.
func (k *known) about(ctx context.Context, door string) []slog.Attr {
	about := []slog.Attr{
		slog.String("door", door),
		slog.String("caller", clean(k.who.ID)),
		slog.String("authentication", clean(k.who.Method)),
		slog.String("credential", clean(k.who.Credential)),
		slog.String("operation", clean(k.operation)),
		slog.String("request_id", correlation.From(ctx).RequestID),
	}
	if k.tool != "" {
		about = append(about, slog.String("tool", clean(k.tool)), slog.String("client_name", clean(k.client)))
	}
	return about
}

// clean cuts a text, and puts a question mark for whatever is not seen as it stands: control characters, those that turn the
// direction of writing, and bytes that are no character.
func clean(text string) string {
	return strings.Map(visible, clip(text))
}

func visible(c rune) rune {
	if c == utf8.RuneError || !unicode.IsPrint(c) {
		return '?'
	}
	return c
}

// clip cuts between two characters.
func clip(text string) string {
	if len(text) <= maxBytes {
		return text
	}
	size := maxBytes
	for size > maxBytes-utf8.UTFMax && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size]
}

package purge

import (
	"context"
	"log/slog"
)

// PurgeAsked makes purges that were asked for, and logs each. Further attributes say who asked.
func (l *Log) PurgeAsked(ctx context.Context, source Source, all []Asked, log *slog.Logger, who ...slog.Attr) {
	var tags []Tag
	for _, each := range all {
		tags = append(tags, each.Tags...)
		attrs := append([]slog.Attr{slog.String("by", string(source))}, who...)
		log.LogAttrs(ctx, slog.LevelInfo, "purged", append(attrs, each.attrs()...)...)
	}
	l.Purge(ctx, source, tags...)
}

// attrs are what was asked for.
func (n Named) attrs() (attrs []slog.Attr) {
	if n.All {
		attrs = append(attrs, slog.Bool("all", true))
	}
	for _, each := range []struct{ key, value string }{
		{"upstream", n.Upstream}, {"path", n.Path}, {"group", n.Group}, {"type", n.Type}, {"id", n.ID},
	} {
		if each.value != "" {
			attrs = append(attrs, slog.String(each.key, each.value))
		}
	}
	return attrs
}

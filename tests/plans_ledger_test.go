package tests

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/concierge-gateway/concierge/correlation"
)

// ledger keeps what a gateway logs of each request, until somebody takes it.
type ledger struct {
	mu       sync.Mutex
	requests map[string]*entries
}

// entries are the lines of one request. The last is the request's own.
type entries struct {
	lines []string
	ended chan struct{}
}

func newLedger() *ledger { return &ledger{requests: make(map[string]*entries)} }

func (l *ledger) of(id string) *entries {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.requests[id]
	if e == nil {
		e = &entries{ended: make(chan struct{})}
		l.requests[id] = e
	}
	return e
}

// take waits for the end of a request, and returns what was logged of it and is the same for the same request, sorted.
func (l *ledger) take(ctx context.Context, id string) ([]string, error) {
	e := l.of(id)
	select {
	case <-e.ended:
	case <-ctx.Done():
		return nil, fmt.Errorf("await the log of request %s: %w", id, ctx.Err())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.requests, id)
	slices.Sort(e.lines)
	return e.lines, nil
}

// Enabled leaves out what is for those who look for mistakes.
func (l *ledger) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle keeps a line that belongs to a request.
func (l *ledger) Handle(ctx context.Context, record slog.Record) error {
	id := correlation.From(ctx).RequestID
	if id == "" {
		return nil
	}
	e := l.of(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.lines = append(e.lines, toldBy(record))
	if record.Message == "request" {
		close(e.ended)
	}
	return nil
}

// toldBy is a line without times, and without what differs from gateway to gateway.
func toldBy(record slog.Record) string {
	text := strings.Builder{}
	text.WriteString(record.Level.String() + " " + record.Message)
	record.Attrs(func(each slog.Attr) bool {
		if slices.Contains([]string{"rule", "reason", "times", "errors", "status", "operation", "path", "aborted"}, each.Key) {
			fmt.Fprintf(&text, " %s=%v", each.Key, each.Value)
		}
		return true
	})
	return text.String()
}

// WithAttrs leaves out what is said of all lines.
func (l *ledger) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup knows no groups.
func (l *ledger) WithGroup(string) slog.Handler { return l }

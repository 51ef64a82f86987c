// Package audit answers who was denied what, and why.
//
// Every denial is counted by the rule that made it. What a request was denied is written to the log at its end: a line for each
// rule and reason. A line names the caller, the rule and the request. No value of a record can get into it, because nothing here
// takes one.
package audit

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/facts"
)

// Log counts denials and writes them down. It is safe for concurrent use.
type Log struct {
	denied *prometheus.CounterVec // by door, rule and reason
	lines  *slog.Logger
	rules  map[string]struct{} // those that metrics show
}

// New registers the counter of denials. Until Rules names some, metrics know no rule by its name.
func New(registerer prometheus.Registerer, log *slog.Logger) *Log {
	return &Log{denied: newDenied(registerer), lines: log}
}

// Rules says which rules metrics show by their names, such as "User.email @sensitive". The others are counted together, as
// "other". It is called before the first request.
func (l *Log) Rules(names []string) {
	l.rules = make(map[string]struct{}, len(names))
	for _, name := range names {
		l.rules[name] = struct{}{}
	}
}

// Begin opens the trail of a request, for From to find. The door is where the request came in. It labels a metric, so it must be
// one of few names that the program gives, as those of middleware.Door are.
func (l *Log) Begin(r *http.Request, door string) (*http.Request, *Trail) {
	trail := &Trail{log: l, door: door}
	return facts.Add(r, trailKey{}, trail), trail
}

type trailKey struct{}

// From is the trail of what ctx works for, or nil.
func From(ctx context.Context) *Trail {
	trail, _ := ctx.Value(trailKey{}).(*Trail)
	return trail
}

package persisted

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// usualInterval is the time between two looks at the files.
const usualInterval = time.Second

// patience keeps looks at many files from taking more than a hundredth of the time.
const patience = 100

// Library has the trusted documents that the files hold now. Files are looked at in intervals, as package watched does, and for
// its reasons; but all of them are one content, which is taken whole or not at all.
type Library struct {
	files   files
	prepare func(*Set) error
	metrics *libraryMetrics
	log     *slog.Logger

	current atomic.Pointer[Set]
	judged  []manifest.Document // what was found last, taken or not
	failure string              // what was logged last, until all is good again
}

// Open reads all sources at once. prepare is given each set before it is in force, and keeps it from that by an error: what is
// wrong with its documents. An error of a file is a *manifest.Mistake as far as it has a place.
func Open(
	sources []Source, prepare func(*Set) error, registry prometheus.Registerer, log *slog.Logger,
) (*Library, error) {
	l := &Library{files: files{sources: sources}, prepare: prepare, metrics: newLibraryMetrics(registry), log: log}
	documents, err := l.files.read(time.Now())
	if err == nil {
		err = l.take(documents)
	}
	if err != nil {
		return nil, err // says what is wrong with which file
	}
	l.metrics.good.Set(1)
	return l, nil
}

// Get is the set in force.
func (l *Library) Get() *Set { return l.current.Load() }

// Run looks at the files until ctx ends. Requests go by the set that was in force when they came.
func (l *Library) Run(ctx context.Context) {
	if len(l.files.sources) == 0 {
		return
	}
	wait := time.NewTimer(usualInterval)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
			began := time.Now()
			l.look(ctx, began)
			wait.Reset(max(usualInterval, patience*time.Since(began)))
		}
	}
}

// look takes what the files hold where that is another than before.
func (l *Library) look(ctx context.Context, now time.Time) {
	changed, err := l.files.changed()
	if err == nil && !changed {
		return
	}
	var documents []manifest.Document
	if err == nil {
		documents, err = l.files.read(now)
	}
	switch {
	case err != nil:
		l.report(ctx, err)
	case slices.Equal(documents, l.judged):
		l.restored(ctx)
	default:
		l.report(ctx, l.take(documents))
	}
}

// take puts documents in force, all of them or none.
func (l *Library) take(documents []manifest.Document) error {
	l.judged = documents
	set, err := NewSet(documents)
	if err == nil {
		err = l.prepare(set)
	}
	if err != nil {
		return err
	}
	l.current.Store(set)
	l.metrics.documents.Set(float64(set.Len()))
	return nil
}

// restored is for files that hold again, or still, what was judged last.
func (l *Library) restored(ctx context.Context) {
	if l.failure == "" || !slices.Equal(l.judged, l.Get().documents) {
		return
	}
	l.failure = ""
	l.metrics.good.Set(1)
	l.log.InfoContext(ctx, "the files of trusted documents are good again")
}

// report logs what became of a change, a failure once for as long as it stays the same.
func (l *Library) report(ctx context.Context, err error) {
	if err == nil {
		l.failure = ""
		l.metrics.good.Set(1)
		l.metrics.looks.WithLabelValues("taken").Inc()
		l.log.InfoContext(ctx, "took the new trusted documents", "documents", l.Get().Len())
		return
	}
	if errors.Is(err, errHalf) || err.Error() == l.failure {
		return // the next look finds it whole, or it is known
	}
	l.failure = err.Error()
	l.metrics.good.Set(0)
	l.metrics.looks.WithLabelValues("refused").Inc()
	l.log.ErrorContext(ctx, "new trusted documents are no good: those in force stay", "error", err)
}

// Package watched answers what a file holds now.
//
// A file is looked at in intervals. Notices of the kernel do not come from every file system, and name the link rather than its
// target where Kubernetes swaps the folder behind a ConfigMap; asking costs a few microseconds and is right everywhere.
package watched

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// usualInterval is the time between two looks where none is given.
const usualInterval = time.Second

// File is what a file holds, read anew when it changes. Get may be called by several goroutines; Run belongs to one.
type File[T any] struct {
	source  source
	parse   func([]byte) (T, error)
	every   time.Duration
	log     *slog.Logger
	observe func(Result)
	content atomic.Pointer[T]
	judged  [sha256.Size]byte // the hash of the content that was parsed last
	refused error             // what was wrong with it
	failure string            // what was logged last, until the file is good again
}

// Open reads a file at once, through symbolic links, and fails where it cannot be read or parsed. It is looked at again once per
// every, or each second where that is 0, as long as Run runs. What parse reports is logged, so it must not quote the file.
//
// Whoever changes the file should put another in its place (rename): one that is written in place may be read half written.
func Open[T any](
	path string, parse func([]byte) (T, error), every time.Duration, log *slog.Logger, options ...Option,
) (*File[T], error) {
	s := settingsOf(options)
	if every <= 0 {
		every = usualInterval
	}
	f := &File[T]{source: source{path: path, most: s.maxBytes}, parse: parse, every: every, log: log, observe: s.observe}
	result, err := f.look()
	f.observe(result)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// Get is the last good content. Nobody may change what it points to: it is everybody's.
func (f *File[T]) Get() T { return *f.content.Load() }

// Run looks at the file until ctx ends.
func (f *File[T]) Run(ctx context.Context) {
	ticks := time.NewTicker(f.every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			f.Look(ctx)
		}
	}
}

// Look looks at the file once, for those who look at several files together. It takes the place of Run.
func (f *File[T]) Look(ctx context.Context) {
	result, err := f.look()
	f.observe(result)
	f.report(ctx, result, err)
}

// look takes what the file holds where that is new. Where it is no good, the content stays what it was.
func (f *File[T]) look() (Result, error) {
	data, news, err := f.source.read(time.Now())
	if err != nil {
		return Unreadable, err
	}
	if news && f.differs(data) {
		return f.take(data)
	}
	if f.refused != nil {
		return Refused, f.refused
	}
	return Unchanged, nil
}

// differs tells whether content is another than the last, and remembers it.
func (f *File[T]) differs(data []byte) bool {
	last := f.judged
	f.judged = sha256.Sum256(data)
	return f.judged != last
}

func (f *File[T]) take(data []byte) (Result, error) {
	content, err := f.parse(data)
	f.refused = err
	if err != nil {
		return Refused, err
	}
	f.content.Store(&content)
	return Taken, nil
}

// report logs what changed, and a failure once for as long as it stays the same.
func (f *File[T]) report(ctx context.Context, result Result, err error) {
	switch {
	case err != nil && err.Error() != f.failure:
		f.failure = err.Error()
		f.log.ErrorContext(ctx, "a watched file is no good: its last good content stays", "file", f.source.path, "error", err)
	case err != nil:
	case result == Taken:
		f.failure = ""
		f.log.InfoContext(ctx, "took the new content of a watched file", "file", f.source.path)
	case f.failure != "":
		f.failure = ""
		f.log.InfoContext(ctx, "a watched file is good again", "file", f.source.path)
	}
}

package stored

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// written is a log.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// count is how often the log says something.
func (w *written) count(what string) int { return strings.Count(w.String(), what) }

var errGone = errors.New("gone")

// fake is a Redis by a clock that a test sets.
type fake struct {
	mu      sync.Mutex
	values  map[string]string
	latency time.Duration
	deaf    bool  // does not look at deadlines either, as rueidis does not while it dials
	err     error // of everything
	refused error // of writes
	reads   int
	batches []int
}

// change changes how it is.
func (f *fake) change(change func(f *fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) answer(ctx context.Context) error {
	f.mu.Lock()
	latency, deaf, err := f.latency, f.deaf, f.err
	f.mu.Unlock()
	if deaf {
		time.Sleep(latency)
		return err
	}
	select {
	case <-time.After(latency):
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fake) Connect(context.Context) error { return nil }

func (f *fake) Read(ctx context.Context, names []string, most int64) ([][]byte, error) {
	f.change(func(f *fake) { f.reads++ })
	if err := f.answer(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	answers := make([][]byte, len(names))
	for i, name := range names {
		value := f.values[name]
		answers[i] = []byte(value[:min(len(value), int(most))])
	}
	return answers, nil
}

func (f *fake) Write(ctx context.Context, writes []write) outcome {
	err := f.answer(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches = append(f.batches, len(writes))
	switch {
	case err != nil:
		return outcome{failed: len(writes), unanswered: err}
	case f.refused != nil:
		return outcome{failed: len(writes), refused: f.refused}
	}
	for _, w := range writes {
		f.values[w.name] = string(pack(w.data))
	}
	return outcome{written: len(writes)}
}

// bubble is a Second with a fake Redis, in a bubble of time.
type bubble struct {
	*Second
	*fake

	t        *testing.T
	registry *prometheus.Registry
	log      *written
	end      func()
}

// in runs a test in a bubble, with a Second that runs and a Redis that is well.
func in(t *testing.T, change func(*SecondConfig), test func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig().Redis
		change(&config)
		b := &bubble{
			t:        t,
			fake:     &fake{values: make(map[string]string), latency: time.Millisecond},
			registry: prometheus.NewRegistry(), log: &written{},
		}
		b.Second = newSecond(config, b.fake, "test:", NewMetrics(b.registry), slog.New(slog.NewTextHandler(b.log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { b.Run(ctx) })
		b.end = func() {
			cancel()
			running.Wait()
			b.Close()
		}
		time.Sleep(2 * config.Timeout)
		if !b.Reachable() {
			t.Fatal("it is not well")
		}
		test(b)
		b.end()
	})
}

func usual(*SecondConfig) {}

// took is how long something takes.
func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

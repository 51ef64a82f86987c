package tests

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that happens at once unless it never does. On a busy machine that takes long.
const patience = 2 * time.Minute

// lines keeps what is written, such as a log, for a test to read meanwhile.
type lines struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{} // closed by the next write, if somebody waits for one
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// forget lets go of what was written.
func (l *lines) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = bytes.Buffer{}
}

// await returns what was written once it is as it is wanted.
func (l *lines) await(t *testing.T, wanted func(text string) bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		text, more := l.next()
		if wanted(text) {
			return text
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("this is not what was awaited:\n%s", text)
		}
	}
}

// next is what was written, and a channel that is closed when there is more.
func (l *lines) next() (text string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.buf.String(), l.changed
}

package direct

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// incoming is the content of a request. Whoever still reads when the answer is over gets no more.
type incoming struct {
	w      *response
	ended  atomic.Bool
	mu     sync.Mutex
	closed bool
}

// over reports whether all of it was read.
func (i *incoming) over() bool { return i.ended.Load() }

// Read reads what has come, or waits for more.
func (i *incoming) Read(into []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return i.read(into)
}

func (i *incoming) read(into []byte) (int, error) {
	plain := i.w.connection.plain
	n, err := plain.Content(into)
	switch left := plain.Left(); {
	case left == 0:
		i.ended.Store(true)
		return n, io.EOF
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		i.w.life.end() // as net/http does, whatever the error is
	}
	return n, err //nolint:wrapcheck // a reader's error is compared
}

// Close reads the rest, which stands before the next request, and gives up where that does not come.
func (i *incoming) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil
	}
	i.closed = true
	if i.w.request.Close {
		return nil // nothing follows
	}
	return i.skip()
}

// skip reads the rest for whoever holds the lock.
func (i *incoming) skip() error {
	if i.over() {
		return nil
	}
	for rest := make([]byte, 512); !i.over(); {
		if _, err := i.read(rest); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// pass reads the rest before the answer begins, after which there is nothing to be read, and reports whether the next request can
// follow.
func (i *incoming) pass() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed {
		i.closed = i.skip() == nil
	}
	return i.over()
}

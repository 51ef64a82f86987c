package connection

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// body is that of an answer. When it has been read to its end, its connection is kept for the next exchange, at once. Otherwise
// the connection is closed: what is left of an answer may be long, and cost more than another connection does.
type body struct {
	text     io.ReadCloser
	exchange context.Context //nolint:containedctx // it says why reading failed
	conn     *conn
	stop     func() bool // ends the watch over the context
	keep     bool
	here     int64 // how long it is, where all of it came with the header; otherwise 0

	mu  sync.Mutex
	err error // that of every Read from now on
}

// AtHand is all of the body, where it came with the header, so that reading it waits for nobody. Nothing is left to be read then.
// It is asked before anything was read.
func (b *body) AtHand() (text []byte, ok bool) {
	if b.here == 0 {
		return nil, false
	}
	text = make([]byte, b.here)
	_, _ = io.ReadFull(b.conn.reader, text) // it has been read already
	_ = b.end(io.EOF)
	return text, true
}

// Read reads on. It must not be called twice at the same time, but Close may be called meanwhile.
func (b *body) Read(into []byte) (int, error) {
	if err := b.over(); err != nil {
		return 0, err
	}
	n, err := b.text.Read(into)
	if err != nil {
		err = b.end(err)
	}
	return n, err
}

func (b *body) over() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// end is reached by a Read that fails, or comes to the end.
func (b *body) end(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil { // it was closed meanwhile
		return b.err
	}
	b.err = err
	switch ended := b.exchange.Err(); {
	case err == io.EOF: //nolint:errorlint // that of a connection has been wrapped by none
		b.conn.leave(b.stop, b.keep)
	case ended != nil:
		b.err = context.Cause(b.exchange)
		fallthrough
	default:
		b.conn.leave(b.stop, false)
	}
	return b.err
}

// Close gives up what has not been read.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.conn.leave(b.stop, false)
	}
	b.err = http.ErrBodyReadAfterClose
	return nil
}

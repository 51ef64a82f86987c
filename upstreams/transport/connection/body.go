package connection

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// body is that of an answer. When it has been read to its end, its connection is kept for the next exchange, at once. Otherwise
// the connection is closed: what is left of an answer may be long, and cost more than another connection does.
type body struct {
	text     io.Reader
	exchange context.Context //nolint:containedctx // it says why reading failed
	conn     *conn
	stop     attempt.Stopper // ends the watch over the context
	keep     bool
	here     int64 // how long it is, where all of it came with the header; otherwise 0
	lends    bool  // whether what is here may stay where it is

	mu    sync.Mutex
	err   error         // that of every Read from now on
	whole attempt.Whole // what is made of it where it is at hand
	lent  lentReader    // that whole lies in
}

// lentReader is a reader in whose buffer an answer lies that has been read.
type lentReader struct {
	reader *bufio.Reader
	home   *Transport
}

// leastLent is how long an answer is at least that stays where it is, in bytes. A shorter one would hold a buffer of many times
// its length for as long as it is needed, which takes more memory than it saves where many requests wait for a slow service.
const leastLent = readBuffer / 8

// GiveBack implements lent.Memory.
func (l *lentReader) GiveBack() { l.home.takeBack(l.reader) }

// AtHand is all of the body, where it came with the header, so that reading it waits for nobody. Nothing is left to be read then,
// and no connection is held by it. It is asked before anything was read.
func (b *body) AtHand() (whole *attempt.Whole, ok bool) {
	if b.here == 0 {
		return nil, false
	}
	text, _ := b.conn.reader.Peek(int(b.here)) // it has been read already
	if !b.lends {
		text = bytes.Clone(text) // which clears no memory before, as make would
	}
	_, _ = b.conn.reader.Discard(len(text))
	reader, home := b.finish(), b.conn.home
	b.text, b.exchange, b.conn, b.stop = nil, nil, nil, nil
	switch {
	case reader != nil && b.lends:
		b.lent = lentReader{reader, home}
		b.whole.Lend(text, &b.lent)
	case reader != nil:
		home.takeBack(reader)
		fallthrough
	default: // a reader that is not given back is used by nobody else
		b.whole.Hold(text, true)
	}
	return &b.whole, true
}

// finish ends a body of which all is here. It returns the reader that has it, if nobody else can read from that any more.
func (b *body) finish() *bufio.Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil { // it was closed meanwhile
		return nil
	}
	b.err = io.EOF
	return b.conn.part(b.stop, b.keep)
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
	if err == io.EOF { //nolint:errorlint // that of a connection has been wrapped by none
		b.conn.leave(b.stop, b.keep)
		return err
	}
	if b.exchange.Err() != nil {
		b.err = context.Cause(b.exchange)
	}
	b.conn.leave(b.stop, false)
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

// rest is what has not been read of a body whose length is known.
type rest struct {
	conn *conn
	left int64
}

// atOnce is how much must be wanted, in bytes, for it to be read straight to where it is wanted: what fills the reader's buffer
// has to be copied, and what is less takes more reads.
const atOnce = 4 << 10

// Read reads on. It tells of the end with the last byte, as net/http does.
func (r *rest) Read(into []byte) (n int, err error) {
	into = into[:min(int64(len(into)), r.left)]
	if len(into) >= atOnce && r.conn.reader.Buffered() == 0 {
		n, err = r.conn.Read(into)
	} else {
		n, err = r.conn.reader.Read(into)
	}
	r.left -= int64(n)
	switch {
	case r.left == 0:
		return n, io.EOF
	case errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// Close does nothing: a body closes its connection.
func (*rest) Close() error { return nil }

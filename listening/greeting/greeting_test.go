package greeting_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/concierge-gateway/concierge/listening/greeting"
)

// queue is a listener of connections, and errors, that are put into it.
type queue struct {
	came   chan any
	closed chan struct{}
}

func (q *queue) Accept() (net.Conn, error) {
	select {
	case what := <-q.came:
		if err, failed := what.(error); failed {
			return nil, err
		}
		return what.(net.Conn), nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error   { close(q.closed); return nil }
func (q *queue) Addr() net.Addr { return &net.TCPAddr{} }

// client puts a connection into the queue, and returns its other end.
func (q *queue) client() net.Conn {
	here, there := net.Pipe()
	q.came <- there
	return here
}

// aByte reads a byte before a connection is accepted, and closes those that send an X.
func aByte(_ context.Context, raw net.Conn) net.Conn {
	var read [1]byte
	if _, err := io.ReadFull(raw, read[:]); err != nil || read[0] == 'X' {
		_ = raw.Close()
		return nil
	}
	return raw
}

func listen(t *testing.T) (*queue, net.Listener) {
	t.Helper()
	q := &queue{came: make(chan any), closed: make(chan struct{})}
	return q, greeting.Listen(q, aByte)
}

func TestAConnectionThatSaysNothingHoldsNobodyUp(t *testing.T) {
	q, l := listen(t)
	silent, refused, other := q.client(), q.client(), q.client()
	go refused.Write([]byte("X"))
	if _, err := refused.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("whoever is not taken reads %v, want the end", err)
	}
	go other.Write([]byte("a"))
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("whoever has said nothing reads %v at the end, want the end", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept says %v, want that it is closed", err)
	}
}

func TestAConnectionThatNobodyAcceptsIsClosedWithTheListener(t *testing.T) {
	q, l := listen(t)
	greeted := q.client()
	if _, err := greeted.Write([]byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := greeted.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("it reads %v, want the end", err)
	}
}

func TestAnErrorIsForWhoeverAcceptsAndNotTheEnd(t *testing.T) {
	q, l := listen(t)
	defer l.Close()
	passing := errors.New("too many open files")
	go func() { q.came <- passing }()
	if _, err := l.Accept(); !errors.Is(err, passing) {
		t.Errorf("Accept says %v, want %v", err, passing)
	}
	go func() { _, _ = q.client().Write([]byte("a")) }()
	if _, err := l.Accept(); err != nil {
		t.Errorf("afterwards it says %v", err)
	}
}

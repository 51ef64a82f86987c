//go:build unix

package connection

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// again uses a kept connection once more. It finds out whether the other side has neither closed it nor sent anything, has the
// next request sent, and waits for what comes back: in this order and in one go, because the poller's first attempt to read, of
// which nothing is expected, is the very look that is wanted. Apart, they would be two system calls.
type again struct {
	raw  syscall.RawConn
	step func(fd uintptr) (over bool) // next, made once

	// What follows is of one read.
	send func() bool // nil once it was called
	into []byte
	n    int
	err  error
}

// newAgain returns nil where a connection cannot be looked at.
func newAgain(c net.Conn) *again {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	a := &again{raw: raw}
	a.step = a.next
	return a
}

// read sends a request by send, and reads the first of what comes then. The error is errUnsent where send returns false, and
// errStale where the connection is not quiet. Then nothing was sent, and what there was to read is lost, so that the connection
// can only be closed.
func (a *again) read(into []byte, send func() bool) (int, error) {
	a.send, a.into, a.n, a.err = send, into, 0, nil
	err := a.raw.Read(a.step)
	a.send, a.into = nil, nil
	return a.n, cmp.Or(a.err, err)
}

// next is what the poller calls, at first and whenever there may be something to read. It never waits: Go's sockets do not block.
func (a *again) next(fd uintptr) (over bool) {
	n, err := syscall.Read(int(fd), a.into)
	nothing := errors.Is(err, syscall.EAGAIN)
	switch {
	case a.send != nil:
		a.err = a.start(nothing)
		return a.err != nil
	case nothing || errors.Is(err, syscall.EINTR):
		return false
	case err != nil:
		a.err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}
	case n == 0:
		a.err = io.EOF
	default:
		a.n = n
	}
	return true
}

// start sends the request, if the connection is quiet.
func (a *again) start(quiet bool) error {
	send := a.send
	a.send = nil
	switch {
	case !quiet:
		return errStale
	case !send():
		return errUnsent
	default:
		return nil
	}
}

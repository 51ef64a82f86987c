//go:build unix

package framing

import (
	"cmp"
	"errors"
	"io"
	"net"
	"syscall"
)

// socket is what lies below a connection. It waits for bytes without room for them, and looks for the end without reading.
type socket struct {
	tcp  *net.TCPConn
	raw  syscall.RawConn
	step func(fd uintptr) (over bool) // next, made once

	// What follows is of one read.
	into *held
	n    int
	err  error
}

// socketOf returns nil where there is none, or it cannot be looked at.
func socketOf(tcp *net.TCPConn) *socket {
	if tcp == nil {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{tcp: tcp, raw: raw}
	s.step = s.next
	return s
}

// read reads some bytes behind those that are held, which are still to be added.
func (s *socket) read(into *held) (int, error) {
	s.into, s.n, s.err = into, 0, nil
	err := s.raw.Read(s.step)
	s.into = nil
	return s.n, cmp.Or(s.err, err)
}

// next is what the poller calls, at first and whenever there may be something to read. It never waits: Go's sockets do not block.
func (s *socket) next(fd uintptr) (over bool) {
	n, err := syscall.Read(int(fd), s.into.room())
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Read(int(fd), s.into.room())
	}
	if n <= 0 && s.into.empty() {
		s.into.drop()
	}
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		s.err = err
	case n == 0:
		s.err = io.EOF
	default:
		s.n = n
	}
	return true
}

func (s *socket) gone() (yes bool) {
	err := s.raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
		nothing := errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		yes = err != nil && !nothing || err == nil && n == 0
	})
	return yes || err != nil
}

//go:build unix

package connection

import (
	"errors"
	"net"
	"syscall"
)

// quiet returns how to find out whether the other side of a connection has neither closed it nor sent anything, without waiting.
// Whatever there was to read is lost, which is why a connection that is not quiet can only be closed.
func quiet(c net.Conn) func() bool {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return func() bool { return true }
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return func() bool { return false }
	}
	var nothing bool
	var one [1]byte
	look := func(fd uintptr) bool {
		_, err := syscall.Read(int(fd), one[:]) // it never waits: Go's sockets do not block
		nothing = errors.Is(err, syscall.EAGAIN)
		return true
	}
	return func() bool { return raw.Read(look) == nil && nothing }
}

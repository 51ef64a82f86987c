//go:build !unix

package framing

import (
	"errors"
	"net"
)

// socket would be what lies below a connection. Where none can be looked at, net/http reads all.
type socket struct{ tcp *net.TCPConn }

func socketOf(*net.TCPConn) *socket { return nil }

func (*socket) read(*held) (int, error) { return 0, errors.ErrUnsupported }

func (*socket) gone() bool { return false }

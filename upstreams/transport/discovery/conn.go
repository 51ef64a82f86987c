package discovery

import (
	"context"
	"encoding/binary"
	"net"
	"time"
)

// dial connects to a DNS server. What is read from the connection is overheard, and it ends with ctx or when its try is over.
func (q question) dial(ctx context.Context, network, address string) (net.Conn, error) {
	end := time.Now().Add(q.config.tryTimeout())
	dialer := &net.Dialer{Deadline: end}
	raw, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, end: end, forget: context.AfterFunc(ctx, func() { _ = raw.Close() })}
	if datagrams, ok := raw.(net.PacketConn); ok {
		c.overhear = q.ttls.read
		return &packetConn{conn: c, packets: datagrams}, nil
	}
	c.overhear = (&stream{message: q.ttls.read}).read
	return c, nil
}

// conn is a connection to a DNS server.
type conn struct {
	net.Conn
	end      time.Time
	overhear func([]byte)
	forget   func() bool
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.overhear(p[:n])
	return n, err
}

// SetDeadline takes no deadline after the end of the try. Package net sets one on each connection.
func (c *conn) SetDeadline(t time.Time) error {
	if t.IsZero() || t.After(c.end) {
		t = c.end
	}
	return c.Conn.SetDeadline(t)
}

func (c *conn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// packetConn is a conn of datagrams. That it is a net.PacketConn is how package net knows.
type packetConn struct {
	*conn
	packets
}

var _ net.PacketConn = (*packetConn)(nil)

type packets interface {
	ReadFrom(p []byte) (int, net.Addr, error)
	WriteTo(p []byte, to net.Addr) (int, error)
}

// stream puts together the messages that come over TCP, however they are read: each has its length before it, as two bytes
// (RFC 1035, section 4.2.2).
type stream struct {
	message func([]byte)
	part    []byte
}

func (s *stream) read(p []byte) {
	s.part = append(s.part, p...)
	for len(s.part) >= 2 {
		end := 2 + int(binary.BigEndian.Uint16(s.part))
		if len(s.part) < end {
			return
		}
		s.message(s.part[2:end])
		s.part = s.part[end:]
	}
}

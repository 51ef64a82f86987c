package framing

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// ErrRefused says that what came on a connection may not be read. Whoever reads it then reads what stands in for it.
var ErrRefused = errors.New("the request can be read in more than one way")

// Plain is a guarded connection without TLS whose requests are read one by one, by somebody else than net/http. What he cannot
// answer he hands over, and then net/http reads on as if it had read from the beginning.
//
// Its methods are for one goroutine at a time, but for Gone and those of net.Conn.
type Plain struct {
	*conn
	socket *socket
	head   int  // how many bytes of what is held are the head that Next gave
	early  bool // what came first was read by whoever is around the socket, and is still to be had from there
}

// Head is a header section that was let through.
type Head struct {
	// Text is all of it, from the request line to the empty line. It holds until the next call.
	Text []byte
	// Length is how much content follows, in bytes.
	Length int64
	// Kind tells what is to be known of the request beside its content's length.
	Kind Kind
}

// Kind is what a request asks of whoever reads it.
type Kind uint8

// The kinds of requests. Only those of HTTP/1.1 are told apart.
const (
	Usual    Kind = iota // content of a known length, and HTTP/1.1 behind it
	Old                  // a request of HTTP/1.0
	Upgrades             // what follows may be another protocol
	Chunked              // content of which nobody knows how long it is
)

// AsPlain returns the connection as one to be read here, where it is guarded, has no TLS and is a socket.
func AsPlain(nc net.Conn) (p *Plain, ok bool) {
	c, ok := nc.(*conn)
	if !ok {
		return nil, false
	}
	tcp, early := tcpOf(c.Conn)
	socket := socketOf(tcp)
	if socket == nil {
		return nil, false
	}
	return &Plain{conn: c, socket: socket, early: early}, true
}

// Next waits for the next request's head: for its first byte until the deadline, and for the rest as the guard's settings have
// it. It returns ErrRefused where net/http is to read on. Take or HandOver is called next. While it waits, no memory is held.
func (p *Plain) Next(until time.Time) (Head, error) {
	c := p.conn
	if err := c.clock.change(until); err != nil {
		return Head{}, err
	}
	for {
		n, r := c.judge.step(c.held.all())
		switch {
		case r != none:
			c.refuse(r)
			return Head{}, ErrRefused
		case n > 0:
			c.clock.mind(false)
			p.head = n - p.skipEmptyLine()
			return p.headOf(c.held.all()[:p.head]), nil
		}
		c.clock.mind(!c.held.empty())
		if err := p.fill(); err != nil {
			return Head{}, err
		}
	}
}

// skipEmptyLine drops the line that may stand behind the content of a form, as judgeLine has it. It returns its length. net/http
// would not take it for that: it knows nothing of the form where this is the first request that it reads.
func (p *Plain) skipEmptyLine() int {
	const line = "\r\n"
	if !bytes.HasPrefix(p.held.all(), []byte(line)) {
		return 0
	}
	p.held.skip(len(line))
	return len(line)
}

func (p *Plain) headOf(text []byte) Head {
	h := &p.judge.passed
	head := Head{Text: text, Length: h.length}
	switch {
	case !h.http11:
		head.Kind = Old
	case h.upgrades:
		head.Kind = Upgrades
	case h.chunked:
		head.Kind = Chunked
	}
	return head
}

// fill reads some bytes more.
func (p *Plain) fill() error {
	c := p.conn
	for {
		if err := c.clock.begin(); err != nil {
			return err
		}
		n, err := p.some()
		again := c.clock.end(err)
		switch {
		case n > 0:
			c.held.added(n)
			return nil
		case !again:
			return err
		}
	}
}

// some reads past all that lies around the socket, but for what came early.
func (p *Plain) some() (int, error) {
	if !p.early {
		return p.socket.read(&p.held)
	}
	p.early = false
	return p.Conn.Read(p.held.room()) //nolint:wrapcheck // the end of a connection is compared
}

// Take goes on to the content of the request whose head Next gave.
func (p *Plain) Take() { p.held.skip(p.head) }

// Left is how much of the content of the request is still to be read, in bytes.
func (p *Plain) Left() int64 {
	if p.judge.state != inContent {
		return 0
	}
	return p.judge.left
}

// Content reads from the content of the request that was taken. It returns io.EOF behind the end.
func (p *Plain) Content(into []byte) (n int, err error) {
	c := p.conn
	into = into[:min(int64(len(into)), p.Left())]
	switch {
	case p.Left() == 0:
		return 0, io.EOF
	case len(into) == 0:
		return 0, nil
	case c.held.empty():
		n, err = c.read(into)
	default:
		n = c.held.take(into, min(len(into), len(c.held.all())))
	}
	if n > 0 {
		c.judge.content(into[:n])
	}
	return n, err
}

// HandOver leaves the connection to net/http, to be read from the head on that Next gave last, or from what stands in for what
// was refused.
func (p *Plain) HandOver() error {
	c := p.conn
	c.answered.Store(c.judge.asked)
	if !c.refused {
		c.answered.Add(-1)
		c.ready = p.head
		c.ready += c.let(c.held.all()[p.head:])
	}
	c.mind()
	return c.SetDeadline(time.Time{})
}

// Gone reports whether the other side has closed the connection, as far as that can be known without reading what comes before.
func (p *Plain) Gone() bool { return p.socket.gone() }

// WriteBoth writes two texts, as one where that is possible.
func (p *Plain) WriteBoth(first, second []byte) error {
	both := net.Buffers{first, second}
	for {
		if err := p.writing.begin(); err != nil {
			return err
		}
		_, err := both.WriteTo(p.socket.tcp)
		if again := p.writing.end(err); !again {
			return err //nolint:wrapcheck // it is looked at for timeouts
		}
	}
}

// tcpOf finds the socket below what was put around it, or gives nil. early tells that somebody on the way has read more than was
// meant for him, and still has it.
func tcpOf(c net.Conn) (tcp *net.TCPConn, early bool) {
	for {
		if reader, ok := c.(interface{ Buffered() int }); ok && reader.Buffered() > 0 {
			early = true
		}
		switch inner := c.(type) {
		case *net.TCPConn:
			return inner, early
		case interface{ NetConn() net.Conn }:
			c = inner.NetConn()
		default:
			return nil, early
		}
	}
}

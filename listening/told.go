package listening

import (
	"bufio"
	"errors"
	"fmt"
	"net"

	"github.com/pires/go-proxyproto"
)

// errNoAddress is a word that names the client by something that is no address of TCP.
var errNoAddress = errors.New("the client has no address of TCP")

// wordBuffer is how much is read of a connection at once while it is read what the balancer tells: most is shorter.
const wordBuffer = 256

// told reads what a balancer tells, and nothing behind it. What it tells beside addresses (TLVs) is skipped. A balancer that asks
// for itself, as a health check does, shows its own address.
func told(raw net.Conn) (net.Conn, telling, error) {
	reader := bufio.NewReaderSize(raw, wordBuffer)
	word, err := proxyproto.Read(reader)
	if err != nil {
		return nil, toldWrong, fmt.Errorf("read who the client is: %w", err)
	}
	conn := &proxied{Conn: raw, remote: raw.RemoteAddr(), early: reader}
	if word.Command.IsLocal() {
		return conn, toldNobody, nil
	}
	client, ok := word.SourceAddr.(*net.TCPAddr)
	if !ok {
		return nil, toldWrong, errNoAddress
	}
	conn.remote = client
	return conn, toldClient, nil
}

// proxied is a connection by a balancer that told of its client. Read is called by one goroutine at a time.
type proxied struct {
	net.Conn
	remote net.Addr
	early  *bufio.Reader // what came with the balancer's word, nil once it was read
}

// RemoteAddr is the client's address.
func (p *proxied) RemoteAddr() net.Addr { return p.remote }

// NetConn is the balancer's connection. Whoever reads from it where something is Buffered has read here first, into wordBuffer
// bytes at least: then nothing is left of what came early.
func (p *proxied) NetConn() net.Conn { return p.Conn }

// Buffered is how many bytes came with the balancer's word and were not read yet. It is not called at the same time as Read.
func (p *proxied) Buffered() int {
	if p.early == nil {
		return 0
	}
	return p.early.Buffered()
}

// Read gives what came with the balancer's word, and then what comes.
func (p *proxied) Read(into []byte) (int, error) {
	if p.early == nil {
		return p.Conn.Read(into) //nolint:wrapcheck // as if it were called there
	}
	if p.early.Buffered() == 0 {
		p.early = nil
		return p.Conn.Read(into) //nolint:wrapcheck // as if it were called there
	}
	return p.early.Read(into[:min(len(into), p.early.Buffered())])
}

// CloseWrite is how net/http says that no more is coming before it closes a connection whose client still sends.
func (p *proxied) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // as if it were called there
	}
	return errors.ErrUnsupported
}

package tests

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lane is a way to one endpoint, which breaks as networks and processes do. It speaks HTTP/1, one request of a connection after
// the other, as the gateway does.
type lane struct {
	t       *testing.T
	address string // where it begins
	to      string // where it leads

	connections, requests, bytes atomic.Int64 // that came in; bytes are those of answers

	mu       sync.Mutex
	manner   manner
	answers  int
	listener net.Listener // nil while it refuses
	open     map[*passage]struct{}
	running  sync.WaitGroup // what was begun by it
}

// manner is how a lane treats what passes. The zero manner hands everything on.
type manner struct {
	refuse   bool          // nobody listens, and connections are reset
	swallow  bool          // requests are read and never answered
	status   int           // answers with it by itself
	delay    time.Duration // passes before answers
	every    int           // only each so manieth answer is delayed, where it is not 0
	rate     int           // bytes of an answer in ten milliseconds, where it is not 0
	cut      int           // bytes of an answer after which its connection is reset, where it is not 0
	announce int           // bytes that Content-Length says too many, or too few where it is negative
	endless  bool          // the body does not end
	hangUp   bool          // the connection is closed after its answer, which did not say so
	stale    bool          // the connection is reset as the first byte of its second request comes
}

// openLane opens a lane to a URL of http, until the test ends. It begins at an address, any where that is empty.
func openLane(t *testing.T, address, to string) *lane {
	t.Helper()
	l := &lane{t: t, address: address, to: strings.TrimPrefix(to, "http://"), open: make(map[*passage]struct{})}
	if address == "" {
		l.address = "127.0.0.1:0"
	}
	l.turn(manner{})
	t.Cleanup(l.close)
	return l
}

func (l *lane) url() string { return "http://" + l.address }

// turn changes the manner, for what is under way too.
func (l *lane) turn(to manner) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.manner = to
	switch {
	case to.refuse:
		l.shut()
	case l.listener == nil:
		l.listen()
	}
}

// forget makes the connections that there are half-open: nothing passes them any more, in either direction, and no end either.
func (l *lane) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.open {
		p.forgotten.Store(true)
	}
}

// bury ends the connections that the lane has forgotten, as a process does that comes to its end at last.
func (l *lane) bury() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.open {
		if p.forgotten.Load() {
			p.reset()
		}
	}
}

// close ends the lane and returns when nothing of it runs.
func (l *lane) close() {
	l.mu.Lock()
	l.shut()
	l.mu.Unlock()
	l.running.Wait()
}

// shut closes the listener and resets all connections.
func (l *lane) shut() {
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	for p := range l.open {
		p.reset()
	}
}

// listen waits for a moment where the address is taken: the system lends free ports to connections.
func (l *lane) listen() {
	l.t.Helper()
	var err error
	waitFor(l.t, func() string { return fmt.Sprintf("no lane can begin at %s: %v", l.address, err) }, func() bool {
		l.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", l.address)
		return err == nil
	})
	l.address = l.listener.Addr().String()
	listener := l.listener
	l.running.Go(func() { l.accept(listener) })
}

func (l *lane) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		l.connections.Add(1)
		p := newPassage(l, conn)
		l.mu.Lock()
		if l.listener != listener {
			p.reset()
		} else {
			l.open[p] = struct{}{}
			l.running.Go(p.run)
		}
		l.mu.Unlock()
	}
}

func (l *lane) now() manner {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.manner
}

// next is the manner of the next answer.
func (l *lane) next() manner {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers++
	m := l.manner
	if m.every > 0 && l.answers%m.every != 0 {
		m.delay = 0
	}
	return m
}

// passage is one connection through a lane.
type passage struct {
	lane      *lane
	near      net.Conn // to whoever came
	far       net.Conn // to the endpoint, from the first request on
	answers   *bufio.Reader
	forgotten atomic.Bool

	ctx context.Context
	end context.CancelFunc
}

func newPassage(l *lane, near net.Conn) *passage {
	p := &passage{lane: l, near: near}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p
}

func (p *passage) run() {
	defer p.leave()
	requests := bufio.NewReader(p.near)
	coming := p.await(requests)
	for first := true; ; first = false {
		if err := <-coming; err != nil || p.lost() {
			return
		}
		if !first && p.lane.now().stale {
			p.reset()
			return
		}
		req, err := readRequest(requests)
		if err != nil {
			return
		}
		p.lane.requests.Add(1)
		coming = p.await(requests)
		if !p.serve(req) {
			return
		}
	}
}

// await tells when the next request begins. If the other side leaves instead, the passage ends.
func (p *passage) await(requests *bufio.Reader) <-chan error {
	coming := make(chan error, 1)
	p.lane.running.Go(func() {
		_, err := requests.Peek(1)
		if err != nil && !p.forgotten.Load() {
			p.end()
		}
		coming <- err
	})
	return coming
}

func readRequest(from *bufio.Reader) (*http.Request, error) {
	req, err := http.ReadRequest(from)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	return req, err
}

// serve reports whether another request may come.
func (p *passage) serve(req *http.Request) bool {
	if p.lane.now().swallow {
		<-p.ctx.Done()
		return false
	}
	res, body, err := p.exchange(req)
	m := p.lane.next()
	p.pause(m.delay)
	switch {
	case p.lost():
		return false
	case m.swallow:
		<-p.ctx.Done()
		return false
	case err != nil:
		p.reset()
		return false
	}
	return p.answer(m, res, body) && !m.hangUp
}

// exchange asks the endpoint.
func (p *passage) exchange(req *http.Request) (res *http.Response, body []byte, err error) {
	if status := p.lane.now().status; status != 0 {
		return &http.Response{StatusCode: status, Header: make(http.Header)}, []byte("{}"), nil
	}
	if p.far == nil {
		if p.far, err = new(net.Dialer).DialContext(p.ctx, "tcp", p.lane.to); err != nil {
			return nil, nil, err
		}
		context.AfterFunc(p.ctx, func() { p.far.Close() })
		p.answers = bufio.NewReader(p.far)
	}
	if err := req.Write(p.far); err != nil {
		return nil, nil, err
	}
	if res, err = http.ReadResponse(p.answers, req); err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res, body, err
}

// answer reports whether the connection is still in order.
func (p *passage) answer(m manner, res *http.Response, body []byte) bool {
	text := bytes.NewBuffer(nil)
	fmt.Fprintf(text, "HTTP/1.1 %d %s\r\n", res.StatusCode, http.StatusText(res.StatusCode))
	res.Header.Del("Content-Length")
	_ = res.Header.Write(text)
	if m.endless {
		fmt.Fprint(text, "Transfer-Encoding: chunked\r\n\r\n")
		return p.write(m, text.Bytes()) && p.goOn(m)
	}
	fmt.Fprintf(text, "Content-Length: %d\r\n\r\n", max(0, len(body)+m.announce))
	text.Write(body)
	if m.cut > 0 {
		p.write(m, text.Bytes()[:min(m.cut, text.Len())])
		p.reset()
		return false
	}
	return p.write(m, text.Bytes())
}

// goOn writes a body of blanks until nobody takes it.
func (p *passage) goOn(m manner) bool {
	chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", 4<<10, strings.Repeat(" ", 4<<10))
	for p.write(m, chunk) {
		continue
	}
	return false
}

func (p *passage) write(m manner, text []byte) bool {
	for len(text) > 0 && !p.lost() {
		part := text
		if m.rate > 0 {
			part = text[:min(m.rate, len(text))]
			p.pause(10 * time.Millisecond)
		}
		n, err := p.near.Write(part)
		p.lane.bytes.Add(int64(n))
		if err != nil {
			return false
		}
		text = text[n:]
	}
	return len(text) == 0
}

// lost reports whether the lane has forgotten the connection. If so, it stays as it is until the lane ends.
func (p *passage) lost() bool {
	if p.forgotten.Load() {
		<-p.ctx.Done()
		return true
	}
	return false
}

func (p *passage) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
	}
}

// reset ends the connection with RST, and lets nothing wait any longer.
func (p *passage) reset() {
	if conn, ok := p.near.(*net.TCPConn); ok {
		_ = conn.SetLinger(0)
	}
	p.near.Close()
	p.end()
}

func (p *passage) leave() {
	p.near.Close()
	p.end()
	p.lane.mu.Lock()
	defer p.lane.mu.Unlock()
	delete(p.lane.open, p)
}

package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// webSocket is the one protocol that a connection may change to. Others would carry requests past the gateway: h2c, above all.
const webSocket = "websocket"

// wantsWebSocket reports whether a request asks for a WebSocket (RFC 6455, section 4.1). HTTP/2 has no Upgrade.
func wantsWebSocket(r *http.Request) bool {
	return r.ProtoMajor == 1 && r.ProtoMinor >= 1 && r.Method == http.MethodGet && !hasBody(r) &&
		lists(r.Header["Connection"], "upgrade") && lists(r.Header["Upgrade"], webSocket)
}

// switchProtocol makes one connection of the client's and the service's, and returns when it has ended.
func (a *answer) switchProtocol() error {
	service, ok := a.res.Body.(io.ReadWriteCloser)
	if !ok || !a.wasAsked() {
		return problem.Wrap(problem.UpstreamError, errors.New("the service changed to a protocol that nobody asked for"), "")
	}
	client, buffered, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		return problem.Wrap(problem.Internal, fmt.Errorf("take over the connection: %w", err), "")
	}
	defer func() { _ = client.Close() }() // the tunnel has seen what went wrong
	a.begun = true
	if err := client.SetDeadline(time.Time{}); err != nil {
		return left(err)
	}
	if err := a.writeSwitch(buffered.Writer); err != nil {
		return left(err)
	}
	early := make([]byte, buffered.Reader.Buffered())
	_, _ = io.ReadFull(buffered.Reader, early) // as much is there
	t := &tunnel{client: client, service: service, early: early}
	t.run(a.r.Context())
	return nil
}

// wasAsked reports whether both the client and the gateway asked for what the service agrees to.
func (a *answer) wasAsked() bool {
	if sent := a.res.Request; sent != nil && !strings.EqualFold(sent.Header.Get("Upgrade"), webSocket) {
		return false
	}
	agreed := a.res.Header["Upgrade"]
	return wantsWebSocket(a.r) && len(agreed) == 1 && strings.EqualFold(agreed[0], webSocket)
}

// writeSwitch writes the answer's header. It has no body, and so says nothing of one.
func (a *answer) writeSwitch(to *bufio.Writer) error {
	a.res.ContentLength = 0
	a.copyHeader()
	header := a.w.Header()
	header.Del("Content-Length")
	header["Connection"], header["Upgrade"] = []string{"Upgrade"}, []string{webSocket}
	_, _ = to.WriteString("HTTP/1.1 101 Switching Protocols\r\n") // Flush knows what went wrong
	_ = header.Write(to)
	_, _ = to.WriteString("\r\n")
	return to.Flush()
}

// tunnelBytes is small: most connections are idle most of the time, and each keeps two buffers.
const tunnelBytes = 8 << 10

// linger is how long one side may go on speaking when the other has finished.
const linger = 5 * time.Second

// tunnel carries bytes both ways between a client and a service.
type tunnel struct {
	client  net.Conn
	service io.ReadWriteCloser
	early   []byte // came from the client before the service had agreed
	told    farewell
}

// run returns when both sides are closed and nothing is left of either way. That is when ctx ends at the latest, and soon after
// the client was told that the gateway leaves.
func (t *tunnel) run(ctx context.Context) {
	t.told.client = t.client
	defer context.AfterFunc(ctx, t.close)() // whoever writes to a side that reads nothing notices nothing else
	ways := make(chan bool, 2)
	go func() { ways <- t.toService() }()
	go func() { ways <- t.toClient() }()
	open := 2
	select {
	case more := <-ways:
		open--
		if more {
			open -= wait(ctx, ways, open)
		}
	case <-leavingOf(ctx):
		_ = t.client.SetWriteDeadline(time.Now().Add(linger)) // it may read nothing
		t.told.leave()                                        // the client answers, and the service closes: both ways end by themselves
		open -= wait(ctx, ways, open)
	case <-ctx.Done():
	}
	t.close()
	for range open {
		<-ways
	}
}

// close closes both sides. Nothing is left to say.
func (t *tunnel) close() { _, _ = t.client.Close(), t.service.Close() }

// wait waits for the ways that are open, for each as long as it may go on, and not when one says that the other may not. It
// reports how many have ended.
func wait(ctx context.Context, ways <-chan bool, open int) (ended int) {
	for ended < open {
		timer := time.NewTimer(linger)
		select {
		case more := <-ways:
			timer.Stop()
			ended++
			if !more {
				return ended
			}
		case <-timer.C:
			return ended
		case <-ctx.Done():
			timer.Stop()
			return ended
		}
	}
	return ended
}

// toService reports whether the service may go on. It may where the client has finished, and where the service takes no more: it
// may have said why.
func (t *tunnel) toService() bool {
	if len(t.early) > 0 { // to some, writing nothing is something
		if _, err := t.service.Write(t.early); err != nil {
			return true
		}
	}
	read, _ := transfer(t.service, t.client)
	if read != nil {
		return false
	}
	finish(t.service)
	return true
}

// toClient reports whether the client may go on, to which the service has said all.
func (t *tunnel) toClient() bool {
	read, write := transfer(&t.told, t.service)
	if read != nil || write != nil {
		return false
	}
	finish(t.client)
	return true
}

// finish tells a side that no more will come, if it can be told.
func finish(side io.Writer) {
	if half, ok := side.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // it is closed soon in any case
	}
}

// transfer copies until one side ends, and says what was wrong with which.
func transfer(to io.Writer, from io.Reader) (read, write error) {
	buffer := make([]byte, tunnelBytes)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, write = to.Write(buffer[:n]); write != nil {
				return nil, write
			}
		}
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return err, nil
		}
	}
}

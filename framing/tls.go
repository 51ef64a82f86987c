package framing

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// ListenTLS puts TLS and the guard before the connections of a listener. The handshake is made before net/http gets to see a
// connection: it looks for *tls.Conn where HTTP/2 was agreed on, which needs no guard, and behind any other type it takes HTTP/1
// for granted. Handshakes do not wait for each other, and each has handshakeTimeout; 0s means no limit. Close ends them and
// waits.
func (g *Guard) ListenTLS(inner net.Listener, config *tls.Config, handshakeTimeout time.Duration) net.Listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &tlsListener{
		Listener: inner, guard: g, config: config, timeout: handshakeTimeout,
		greeted: make(chan net.Conn), failed: make(chan error), closed: ctx.Done(), stop: stop,
	}
	l.work.Go(func() { l.acceptAll(ctx) })
	return l
}

type tlsListener struct {
	net.Listener
	guard   *Guard
	config  *tls.Config
	timeout time.Duration
	greeted chan net.Conn
	failed  chan error
	closed  <-chan struct{}
	stop    context.CancelFunc
	work    sync.WaitGroup
}

// secured is a guarded connection from which net/http can read what TLS agreed on.
type secured struct {
	*conn
	tls *tls.Conn
}

// ConnectionState is what net/http shows as a request's TLS.
func (s *secured) ConnectionState() tls.ConnectionState { return s.tls.ConnectionState() }

// Accept returns the next connection whose handshake is done.
func (l *tlsListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.greeted:
		return nc, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listener and the connections that nobody accepted.
func (l *tlsListener) Close() error {
	l.stop()
	err := l.Listener.Close()
	l.work.Wait()
	return err //nolint:wrapcheck // as if it were called there
}

// acceptAll goes on after errors, which Accept's caller judges: most of them pass.
func (l *tlsListener) acceptAll(ctx context.Context) {
	for ctx.Err() == nil {
		raw, err := l.Listener.Accept()
		if err == nil {
			l.work.Go(func() { l.greet(ctx, raw) })
			continue
		}
		select {
		case l.failed <- err:
		case <-ctx.Done():
		}
	}
}

// greet makes the handshake and hands the connection to Accept.
func (l *tlsListener) greet(ctx context.Context, raw net.Conn) {
	conn := tls.Server(raw, l.config)
	if err := l.handshake(ctx, raw, conn); err != nil {
		l.guard.log.DebugContext(ctx, "tls handshake", slog.String("remote", raw.RemoteAddr().String()), slog.Any("error", err))
		_ = raw.Close() // it is of no use to anybody
		return
	}
	var nc net.Conn = conn
	if conn.ConnectionState().NegotiatedProtocol != "h2" {
		guarded := l.guard.watch(conn)
		guarded.writing.eager = true // TLS writes by itself too, when it is read from
		nc = &secured{guarded, conn}
	}
	select {
	case l.greeted <- nc:
	case <-ctx.Done():
		_ = conn.Close() // nobody has read from it
	}
}

func (l *tlsListener) handshake(ctx context.Context, raw net.Conn, conn *tls.Conn) error {
	if l.timeout > 0 {
		if err := raw.SetDeadline(time.Now().Add(l.timeout)); err != nil {
			return err //nolint:wrapcheck // greet says what was being done
		}
	}
	err := conn.HandshakeContext(ctx)
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && record.Conn != nil && looksLikeHTTP(record.RecordHeader) {
		// The words and the version are net/http's. A client that is gone misses nothing.
		_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
	return errors.Join(err, raw.SetDeadline(time.Time{}))
}

// looksLikeHTTP tells the beginning of a request where that of a TLS record should be.
func looksLikeHTTP(header [5]byte) bool {
	return slices.Contains([]string{"GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO"}, string(header[:]))
}

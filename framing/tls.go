package framing

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/listening/greeting"
)

// ListenTLS puts TLS and the guard before the connections of a listener. The handshake is made before net/http gets to see a
// connection: it looks for *tls.Conn where HTTP/2 was agreed on, which needs no guard, and behind any other type it takes HTTP/1
// for granted. Handshakes do not wait for each other, and each has handshakeTimeout; 0s means no limit. Close ends them and
// waits. ended is told of each handshake how it ended, nil where it went well.
func (g *Guard) ListenTLS(
	inner net.Listener, config *tls.Config, handshakeTimeout time.Duration, ended func(error),
) net.Listener {
	s := &securing{guard: g, config: config, timeout: handshakeTimeout, ended: ended}
	return greeting.Listen(inner, s.greet)
}

// challenge is what an ACME authority speaks that looks who has a host: nothing (RFC 8737, section 3).
const challenge = "acme-tls/1"

// securing makes the handshakes of a listener.
type securing struct {
	guard   *Guard
	config  *tls.Config
	timeout time.Duration
	ended   func(error)
}

// secured is a guarded connection from which net/http can read what TLS agreed on.
type secured struct {
	*conn
	tls *tls.Conn
}

// ConnectionState is what net/http shows as a request's TLS.
func (s *secured) ConnectionState() tls.ConnectionState { return s.tls.ConnectionState() }

// greet makes the handshake, and puts the guard before what is HTTP/1.
func (s *securing) greet(ctx context.Context, raw net.Conn) net.Conn {
	conn := tls.Server(raw, s.config)
	err := s.handshake(ctx, raw, conn)
	s.ended(err)
	if err != nil {
		s.guard.log.DebugContext(ctx, "tls handshake", slog.String("remote", raw.RemoteAddr().String()), slog.Any("error", err))
		_ = raw.Close() // it is of no use to anybody
		return nil
	}
	switch conn.ConnectionState().NegotiatedProtocol {
	case challenge:
		_ = conn.Close() // the handshake was all that was wanted
		return nil
	case "h2":
		return conn
	default:
		guarded := s.guard.watch(conn)
		guarded.writing.eager = true // TLS writes by itself too, when it is read from
		return &secured{guarded, conn}
	}
}

func (s *securing) handshake(ctx context.Context, raw net.Conn, conn *tls.Conn) error {
	if s.timeout > 0 {
		if err := raw.SetDeadline(time.Now().Add(s.timeout)); err != nil {
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

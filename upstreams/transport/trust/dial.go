package trust

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// DialContext makes a connection, as a net.Dialer does.
type DialContext func(ctx context.Context, network, address string) (net.Conn, error)

// Over makes connections with TLS over those of dial. name is what the service's certificate must be for where the settings do
// not say, and protocols are offered in this order (ALPN). limit bounds the connection and the handshake together. A handshake
// that fails is an error of dialling: nothing of a request was sent.
func (t *Trust) Over(dial DialContext, name string, limit time.Duration, protocols ...string) DialContext {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		raw, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		settings := t.now().Clone()
		settings.NextProtos = protocols
		if settings.ServerName == "" {
			settings.ServerName = name
		}
		secured := tls.Client(raw, settings)
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = raw.Close() // nothing can be said over it
			return nil, &net.OpError{Op: "dial", Net: network, Addr: raw.RemoteAddr(), Err: err}
		}
		return secured, nil
	}
}

package listening

import (
	"strconv"

	"github.com/concierge-gateway/concierge/listening/overquic"
)

// Protocols are what is spoken on the public listener, beside HTTP/1.1 and TLS: server.http2 and what stands beside it.
type Protocols struct {
	// HTTP2 bounds what a connection of HTTP/2 may ask for.
	HTTP2 HTTP2 `yaml:"http2"`
	// HTTP3 is spoken where it is enabled, beside TLS.
	HTTP3 overquic.Config `yaml:"http3"`
	// ProxyProtocol says which balancers in front tell of the client before its first byte.
	ProxyProtocol ProxyProtocol `yaml:"proxy_protocol"`
}

// DefaultProtocols speak neither HTTP/3 nor the PROXY protocol.
func DefaultProtocols() Protocols {
	return Protocols{HTTP2: defaultHTTP2(), HTTP3: overquic.DefaultConfig(), ProxyProtocol: defaultProxyProtocol()}
}

// Validate reports settings that cannot be met, or that fit neither each other nor TLS.
func (p Protocols) Validate(tls bool, fail func(path, message string)) {
	p.HTTP2.validate(below("http2.", fail))
	p.HTTP3.Validate(tls, below("http3.", fail))
	p.ProxyProtocol.validate(below("proxy_protocol.", fail))
}

// below puts the beginning of a path before those that are reported.
func below(parent string, fail func(path, message string)) func(path, message string) {
	return func(path, message string) { fail(parent+path, message) }
}

// within reports a number that does not lie between two others.
func within(path string, n, least, most int, fail func(path, message string)) {
	if n < least || n > most {
		fail(path, "must lie between "+strconv.Itoa(least)+" and "+strconv.Itoa(most))
	}
}

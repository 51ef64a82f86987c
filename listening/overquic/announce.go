package overquic

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// Announce tells who asks over TLS that HTTP/3 is spoken at a port (Alt-Svc, RFC 7838). 0s tells clients to forget it.
func Announce(next http.Handler, socket net.Addr, c Config) http.Handler {
	port := c.Port
	if address, ok := socket.(*net.UDPAddr); ok && port == 0 {
		port = address.Port
	}
	said := []string{fmt.Sprintf(`h3=":%d"; ma=%d`, port, int(c.MaxAge/time.Second))}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 3 {
			w.Header()["Alt-Svc"] = said
		}
		next.ServeHTTP(w, r)
	})
}

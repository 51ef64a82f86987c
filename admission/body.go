package admission

import (
	"net/http"
	"time"
)

// linger is how long a connection is still read from after its request was turned away. The client of a connection that is closed
// while it sends may never see the answer; net/http grants half a second too, about the way around the planet.
const linger = 500 * time.Millisecond

// leaveBody keeps net/http from waiting for a body that nobody wants. By HTTP/1 it reads up to 256 KiB of it before it sends an
// answer, for as long as server.timeouts.body, unless the connection is to be closed. A client that comes back as late as
// Retry-After says can make a new one. By HTTP/2 only the stream is ended.
func leaveBody(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 1 || r.ContentLength == 0 {
		return
	}
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(linger)) // every connection of net/http has deadlines
}

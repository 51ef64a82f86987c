package proxy

import (
	"context"
	"net"
	"sync"
)

// LeavingKey is the key under which the context of a request has a channel (<-chan struct{}) that is closed when the gateway is
// about to leave. A client whose connection has become a WebSocket is told so then, between two frames of the service's.
type LeavingKey struct{}

func leavingOf(ctx context.Context) <-chan struct{} {
	leaving, _ := ctx.Value(LeavingKey{}).(<-chan struct{})
	return leaving // nil where nobody leaves
}

// farewell writes to a client what a service says, until the client is told that the gateway leaves. What the service says then
// is lost: nothing may follow the frame that closes.
type farewell struct {
	client net.Conn

	mu     sync.Mutex
	frames frames
	wanted bool
	said   bool
}

// Write implements io.Writer.
func (f *farewell) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.said {
		return len(p), nil
	}
	n := f.frames.follow(p, f.wanted)
	written, err := f.client.Write(p[:n])
	if err != nil {
		return written, err //nolint:wrapcheck // it stands for the client's
	}
	f.say()
	return len(p), nil
}

// leave tells the client as soon as no frame is under way.
func (f *farewell) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = true
	f.say()
}

// say tells the client if it is time for that. Where the service has closed, the client knows already. The lock is held.
func (f *farewell) say() {
	if !f.wanted || f.said || f.frames.closed || !f.frames.between() {
		return
	}
	f.said = true
	_, _ = f.client.Write(goingAway()) // whoever has gone need not be told
}

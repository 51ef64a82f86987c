package transportws

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// session is one connection.
type session struct {
	socket   *websocket.Conn
	handler  Handler
	settings Settings
	rate     rate

	ctx    context.Context //nolint:containedctx // of all that the connection has under way
	io     context.Context //nolint:containedctx // of reading and writing: its end breaks the connection off
	ended  chan closing    // has room for one: the first reason counts
	expire *time.Timer     // fires when the credential ends

	slots chan struct{} // has one for each operation that is in memory

	mu         sync.Mutex
	inits      int
	known      bool                          // who has connected
	operations map[string]context.CancelFunc // by the id that the client gave
	leaving    bool                          // nothing more is begun
	all        sync.WaitGroup                // operations, and looking up who has connected
}

// Serve speaks the protocol on a connection until it ends, for whatever reason. When draining is closed, operations that end by
// themselves may end, and then the client is told to go elsewhere; when ctx ends, so does everything. Nothing is left running.
func Serve(
	ctx context.Context, socket *websocket.Conn, handler Handler, settings Settings, draining <-chan struct{},
) subscriptions.Reason {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	io, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	defer breakOff()
	s := &session{
		socket: socket, handler: handler, settings: settings, rate: newRate(settings.MessageRate, time.Now()), ctx: ctx, io: io,
		ended: make(chan closing, 1), expire: stoppedTimer(), operations: make(map[string]context.CancelFunc),
		slots: make(chan struct{}, settings.Operations),
	}
	if socket.Subprotocol() != Subprotocol {
		_ = socket.Close(codeSubprotocol, "Subprotocol not acceptable")
		return subscriptions.Malformed
	}
	socket.SetReadLimit(settings.MaxMessage)
	var helpers sync.WaitGroup
	helpers.Go(s.read)
	helpers.Go(s.keepAlive)
	why := s.wait(draining)
	s.leave()
	cancel()
	s.all.Wait()
	if why.dropped() {
		_ = socket.CloseNow()
	} else {
		_ = socket.Close(why.code, why.text)
	}
	helpers.Wait()
	return why.reason
}

// wait waits for the end, and says why it has come.
func (s *session) wait(draining <-chan struct{}) closing {
	init, life := time.NewTimer(s.settings.InitTimeout), time.NewTimer(s.settings.Lifetime)
	defer init.Stop()
	defer life.Stop()
	defer s.expire.Stop()
	for {
		select {
		case why := <-s.ended:
			return why
		case <-s.ctx.Done():
			return closing{reason: subscriptions.Left}
		case <-init.C:
			if !s.initialised() {
				return closing{codeInitTimeout, "Connection initialisation timeout", subscriptions.Refused}
			}
		case <-s.expire.C:
			return expired()
		case <-life.C:
			return closing{codeGoingAway, "Connect again", subscriptions.Aged}
		case <-draining:
			s.leave()
			return s.drained()
		}
	}
}

func expired() closing {
	return closing{codeForbidden, "The credential has expired", subscriptions.Expired}
}

// drained waits until the operations that are under way have ended. Subscriptions end by themselves when it drains.
func (s *session) drained() closing {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.all.Wait()
	}()
	select {
	case <-done:
	case why := <-s.ended:
		return why
	case <-s.ctx.Done():
		return closing{reason: subscriptions.Drained}
	}
	return closing{codeGoingAway, "Connect again", subscriptions.Drained}
}

// end ends the connection. The first reason counts.
func (s *session) end(why closing) {
	select {
	case s.ended <- why:
	default:
	}
}

// leave lets nothing more begin.
func (s *session) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving = true
}

func (s *session) initialised() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// keepAlive pings the client. One that does not answer has gone, whether or not anybody noticed.
func (s *session) keepAlive() {
	tick := time.NewTicker(s.settings.KeepAlive)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(s.io, s.settings.KeepAlive)
		err := s.socket.Ping(ctx)
		cancel()
		if err != nil {
			s.end(closing{reason: subscriptions.Left})
			return
		}
	}
}

// refusal is how a connection is closed that was not let in.
func refusal(err error) closing {
	switch problem.KindOf(err) {
	case problem.SubscriptionLimit, problem.Unavailable, problem.Overloaded, problem.RateLimited, problem.CapacityReduced:
		return closing{codeTooManyAtAll, clipped(problem.From(err).Public()), subscriptions.Refused}
	default:
		return closing{codeForbidden, "Forbidden", subscriptions.Refused}
	}
}

// clipped is as much of a text as a close frame has room for.
func clipped(text string) string { return text[:min(len(text), closingReasonBounds)] }

// unread is what it means that a message could not be read.
func unread(err error) closing {
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return closing{websocket.StatusMessageTooBig, "The message is too large", subscriptions.Malformed}
	}
	return closing{reason: subscriptions.Left}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

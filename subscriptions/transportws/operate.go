package transportws

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/subscriptions"
)

// errLeft is of an operation whose client does not want it any more.
var errLeft = errors.New("the client has ended the operation")

// operate runs an operation and tells the client what comes of it.
func (s *session) operate(ctx context.Context, sent message) {
	id := sent.ID // what was asked for is not held while the operation lasts
	ending := s.handler.Operate(ctx, sent.Payload, func(result []byte) error {
		if ctx.Err() != nil {
			return errLeft
		}
		return s.write(message{Type: "next", ID: id, Payload: result})
	})
	switch {
	case ending.Expired:
		s.end(expired())
	case ending.Silent:
	case s.finish(ctx, id):
		s.send(last(id, ending))
	}
}

// last is the message that ends an operation.
func last(id string, ending Ending) message {
	if ending.Errors != nil {
		return message{Type: "error", ID: id, Payload: ending.Errors}
	}
	return message{Type: "complete", ID: id}
}

// finish gives an id back. It is false where the client has done so, and maybe uses it again.
func (s *session) finish(ctx context.Context, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	delete(s.operations, id)
	return true
}

// send is write where nothing is left to do if it fails.
func (s *session) send(m message) { _ = s.write(m) }

// write sends a message. A client that does not take it in time is cut off: it would keep everything waiting that is for it.
func (s *session) write(m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(s.io)
	defer cancel()
	patience := time.AfterFunc(s.settings.WriteTimeout, func() {
		s.end(closing{reason: subscriptions.Stuck}) // before the connection is cut off, which would be a reason of its own
		cancel()
	})
	defer patience.Stop()
	err = s.socket.Write(ctx, websocket.MessageText, text)
	if err != nil {
		s.end(closing{reason: subscriptions.Left})
	}
	return err
}

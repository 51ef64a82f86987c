package transportws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/subscriptions"
)

// broken is how a connection is closed whose client breaks a rule.
func broken(code websocket.StatusCode, text string) closing {
	return closing{code, text, subscriptions.Malformed}
}

// read takes messages until the connection ends.
func (s *session) read() {
	for s.ctx.Err() == nil {
		kind, text, err := s.socket.Read(s.io)
		switch {
		case err != nil:
			s.end(unread(err))
			return
		case !s.rate.take(time.Now()):
			s.end(broken(codePolicy, "There are too many messages"))
			return
		case kind != websocket.MessageText:
			s.end(broken(codeBadMessage, "A message is a text"))
			return
		}
		if why, over := s.take(text); over {
			s.end(why)
			return
		}
	}
}

// take does what a message says. over says that it breaks a rule, which ends the connection.
func (s *session) take(text []byte) (why closing, over bool) {
	sent, ok := parse(text)
	if !ok {
		return broken(codeBadMessage, "Invalid message received"), true
	}
	switch sent.Type {
	case "connection_init":
		return s.init(sent.Payload)
	case "ping":
		s.send(message{Type: "pong"}) // without the payload, which would be more to send than was said
		return closing{}, false
	case "pong":
		return closing{}, false
	case "subscribe":
		return s.subscribe(sent)
	default: // complete: parse knows no other
		s.cancel(sent.ID)
		return closing{}, false
	}
}

// parse reads a message. It is not ok where it is none of the protocol.
func parse(text []byte) (sent message, ok bool) {
	if err := json.Unmarshal(text, &sent); err != nil {
		return message{}, false
	}
	switch sent.Type {
	case "connection_init", "ping", "pong":
		return sent, isObject(sent.Payload) || isNothing(sent.Payload)
	case "subscribe":
		return sent, isID(sent.ID) && isObject(sent.Payload)
	case "complete":
		return sent, isID(sent.ID)
	default:
		return message{}, false
	}
}

func isID(text string) bool { return text != "" && len(text) <= maxIDBytes }

func isObject(text json.RawMessage) bool { return len(text) > 0 && text[0] == '{' } // json took off what stands before

func isNothing(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// init begins to find out who has connected.
func (s *session) init(payload json.RawMessage) (why closing, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inits++
	switch {
	case s.inits > 1:
		return broken(codeTooManyInits, "Too many initialisation requests"), true
	case s.leaving:
		return closing{}, false
	}
	s.all.Go(func() { s.identify(payload) })
	return closing{}, false
}

func (s *session) identify(payload json.RawMessage) {
	until, err := s.handler.Init(s.ctx, payload)
	if err != nil {
		s.end(refusal(err))
		return
	}
	s.mu.Lock()
	s.known = true
	s.mu.Unlock()
	if !until.IsZero() {
		s.expire.Reset(time.Until(until))
	}
	s.send(message{Type: "connection_ack"})
}

// subscribe begins an operation of any kind, once there is a place for it. A client that asks for much and reads nothing of what
// it is answered would otherwise fill the memory with what it asks for.
func (s *session) subscribe(sent message) (why closing, over bool) {
	select {
	case s.slots <- struct{}{}:
	case <-s.ctx.Done():
		return closing{}, false
	}
	begun, why := s.begin(sent)
	if !begun {
		<-s.slots
	}
	return why, !why.dropped()
}

// begin runs an operation in a place of its own. It is not begun where that breaks a rule, and where it is too late.
func (s *session) begin(sent message) (begun bool, why closing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.known:
		return false, broken(codeUnauthorized, "Unauthorized")
	case s.operations[sent.ID] != nil:
		return false, broken(codeDuplicate, "A subscriber with this id already exists")
	case s.leaving: // the client learns it when the connection is closed, which is soon
		return false, closing{}
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.operations[sent.ID] = cancel
	s.all.Go(func() {
		defer func() { <-s.slots }()
		defer cancel()
		s.operate(ctx, sent)
	})
	return true, closing{}
}

// cancel ends an operation because the client says so. It says so at any time, also when the operation has just ended.
func (s *session) cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.operations[id]; end != nil {
		end()
		delete(s.operations, id)
	}
}

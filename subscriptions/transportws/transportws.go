// Package transportws answers what goes over a WebSocket by the protocol graphql-transport-ws
// (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). It runs no operations: a Handler does.
package transportws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/subscriptions"
)

// Subprotocol is the name that both sides must agree on.
const Subprotocol = "graphql-transport-ws"

// The codes by which a connection is closed.
const (
	codeGoingAway       websocket.StatusCode = websocket.StatusGoingAway       // it lasted long enough: come again
	codePolicy          websocket.StatusCode = websocket.StatusPolicyViolation // too many messages
	codeBadMessage      websocket.StatusCode = 4400
	codeUnauthorized    websocket.StatusCode = 4401 // an operation before it is known who asks
	codeForbidden       websocket.StatusCode = 4403 // the credential is no good, or not any more
	codeSubprotocol     websocket.StatusCode = 4406
	codeInitTimeout     websocket.StatusCode = 4408
	codeDuplicate       websocket.StatusCode = 4409
	codeTooManyInits    websocket.StatusCode = 4429
	codeTooManyAtAll    websocket.StatusCode = 4503 // the limits on connections
	maxIDBytes                               = 128
	closingReasonBounds                      = 123 // what a close frame has room for
)

// Settings are what the protocol leaves to servers. They must be positive.
type Settings struct {
	// InitTimeout is how long a client may take to say who it is.
	InitTimeout time.Duration
	// KeepAlive is how often the client is pinged, and how long it may take to answer.
	KeepAlive time.Duration
	// WriteTimeout is how long a client may take to read one message.
	WriteTimeout time.Duration
	// Lifetime is how long the connection lasts.
	Lifetime time.Duration
	// MaxMessage is the size of the largest message, in bytes.
	MaxMessage int64
	// MessageRate is how many messages a second are taken, and as many at once.
	MessageRate int
	// Operations is how many operations are in memory at the same time, also those that the Handler has refused or ended, and whose
	// end the client has not been told yet. Where there are as many, nothing further is read until one has gone.
	Operations int
}

// Handler runs what a connection asks for. Its methods may be called by several goroutines.
type Handler interface {
	// Init finds out who has connected, by what the first message says. It is called once, before any other. until is when the
	// credential ends, zero where it does not. An error closes the connection.
	Init(ctx context.Context, payload json.RawMessage) (until time.Time, err error)
	// Operate runs an operation to its end, and hands its results to next. It ends early with ctx.
	Operate(ctx context.Context, payload json.RawMessage, next func(result []byte) error) Ending
}

// Ending is how an operation has ended.
type Ending struct {
	// Errors are the errors of a request that was refused, as a JSON array: the client is told so. Nil is the usual end.
	Errors json.RawMessage
	// Silent ends it without a word: the connection is about to be closed, and the client is to ask again elsewhere.
	Silent bool
	// Expired closes the connection: the credential is no good any more.
	Expired bool
}

// message is a message of the protocol.
type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// closing is why a connection is closed, and what the client is told of it.
type closing struct {
	code   websocket.StatusCode
	text   string // at most 123 bytes, and nothing that the client sent
	reason subscriptions.Reason
}

// dropped is a connection that nobody can be told of anything any more.
func (c closing) dropped() bool { return c.code == 0 }

// Package subscriptions answers how long somebody is told of something: how many connections and subscriptions there may be, and
// what ends them. What has happened is known to package events, and what is told of it is read by queries, one for each event, so
// that each is asked anew who may see what.
package subscriptions

// Transport is a way in which answers come one by one.
type Transport string

// The ways.
const (
	WebSocket   Transport = "websocket"
	EventStream Transport = "sse"
)

// Reason is why a subscription or a connection has ended, as metrics and the log name it.
type Reason string

// The reasons.
const (
	Left      Reason = "left"      // the client ended it, or has gone
	Stuck     Reason = "stuck"     // the client did not read what it was sent
	Slow      Reason = "slow"      // events came faster than they could be told
	Lost      Reason = "lost"      // events may have been missed
	Expired   Reason = "expired"   // the credential has ended or was revoked
	Denied    Reason = "denied"    // the record is none that the caller may see, or there is none any more
	Aged      Reason = "aged"      // it lasted as long as one may
	Drained   Reason = "drained"   // the gateway is shutting down
	Malformed Reason = "malformed" // the client broke the rules of the protocol
	Refused   Reason = "refused"   // the client was not let in
)

// Reasons lists all of them.
func Reasons() []Reason {
	return []Reason{Left, Stuck, Slow, Lost, Expired, Denied, Aged, Drained, Malformed, Refused}
}

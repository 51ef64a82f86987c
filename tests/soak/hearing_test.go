package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// hearing is a subscription while it lasts.
type hearing struct {
	way    string
	token  string // what it was begun with
	from   time.Time
	said   chan string   // the answers, each once
	closed chan struct{} // when it has ended
	why    error         // what ended it; nil is as it should be
	stop   context.CancelFunc
}

func (h *hearing) end() {
	h.stop()
	<-h.closed
}

var (
	errAgain = errors.New("told to connect again")
	errEnded = errors.New("told that the credential is no good")
	errLost  = errors.New("told that events may have been missed")
)

type listener func(ctx context.Context, order int64, h *hearing) error

// subscribe begins a subscription, and returns when an instance has it.
func (b *buyer) subscribe(ctx context.Context, listen listener, order int64) (*hearing, error) {
	opening.Lock()
	defer opening.Unlock()
	before := b.begun()
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	h := &hearing{token: b.issuer.token(b.as), from: time.Now(), said: make(chan string, 16), closed: make(chan struct{}), stop: stop}
	go func() {
		defer close(h.closed)
		h.why = listen(inner, order, h)
	}()
	for deadline := time.Now().Add(patience); ; {
		select {
		case <-h.closed:
			b.closed(h, order)
			return nil, errAgain
		case <-time.After(20 * time.Millisecond):
		}
		for i, n := range b.begun() {
			if n > before[i] {
				return h, nil
			}
			before[i] = min(before[i], n) // another process
		}
		if time.Now().After(deadline) {
			h.end()
			b.failf("subscription by "+h.way, "order %d: it never begins", order)
			return nil, errAgain
		}
	}
}

// begun is how many subscriptions each instance has begun.
func (b *buyer) begun() []float64 {
	all := make([]float64, len(b.instances))
	for i, each := range b.instances {
		_, page, err := b.look(each, "/metrics")
		if err == nil {
			all[i] = sumOf(page, "concierge_subscriptions{") + sumOf(page, "concierge_subscriptions_ended_total")
		}
	}
	return all
}

// expect waits for one answer, with a status. It is false where the subscription has ended.
func (b *buyer) expect(h *hearing, order int64, status string) bool {
	kind := "event by " + h.way
	want := fmt.Sprintf(`{"data":{"orderStatusChanged":{"id":"%d","status":%q}}}`, order, status)
	since := time.Now()
	select {
	case said := <-h.said:
		if said != want {
			b.failf(kind, "%s, not %s", said, want)
			return false
		}
		b.good(kind)
		return true
	case <-h.closed:
		b.closed(h, order)
		return false
	case <-time.After(patience / 2):
		b.failf(kind, "order %d became %s at %s, and nobody was told in %v", order, status, since.UTC().Format("15:04:05.000"), time.Since(since))
		return false
	}
}

// closed puts down why a subscription has ended.
func (b *buyer) closed(h *hearing, order int64) {
	kind := "subscription by " + h.way
	switch now := time.Now(); {
	case errors.Is(h.why, errAgain) && b.during(told, h.from, now):
		b.explain(kind, told)
	case errors.Is(h.why, errEnded) && h.token != b.issuer.token(b.as):
		b.explain(kind, withdrawn)
	case errors.Is(h.why, errLost) && b.during(changed, h.from, now):
		b.explain(kind, changed)
	case errors.Is(h.why, errLost) && b.during(redisAway, h.from, now):
		b.explain(kind, redisAway)
	case b.during(killed, h.from, now):
		b.explain(kind, killed)
	default:
		b.failf(kind, "of order %d ended with %v", order, h.why)
	}
}

func subscription(order int64) map[string]any {
	return map[string]any{"query": fmt.Sprintf("subscription Soak_told { orderStatusChanged(orderId: %d) { id status } }", order)}
}

// heard takes an answer, or the reason for which there are no more.
func (h *hearing) heard(payload []byte) error {
	if bytes.Contains(payload, []byte(`"SUBSCRIPTION_LOST"`)) {
		return errLost
	}
	if bytes.Contains(payload, []byte(`"UNAUTHENTICATED"`)) {
		return errEnded
	}
	h.said <- string(payload)
	return nil
}

// overSSE listens to server-sent events.
func (b *buyer) overSSE(ctx context.Context, order int64, h *hearing) error {
	h.way = "SSE"
	req, err := b.made(ctx, request{
		as: b.as, method: http.MethodPost, path: "/graphql", body: subscription(order), header: map[string]string{"Accept": "text/event-stream"},
	})
	if err != nil {
		return err
	}
	res, err := b.clients.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("the answer is %d %s", res.StatusCode, text)
	}
	in := bufio.NewScanner(res.Body)
	event := ""
	for in.Scan() {
		switch line := in.Text(); {
		case strings.HasPrefix(line, "event: "):
			event = line[len("event: "):]
		case line == "":
			event = ""
		case event == "next" && strings.HasPrefix(line, "data: "):
			if err := h.heard([]byte(line[len("data: "):])); err != nil {
				return err
			}
		case event == "complete":
			return errors.New("it is complete")
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case in.Err() != nil:
		return in.Err()
	}
	return errAgain
}

// overWebSocket listens to a WebSocket.
func (b *buyer) overWebSocket(ctx context.Context, order int64, h *hearing) error {
	h.way = "WebSocket"
	conn, _, err := websocket.Dial(ctx, "ws://"+b.public+"/graphql", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + b.issuer.token(b.as)}}, Subprotocols: []string{"graphql-transport-ws"},
	})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	if err := b.open(ctx, conn, order); err != nil {
		return again(err)
	}
	for {
		_, text, err := conn.Read(ctx)
		if err == nil {
			err = h.message(text)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return again(err)
		}
	}
}

// open asks for the subscription.
func (b *buyer) open(ctx context.Context, conn *websocket.Conn, order int64) error {
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		return err
	}
	if _, text, err := conn.Read(ctx); err != nil || !bytes.Contains(text, []byte("connection_ack")) {
		return fmt.Errorf("%w, having said %s", err, text)
	}
	text, err := json.Marshal(map[string]any{"id": "1", "type": "subscribe", "payload": subscription(order)})
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, text)
}

// message takes what comes over a WebSocket.
func (h *hearing) message(text []byte) error {
	var message struct {
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(text, &message); err != nil {
		return err
	}
	if message.Type != "next" && message.Type != "error" {
		return fmt.Errorf("it says %s", text)
	}
	return h.heard(message.Payload)
}

// forbidden is how a WebSocket is closed whose credential is no good any more.
const forbidden = 4403

// again says of an error whether it asks to connect again.
func again(err error) error {
	code := websocket.CloseStatus(err)
	if code == websocket.StatusGoingAway {
		return errAgain
	}
	if code == forbidden {
		return errEnded
	}
	return err
}

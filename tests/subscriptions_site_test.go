package tests

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const eventsSecret = "the secret by which services sign what they tell of events"

// telling is a configuration in which the services' events come by signed messages.
func tellingEvents(yaml string) string {
	return with(yaml, "events", `webhook: {path: /events, senders: [{name: services, secrets: ["`+eventsSecret+
		`"], upstreams: [order, payment]}]}`)
}

// happens lets a service tell of an event, and returns when subscriptions have been told.
func (p *program) happens(t *testing.T, kind string, id, order int) {
	t.Helper()
	p.happensAs(t, fmt.Sprintf(`{"type": "%s.status_changed", "id": %d, "order_id": %d, "at": "2026-01-02T15:04:05Z"}`, kind, id, order))
}

var eventNumber atomic.Int64 // each event has a name of its own

func (p *program) happensAs(t *testing.T, body string) {
	t.Helper()
	if got := send(t, p.happening(t, body)); got.status != http.StatusNoContent {
		t.Fatalf("the event was answered with %d: %s", got.status, got.body)
	}
}

// happening is a service's message, signed.
func (p *program) happening(t *testing.T, body string) *http.Request {
	t.Helper()
	id := "event-" + strconv.FormatInt(eventNumber.Add(1), 10)
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(eventsSecret))
	mac.Write([]byte(id + "." + at + "." + body))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.public+"/events", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return req
}

// socket is a client of graphql-transport-ws that sends and reads messages as they are.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a WebSocket with header fields, and says nothing yet.
func (p *program) dial(t *testing.T, header http.Header) *socket {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), p.public+"/graphql",
		&websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatalf("no WebSocket: %v, %v", err, response)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{t, conn}
}

// connect opens a WebSocket in a principal's name.
func (p *program) connect(t *testing.T, principal string) *socket {
	t.Helper()
	s := p.dial(t, nil)
	s.say(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + p.token(t, principal) + `"}}`)
	s.want(`{"type":"connection_ack"}`)
	return s
}

func (s *socket) say(text string) {
	s.t.Helper()
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatalf("say %s: %v", text, err)
	}
}

// subscribe asks for an operation.
func (s *socket) subscribe(id, query string) {
	s.t.Helper()
	payload, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": query}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.say(string(payload))
}

// hear is the next message, without the ids of requests.
func (s *socket) hear() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	if err != nil {
		s.t.Fatalf("hear: %v", err)
	}
	return nameless(string(text))
}

func (s *socket) want(want string) {
	s.t.Helper()
	if got := s.hear(); got != want {
		s.t.Fatalf("heard %s\nwant  %s", got, want)
	}
}

// wantClosed reads until the connection is closed.
func (s *socket) wantClosed(code websocket.StatusCode) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		_, _, err := s.conn.Read(ctx)
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			s.t.Fatalf("closed with %v (%v), want %v", got, err, code)
		}
		return
	}
}

// nameless is an answer without the ids of requests.
func nameless(text string) string {
	for {
		before, after, found := strings.Cut(text, `,"requestId":"`)
		if !found {
			return text
		}
		_, after, _ = strings.Cut(after, `"`)
		text = before + after
	}
}

// stream is a response of server-sent events.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

// listen subscribes by server-sent events.
func (p *program) listen(t *testing.T, op operation) *stream {
	t.Helper()
	req := p.request(t, op)
	req.Header.Set("Accept", "text/event-stream")
	ctx, cancel := context.WithCancel(t.Context())
	response, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream; charset=utf-8" {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%d %s: %s", response.StatusCode, kind, body)
	}
	s := &stream{t, bufio.NewScanner(response.Body), func() { cancel(); _ = response.Body.Close() }}
	t.Cleanup(s.close)
	return s
}

// next is the next event, "event data", and empty where the stream has ended.
func (s *stream) next() string {
	s.t.Helper()
	var event, data string
	for s.lines.Scan() {
		switch name, value, _ := strings.Cut(s.lines.Text(), ":"); {
		case name == "event":
			event = strings.TrimSpace(value)
		case name == "data":
			data += strings.TrimSpace(value)
		case s.lines.Text() == "" && event != "":
			return strings.TrimSpace(event + " " + nameless(data))
		}
	}
	if err := s.lines.Err(); err != nil && !errors.Is(err, context.Canceled) {
		s.t.Logf("the stream has ended: %v", err)
	}
	return ""
}

func (s *stream) want(want string) {
	s.t.Helper()
	if got := s.next(); got != want {
		s.t.Fatalf("heard %q\nwant  %q", got, want)
	}
}

// gauge is a metric's value on the admin listener.
func (p *program) reads(t *testing.T, metric string) string {
	t.Helper()
	for line := range strings.Lines(string(get(t, p.admin+"/metrics").body)) {
		if value, ok := strings.CutPrefix(line, metric+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

package transportws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/subscriptions"
	"github.com/concierge-gateway/concierge/subscriptions/transportws"
)

// handler does what the payload of an operation says.
type handler struct {
	until time.Time
	began *atomic.Int32 // operations, where they are counted
}

func (h handler) Init(_ context.Context, payload json.RawMessage) (time.Time, error) {
	switch string(payload) {
	case `{"who":"nobody"}`:
		return time.Time{}, problem.New(problem.Unauthenticated, "")
	case `{"who":"many"}`:
		return time.Time{}, problem.New(problem.SubscriptionLimit, "")
	}
	return h.until, nil
}

func (h handler) Operate(ctx context.Context, payload json.RawMessage, next func([]byte) error) transportws.Ending {
	if h.began != nil {
		h.began.Add(1)
	}
	switch string(payload) {
	case `{"query":"wait"}`:
		if err := next([]byte(`{"data":1}`)); err != nil {
			return transportws.Ending{Silent: true}
		}
		<-ctx.Done()
		return transportws.Ending{Silent: true}
	case `{"query":"bad"}`:
		return transportws.Ending{Errors: json.RawMessage(`[{"message":"bad"}]`)}
	case `{"query":"expired"}`:
		return transportws.Ending{Expired: true}
	case `{"query":"flood"}`:
		payload := []byte(`"` + strings.Repeat("x", 1<<16) + `"`)
		for {
			if err := next(payload); err != nil {
				return transportws.Ending{Silent: true}
			}
		}
	}
	_ = next([]byte(`{"data":null}`))
	return transportws.Ending{}
}

var settings = transportws.Settings{
	InitTimeout: time.Minute, KeepAlive: time.Minute, WriteTimeout: time.Minute, Lifetime: time.Hour, MaxMessage: 2000, MessageRate: 20,
	Operations: 20,
}

// serving speaks the protocol for the test, with settings. ended has the reasons of its connections.
func serving(t *testing.T, h handler, s transportws.Settings, draining <-chan struct{}) (url string, ended <-chan subscriptions.Reason) {
	t.Helper()
	reasons := make(chan subscriptions.Reason, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{transportws.Subprotocol}})
		if err == nil {
			reasons <- transportws.Serve(r.Context(), conn, h, s, draining)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, reasons
}

func dial(t *testing.T, url string, protocols ...string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: protocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// heard reads messages until the connection is closed, and says by which code.
func heard(t *testing.T, conn *websocket.Conn) (messages []string, code websocket.StatusCode) {
	t.Helper()
	for {
		_, text, err := conn.Read(t.Context())
		if err != nil {
			return messages, websocket.CloseStatus(err)
		}
		messages = append(messages, string(text))
	}
}

const (
	begin = `{"type":"connection_init"}`
	ack   = `{"type":"connection_ack"}`
)

// await reads the answer to what begins a connection, so that what follows is known to come after it.
func await(t *testing.T, conn *websocket.Conn, want string) {
	t.Helper()
	_, text, err := conn.Read(t.Context())
	if err != nil || string(text) != want {
		t.Fatalf("got %s and %v, want %s", text, err, want)
	}
}

func TestWhoeverBreaksTheRulesIsDisconnected(t *testing.T) {
	t.Parallel()
	url, ended := serving(t, handler{}, settings, nil)
	for name, c := range map[string]struct {
		known bool // whether the connection was begun
		says  []string
		code  websocket.StatusCode
	}{
		"no JSON":                    {false, []string{`{`}, 4400},
		"another value":              {false, []string{`[]`}, 4400},
		"no type":                    {false, []string{`{}`}, 4400},
		"a type of the old protocol": {false, []string{`{"type":"start","id":"1","payload":{}}`}, 4400},
		"a payload that is none":     {false, []string{`{"type":"connection_init","payload":"x"}`}, 4400},
		"no credential":              {false, []string{`{"type":"connection_init","payload":{"who":"nobody"}}`}, 4403},
		"too many connections":       {false, []string{`{"type":"connection_init","payload":{"who":"many"}}`}, 4503},
		"an operation too early":     {false, []string{`{"type":"subscribe","id":"1","payload":{"query":""}}`}, 4401},
		"a beginning twice":          {true, []string{begin}, 4429},
		"no id":                      {true, []string{`{"type":"subscribe","payload":{"query":""}}`}, 4400},
		"an id that is too long":     {true, []string{`{"type":"complete","id":"` + strings.Repeat("x", 129) + `"}`}, 4400},
		"no operation":               {true, []string{`{"type":"subscribe","id":"1"}`}, 4400},
		"an id twice": {true, []string{
			`{"type":"subscribe","id":"1","payload":{"query":"wait"}}`, `{"type":"subscribe","id":"1","payload":{"query":"wait"}}`,
		}, 4409},
		"an end that came meanwhile": {true, []string{`{"type":"subscribe","id":"1","payload":{"query":"expired"}}`}, 4403},
		"a message that is too large": {
			true, []string{`{"type":"ping","payload":{"x":"` + strings.Repeat("x", 2000) + `"}}`}, websocket.StatusMessageTooBig,
		},
		"too many messages": {true, repeated(`{"type":"pong"}`, 100), websocket.StatusPolicyViolation},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, url, transportws.Subprotocol)
			if c.known {
				say(t, conn, begin)
				await(t, conn, ack)
			}
			say(t, conn, c.says...)
			if _, code := heard(t, conn); code != c.code {
				t.Errorf("closed with %v, want %v", code, c.code)
			}
			if reason := <-ended; reason == subscriptions.Left {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

func repeated(text string, times int) []string {
	all := make([]string, times)
	for i := range all {
		all[i] = text
	}
	return all
}

// say sends messages. The connection may be closed while it does.
func say(t *testing.T, conn *websocket.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			return
		}
	}
}

func TestOnlyOneSubprotocolIsSpoken(t *testing.T) {
	t.Parallel()
	url, ended := serving(t, handler{}, settings, nil)
	for _, protocols := range [][]string{nil, {"graphql-ws"}} {
		if _, code := heard(t, dial(t, url, protocols...)); code != 4406 {
			t.Errorf("%v: closed with %v", protocols, code)
		}
		<-ended
	}
	conn := dial(t, url, transportws.Subprotocol)
	if err := conn.Write(t.Context(), websocket.MessageBinary, []byte(begin)); err != nil {
		t.Fatal(err)
	}
	if _, code := heard(t, conn); code != 4400 {
		t.Errorf("bytes: closed with %v", code)
	}
	<-ended
}

func TestOperationsAreAnswered(t *testing.T) {
	t.Parallel()
	url, _ := serving(t, handler{}, settings, nil)
	conn := dial(t, url, transportws.Subprotocol)
	for _, c := range []struct {
		says string
		want []string
	}{
		{begin, []string{ack}},
		{`{"type":"ping","payload":{"x":1}}`, []string{`{"type":"pong"}`}},
		{`{"type":"subscribe","id":"1","payload":{"query":"{me}"}}`, []string{
			`{"type":"next","id":"1","payload":{"data":null}}`, `{"type":"complete","id":"1"}`,
		}},
		{`{"type":"subscribe","id":"1","payload":{"query":"bad"}}`, []string{`{"type":"error","id":"1","payload":[{"message":"bad"}]}`}},
		{`{"type":"subscribe","id":"1","payload":{"query":"wait"}}`, []string{`{"type":"next","id":"1","payload":{"data":1}}`}},
		{`{"type":"complete","id":"1"}`, nil},
		{`{"type":"complete","id":"unknown"}`, nil},
		{`{"type":"subscribe","id":"1","payload":{"query":"wait"}}`, []string{`{"type":"next","id":"1","payload":{"data":1}}`}},
	} {
		say(t, conn, c.says)
		for _, want := range c.want {
			await(t, conn, want)
		}
	}
}

func TestAConnectionEndsInTime(t *testing.T) {
	t.Parallel()
	soon := 50 * time.Millisecond
	drained := make(chan struct{})
	close(drained)
	for name, c := range map[string]struct {
		h        handler
		change   func(*transportws.Settings)
		draining <-chan struct{}
		says     string
		code     websocket.StatusCode
		reason   subscriptions.Reason
	}{
		"nobody says who it is": {
			handler{}, func(s *transportws.Settings) { s.InitTimeout = soon }, nil, "", 4408, subscriptions.Refused,
		},
		"the credential ends": {handler{until: time.Now().Add(soon)}, nil, nil, begin, 4403, subscriptions.Expired},
		"it has lasted long": {
			handler{}, func(s *transportws.Settings) { s.Lifetime = soon }, nil, begin, websocket.StatusGoingAway, subscriptions.Aged,
		},
		"the gateway drains": {handler{}, nil, drained, "", websocket.StatusGoingAway, subscriptions.Drained},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings
			if c.change != nil {
				c.change(&s)
			}
			url, ended := serving(t, c.h, s, c.draining)
			conn := dial(t, url, transportws.Subprotocol)
			if c.says != "" {
				say(t, conn, c.says)
			}
			if _, code := heard(t, conn); code != c.code {
				t.Errorf("closed with %v, want %v", code, c.code)
			}
			if reason := <-ended; reason != c.reason {
				t.Errorf("the reason is %q, want %q", reason, c.reason)
			}
		})
	}
}

// Whoever reads nothing fills what the kernel holds, and then holds up one message for as long as the settings say.
func TestWhoeverReadsNothingIsCutOff(t *testing.T) {
	t.Parallel()
	s := settings
	s.WriteTimeout = 100 * time.Millisecond
	url, ended := serving(t, handler{}, s, nil)
	conn := dial(t, url, transportws.Subprotocol)
	say(t, conn, begin)
	await(t, conn, ack)
	say(t, conn, `{"type":"subscribe","id":"1","payload":{"query":"flood"}}`)
	if reason := <-ended; reason != subscriptions.Stuck {
		t.Errorf("the reason is %q", reason)
	}
}

// Whoever reads nothing of what it is answered cannot fill the memory with what it asks for.
func TestOperationsThatNobodyHearsOfAreBounded(t *testing.T) {
	t.Parallel()
	s := settings
	s.Operations, s.MessageRate = 5, 1000
	began := new(atomic.Int32)
	url, ended := serving(t, handler{began: began}, s, nil)
	conn := dial(t, url, transportws.Subprotocol)
	say(t, conn, begin)
	await(t, conn, ack)
	say(t, conn, `{"type":"subscribe","id":"flood","payload":{"query":"flood"}}`)
	for i := range 200 {
		say(t, conn, `{"type":"subscribe","id":"`+strconv.Itoa(i)+`","payload":{"query":"flood"}}`)
	}
	for range 1000 {
		runtime.Gosched()
	}
	if n := began.Load(); n > 5 {
		t.Errorf("%d operations are under way, want 5 at most", n)
	}
	_ = conn.CloseNow()
	<-ended
}

func TestPingsAreAnsweredAtARate(t *testing.T) {
	answered := 0
	takes := transportws.Pings(20)
	for range 1000 {
		if takes(t.Context(), nil) {
			answered++
		}
	}
	if answered < 20 || answered > 500 {
		t.Errorf("%d of 1000 pings at once are answered", answered)
	}
}

func TestADrainLetsOperationsEnd(t *testing.T) {
	t.Parallel()
	draining := make(chan struct{})
	url, ended := serving(t, handler{}, settings, draining)
	conn := dial(t, url, transportws.Subprotocol)
	say(t, conn, begin)
	await(t, conn, ack)
	close(draining)
	messages, code := heard(t, conn)
	if len(messages) > 0 || code != websocket.StatusGoingAway || <-ended != subscriptions.Drained {
		t.Errorf("heard %v, and closed with %v", messages, code)
	}
}

func TestAClientThatLeavesEndsWhatItAskedFor(t *testing.T) {
	t.Parallel()
	url, ended := serving(t, handler{}, settings, nil)
	conn := dial(t, url, transportws.Subprotocol)
	say(t, conn, begin)
	await(t, conn, ack)
	say(t, conn, `{"type":"subscribe","id":"1","payload":{"query":"wait"}}`)
	await(t, conn, `{"type":"next","id":"1","payload":{"data":1}}`)
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.Is(err, context.Canceled) {
		t.Log(err)
	}
	if reason := <-ended; reason != subscriptions.Left {
		t.Errorf("the reason is %q", reason)
	}
}

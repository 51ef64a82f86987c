package demo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/signed"
)

// stream is a feed that is followed.
type stream struct {
	lines *bufio.Scanner
	end   func()
}

// follow opens a feed at an endpoint, after the event of an id.
func follow(t *testing.T, url, last string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("the answer is %d %s", res.StatusCode, kind)
	}
	s := &stream{lines: bufio.NewScanner(res.Body), end: func() { cancel(); _ = res.Body.Close() }}
	t.Cleanup(s.end)
	return s
}

// next is the next message: its id, its name, and what it says without when.
func (s *stream) next(t *testing.T) (id, name, data string) {
	t.Helper()
	for s.lines.Scan() {
		field, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			data = withoutTime(t, value)
		case "":
			return id, name, data
		}
	}
	t.Fatalf("the stream ended: %v", s.lines.Err())
	return "", "", ""
}

func withoutTime(t *testing.T, text string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		t.Fatal(err)
	}
	delete(members, "at")
	rest, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(rest)
}

// writes pays order 7, gives the money back, and cancels order 1: each changes an order, and its payment.
func writes(t *testing.T, services *demo.Services) {
	t.Helper()
	if got := ask(t, services, "POST", "/payments", `{"order_id": 7, "method": "card"}`); got.status != 201 {
		t.Fatal(got.body)
	}
	ask(t, services, "POST", "/payments/4994/refund", "")
	ask(t, services, "PATCH", "/orders/1", `{"status": "cancelled"}`)
	ask(t, services, "POST", "/orders", `{"user_id": 2, "items": [{"product_id": 1, "quantity": 1}]}`)
	ask(t, services, "POST", "/payments", `{"order_id": 5001, "method": "card"}`)
}

func TestFeedsSayWhatHappens(t *testing.T) {
	services := start(t, demo.Options{Record: true})
	want := map[string][]string{
		demo.Order: {
			`order.status_changed {"id":7,"type":"order.status_changed","user_id":7}`,
			`order.status_changed {"id":7,"type":"order.status_changed","user_id":7}`,
			`order.status_changed {"id":1,"type":"order.status_changed","user_id":1}`,
			`order.created {"id":5001,"type":"order.created","user_id":2}`,
			`order.status_changed {"id":5001,"type":"order.status_changed","user_id":2}`,
		},
		demo.Payment: {
			`payment.status_changed {"id":4994,"order_id":7,"type":"payment.status_changed"}`,
			`payment.status_changed {"id":4994,"order_id":7,"type":"payment.status_changed"}`,
			`payment.status_changed {"id":5000,"order_id":1,"type":"payment.status_changed"}`,
			`payment.created {"id":5001,"order_id":5001,"type":"payment.created"}`,
		},
	}
	feeds, began := make(map[string]*stream), make(map[string]string)
	for service := range want {
		feeds[service] = follow(t, services.URLs(service)[0], "")
		began[service], _, _ = feeds[service].next(t)
	}
	writes(t, services)
	for service, lines := range want {
		again := follow(t, services.URLs(service)[1], began[service])
		for i, line := range lines {
			id, name, data := feeds[service].next(t)
			if name+" "+data != line {
				t.Errorf("event %d of the %s service is %s %s, want %s", i, service, name, data, line)
			}
			if other, _, _ := again.next(t); other != id {
				t.Errorf("another endpoint calls event %d of the %s service %s, and not %s", i, service, other, id)
			}
		}
		lost := follow(t, services.URLs(service)[0], "another-1")
		if _, name, _ := lost.next(t); name != "reset" {
			t.Errorf("after an event that it does not know, the %s service says %s", service, name)
		}
	}
	for _, call := range services.Calls() {
		if call.Path == "/events" {
			t.Error("a feed is counted as a call")
		}
	}
}

func TestAServiceEndsWithItsFeeds(t *testing.T) {
	services := start(t, demo.Options{})
	feed := follow(t, services.URLs(demo.Order)[0], "")
	feed.next(t)
	services.Stop(demo.Order, 0)
	if feed.lines.Scan() {
		t.Errorf("it goes on with %q", feed.lines.Text())
	}
}

func TestWebhooksAreSignedAndSentAgain(t *testing.T) {
	services := start(t, demo.Options{})
	const key = "a secret of the sample services"
	senders, err := signed.New(signed.Config{Senders: []signed.Sender{{Name: "demo", Secrets: []secret.Text{key}}}})
	if err != nil {
		t.Fatal(err)
	}
	refused, got := false, make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		message, err := senders.Read(w, r)
		if err != nil {
			t.Errorf("a message is not read: %v", err)
		}
		if !refused {
			refused = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		got <- message.ID + " " + string(message.Body)
	}))
	defer hook.Close()
	defer http.DefaultClient.CloseIdleConnections()
	feed := follow(t, services.URLs(demo.Order)[0], "")
	feed.next(t)
	services.SendWebhooks(hook.URL, key)
	ask(t, services, "POST", "/orders", `{"user_id": 2, "items": [{"product_id": 1, "quantity": 1}]}`)
	id, _, data := feed.next(t)
	told, text, _ := strings.Cut(<-got, " ")
	if diff := cmp.Diff([]string{id, data}, []string{told, withoutTime(t, text)}); diff != "" {
		t.Errorf("the feed -, the message +:\n%s", diff)
	}
}

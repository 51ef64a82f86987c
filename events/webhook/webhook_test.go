package webhook_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/events/webhook"
	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/signed"
)

const key = secret.Text("a secret of the service of orders")

// tell sends a message that is signed, and is what it was answered with, and what a subscription to order 7 was told.
func tell(t *testing.T, body string, change func(r *http.Request)) (status int, told []string) {
	t.Helper()
	hub := events.New(events.DefaultConfig(), nil, nil, prometheus.NewRegistry())
	s := hub.Subscribe(events.Topic{Kind: "order", ID: 7})
	config := signed.Config{Path: "/events", Senders: []signed.Sender{{Name: "shop", Secrets: []secret.Text{key}, Upstreams: []string{"order"}}}}
	sources := []webhook.Source{{Service: "order", Kinds: []string{"order", "user"}}, {Service: "payment", Kinds: []string{"payment", "order"}}}
	h, err := webhook.New(config, sources, hub, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time, it is known
		r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if err := signed.Sign(r.Header, key, "msg_1", time.Now(), []byte(body)); err != nil {
			t.Fatal(err)
		}
		change(r)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		status = answer.Code
	}
	s.Close()
	for e := range s.C() {
		told = append(told, e.Service+" "+e.ID+" "+e.Type)
	}
	return status, told
}

func TestASenderTellsOfEventsOfItsServicesOnceEach(t *testing.T) {
	const at = `, "at": "2026-01-02T15:04:05Z"}`
	as := func(*http.Request) {}
	for name, c := range map[string]struct {
		body   string
		change func(r *http.Request)
		status int
		told   []string
	}{
		"an event":                {`{"type": "order.created", "id": 7, "user_id": 2` + at, as, 204, []string{"order msg_1 order.created"}},
		"of another record":       {`{"type": "order.created", "id": 8` + at, as, 204, nil},
		"of another service":      {`{"type": "payment.created", "id": 3, "order_id": 7` + at, as, 403, nil},
		"of nobody":               {`{"type": "stock.changed", "id": 7` + at, as, 400, nil},
		"without a time":          {`{"type": "order.created", "id": 7}`, as, 400, nil},
		"no JSON":                 {`{`, as, 400, nil},
		"a list":                  {`[]`, as, 400, nil},
		"signed otherwise":        {`{"type": "order.created", "id": 7` + at, func(r *http.Request) { r.Header.Set("Webhook-Id", "msg_2") }, 401, nil},
		"as text":                 {`{"type": "order.created", "id": 7` + at, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, nil},
		"asked for, and not told": {`{"type": "order.created", "id": 7` + at, func(r *http.Request) { r.Method = http.MethodGet }, 405, nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, told := tell(t, c.body, c.change)
			if diff := cmp.Diff(c.told, told); diff != "" || status != c.status {
				t.Errorf("it is answered with %d, want %d; was told (-want +got):\n%s", status, c.status, diff)
			}
		})
	}
}

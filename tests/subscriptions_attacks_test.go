package tests

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// statusOf subscribes to the status of an order.
func statusOf(order int) string {
	return `subscription { orderStatusChanged(orderId: ` + strconv.Itoa(order) + `) { id } }`
}

// toldOf is what is told of a change of it.
func toldOf(order int) string {
	return `{"data":{"orderStatusChanged":{"id":"` + strconv.Itoa(order) + `"}}}`
}

func TestOnlyChangesOfTheStatusAreTold(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard)+"subscriptions: {recheck: 1m}\n")
	order, payment := p.orderOf(t, "stranger")
	s := p.connect(t, "stranger")
	s.subscribe("order", statusOf(order))
	s.subscribe("payment", `subscription { paymentStatusChanged(orderId: `+strconv.Itoa(order)+`) { id } }`)
	p.subscribed(t, "websocket", 2)
	for range 30 { // which is more than may wait for one subscription
		p.happensAs(t, fmt.Sprintf(`{"type": "order.noted", "id": %d, "at": "2026-01-02T15:04:05Z"}`, order))
	}
	p.happensAs(t, fmt.Sprintf(`{"type": "payment.viewed", "id": %d, "order_id": %d, "at": "2026-01-02T15:04:05Z"}`, payment, order))
	p.happens(t, "order", order, 0)
	s.want(`{"type":"next","id":"order","payload":` + toldOf(order) + `}`)
	p.happensAs(t, fmt.Sprintf(`{"type": "payment.created", "id": %d, "order_id": %d, "at": "2026-01-02T15:04:05Z"}`, payment, order))
	s.want(`{"type":"next","id":"payment","payload":{"data":{"paymentStatusChanged":{"id":"` + strconv.Itoa(payment) + `"}}}}`)
}

func TestWhoeverLosesAScopeOrAKeyIsToldOfNothingMore(t *testing.T) {
	t.Parallel()
	key, entry := newKey(t, "export", "export", "orders:read")
	gone, without := newKey(t, "of-a-user", "7", "")
	file := newFile(t, "keys.yml", keyFile(entry+without))
	p := start(t, with(tellingEvents(standard), "auth", fmt.Sprintf("api_keys: {file: %q}", file))+"subscriptions: {recheck: 100ms}\n")
	const order = 7
	by := func(key string) *stream {
		return p.listenBy(t, http.DefaultClient, operation{as: "nobody", query: statusOf(order)}, "X-API-Key", key)
	}
	first, second := by(key), by(gone)
	p.subscribed(t, "sse", 2)
	p.happens(t, "order", order, 0)
	first.want("next " + toldOf(order))
	second.want("next " + toldOf(order))

	put(t, file, keyFile(strings.Replace(entry, "orders:read", "orders:write", 1)))
	if got := second.next(); !strings.Contains(got, "UNAUTHENTICATED") { // though nothing has happened
		t.Errorf("without the key came %q", got)
	}
	second.want("complete")
	p.happens(t, "order", order, 0)
	first.want(`next {"errors":[{"message":"this is not allowed","extensions":{"code":"FORBIDDEN"}}]}`)
	first.want("complete")
}

func TestNobodyIsToldWithoutAName(t *testing.T) {
	t.Parallel()
	p := start(t, with(tellingEvents(standard), "auth", "anonymous: true"))
	order, _ := p.orderOf(t, "customer")
	s := p.dial(t, nil)
	s.say(`{"type":"connection_init"}`)
	s.want(`{"type":"connection_ack"}`)
	s.subscribe("1", `{ products(first: 1) { nodes { id } } }`)
	if got := s.hear(); !strings.HasPrefix(got, `{"type":"next","id":"1","payload":{"data":{"products":{"nodes":[{"id":`) {
		t.Errorf("a query is answered with %s", got)
	}
	s.want(`{"type":"complete","id":"1"}`)
	s.subscribe("2", statusOf(order))
	if got := s.hear(); !strings.HasPrefix(got, `{"type":"error","id":"2"`) || !strings.Contains(got, "UNAUTHENTICATED") {
		t.Errorf("a subscription is answered with %s", got)
	}
	for _, payload := range []string{
		`{"Authorization":""}`, `{"Authorization":"Bearer a\r\nX-User-Id: 7"}`, `{"Authorization":"Bearer a","authorization":"Bearer b"}`,
		`{"Authorization":"Bearer ` + strings.Repeat("a", 100_000) + `"}`,
	} {
		s := p.dial(t, http.Header{"Authorization": {"Bearer " + p.token(t, "customer")}})
		s.say(`{"type":"connection_init","payload":` + payload + `}`)
		s.wantClosed(4403)
	}
}

func TestASafelistHoldsForSubscriptions(t *testing.T) {
	t.Parallel()
	const trusted = `subscription Status($id: ID!) { orderStatusChanged(orderId: $id) { id } }`
	file := filepath.Join(t.TempDir(), "manifest.json")
	manifest := `{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"status","name":"Status","type":"subscription","body":"` +
		trusted + `"}]}`
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, safelisted(tellingEvents(standard), "documents", file))
	const order = 7
	sent := fmt.Sprintf(`{"query":%q,"variables":{"id":"%d"}}`, trusted, order)
	s := p.connect(t, "customer")
	s.say(`{"type":"subscribe","id":"1","payload":` + sent + `}`)
	s.say(`{"type":"subscribe","id":"2","payload":{"documentId":"status","variables":{"id":"7"}}}`)
	p.subscribed(t, "websocket", 2)
	for _, text := range []string{statusOf(order), `{ me { id } }`} {
		s.subscribe("3", text)
		if got := s.hear(); !strings.HasPrefix(got, `{"type":"error","id":"3"`) || !strings.Contains(got, "QUERY_NOT_IN_SAFELIST") {
			t.Errorf("%s is answered with %s", text, got)
		}
	}
	p.happens(t, "order", order, 0)
	one, other := s.hear(), s.hear()
	for _, got := range []string{one, other} {
		if !strings.HasSuffix(got, `"payload":`+toldOf(order)+`}`) {
			t.Errorf("of a trusted one came %s", got)
		}
	}
}

func TestConnectionsAreCountedByTheClientBehindAProxy(t *testing.T) {
	t.Parallel()
	p := start(t, with(tellingEvents(standard), "server", "trusted_proxies: [127.0.0.1/32]")+
		"subscriptions: {max_connections_per_address: 1}\n")
	dial := func(address string) (*websocket.Conn, *http.Response) {
		conn, response, err := websocket.Dial(t.Context(), p.public+"/graphql", &websocket.DialOptions{
			HTTPHeader: http.Header{"X-Forwarded-For": {address}}, Subprotocols: []string{"graphql-transport-ws"},
		})
		if err == nil {
			t.Cleanup(func() { _ = conn.CloseNow() })
		}
		return conn, response
	}
	for _, c := range []struct {
		address string
		status  int
	}{
		{"203.0.113.7", 101},
		{"203.0.113.7", 429},
		{"198.51.100.9, 203.0.113.7", 429},
		{"203.0.113.8", 101},
		{"2001:db8::1", 101},
		{"2001:db8::2", 429},
		{"2001:db8:0:1::1", 101},
	} {
		if _, response := dial(c.address); response.StatusCode != c.status {
			t.Errorf("%s is answered with %d, want %d", c.address, response.StatusCode, c.status)
		}
	}
}

func TestAMessageToOneInstanceIsToldByAnother(t *testing.T) {
	t.Parallel()
	const secret = "a-secret-of-the-services-of-orders"
	c := startChain(t)
	c.yaml += `events:
  webhook: {path: /hooks/events, senders: [{name: shop, secrets: ["` + secret + `"], upstreams: [order, payment]}]}
`
	one, other := c.joins(t), c.joins(t)
	for _, p := range []*program{one, other} {
		waitFor(t, func() string { return "events are not shared: " + p.log.String() }, func() bool {
			return strings.Contains(p.log.String(), "events are shared with other instances")
		})
	}
	const query = `subscription { orderStatusChanged(orderId: 7) { status payment { status } } }`
	stream, s := other.listen(t, operation{query: query}), other.connect(t, "customer")
	s.subscribe("1", query)
	other.subscribed(t, "sse", 1)
	other.subscribed(t, "websocket", 1)
	c.services.SendWebhooks(one.public+"/hooks/events", secret)
	pay(t, c.services)
	const paid = `{"data":{"orderStatusChanged":{"status":"PAID","payment":{"status":"CAPTURED"}}}}`
	stream.want("next " + paid)
	s.want(`{"type":"next","id":"1","payload":` + paid + `}`)
}

// listenBy is listen by a client of one's own, with a header field.
func (p *program) listenBy(t *testing.T, client *http.Client, op operation, name, value string) *stream {
	t.Helper()
	req := p.request(t, op)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set(name, value)
	ctx, cancel := context.WithCancel(t.Context())
	response, err := client.Do(req.WithContext(ctx))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	s := &stream{t, bufio.NewScanner(response.Body), func() { cancel(); _ = response.Body.Close() }}
	t.Cleanup(s.close)
	return s
}

// What a stream is told comes at once by HTTP/2, too. How long it was open is no duration of a request.
func TestAStreamGoesOverHTTP2AndIsNoLongRequest(t *testing.T) {
	t.Parallel()
	section, roots := certificate(t)
	p := start(t, with(tellingEvents(standard), "server", section))
	client := clientOf(t, roots, 2)
	const order = 7
	stream := p.listenBy(t, client, operation{query: statusOf(order)}, "Accept-Encoding", "gzip")
	p.subscribed(t, "sse", 1)
	p.happensBy(t, client, order)
	stream.want("next " + toldOf(order))
	stream.close()
	eventually(t, "the log says nothing of the end", func() bool { return strings.Contains(p.log.String(), `"ended":"left"`) })
	const labels = `{door="graphql",operation="other"}`
	if n := counted(t, p, "concierge_request_duration_seconds_count"+labels); n != 1 {
		t.Errorf("%v durations are counted, want that of the event alone", n)
	}
}

// happensBy is happens by a client of one's own.
func (p *program) happensBy(t *testing.T, client *http.Client, order int) {
	t.Helper()
	req := p.happening(t, fmt.Sprintf(`{"type": "order.status_changed", "id": %d, "at": "2026-01-02T15:04:05Z"}`, order))
	if got := sendBy(t, client, req); got.status != http.StatusNoContent {
		t.Fatalf("the event was answered with %d: %s", got.status, got.body)
	}
}

// Whoever reads nothing is cut off, and others are told all the while.
func TestAClientThatReadsNothingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	p := start(t, tellingEvents(standard)+"subscriptions: {write_timeout: 100ms}\n")
	const order = 7
	var long strings.Builder // so that a few events are more than a connection has room for
	for i := range 40 {
		fmt.Fprintf(&long, " a%d%s: id", i, strings.Repeat("x", 1000))
	}
	query := fmt.Sprintf("subscription { orderStatusChanged(orderId: %d) { items { product {%s } } } }", order, &long)
	p.deaf(t, operation{query: query})
	quick := p.connect(t, "customer")
	quick.subscribe("1", statusOf(order))
	p.subscribed(t, "sse", 1)
	p.subscribed(t, "websocket", 1)
	const ended = `concierge_subscriptions_ended_total{reason=`
	for told := 0; p.reads(t, `concierge_subscriptions{transport="sse"}`) == "1"; told++ {
		if told == 1000 {
			t.Fatal("whoever reads nothing is told for ever")
		}
		p.happens(t, "order", order, 0)
		quick.want(`{"type":"next","id":"1","payload":` + toldOf(order) + `}`)
	}
	if slow, cut := p.reads(t, ended+`"slow",transport="sse"}`), p.reads(t, ended+`"stuck",transport="sse"}`); slow+cut != "01" && slow+cut != "10" {
		t.Errorf("the reasons are %q and %q", slow, cut)
	}
}

// deaf subscribes by a connection that nobody reads, with as little room as may be.
func (p *program) deaf(t *testing.T, op operation) {
	t.Helper()
	u, err := url.Parse(p.public)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil { //nolint:forcetypeassert // the network is tcp
		t.Fatal(err)
	}
	req := p.request(t, op)
	req.Header.Set("Accept", "text/event-stream")
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
}

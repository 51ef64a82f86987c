package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// hearing is a configuration that reads the feeds of these services.
func hearing(yaml string, services ...string) string {
	for _, each := range services {
		head := "\n  " + each + ":\n"
		yaml = strings.Replace(yaml, head, head+"    events: {feed: /events, idle: 1m}\n", 1)
	}
	return yaml
}

// orderAndPayment are two records of which the other's service changes one.
const orderAndPayment = "customer { order(id: 7) { status payment { status } } }"

// pay pays order 7 behind the gateway's back.
func pay(t *testing.T, services *demo.Services) {
	t.Helper()
	body := strings.NewReader(`{"order_id": 7, "method": "card"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, services.URLs(demo.Payment)[0]+"/payments", body)
	if err != nil {
		t.Fatal(err)
	}
	if r := send(t, req); r.status != http.StatusCreated {
		t.Fatalf("order 7 is not paid: %d %s", r.status, r.body)
	}
}

// keeps reads order 7, which is pending then, until it is kept.
func (p *program) keeps(t *testing.T) {
	t.Helper()
	for range 2 {
		p.read(t, orderAndPayment)
	}
	var got reply
	if asked := p.asking(func() { got = p.read(t, orderAndPayment) }); asked != "" || !bytes.Contains(got.body, []byte("PENDING")) {
		t.Fatalf("services were asked %q, and the answer is %s", asked, got.body)
	}
}

// heard waits until so many events of a service came by a way, and until order 7 is seen to be paid.
func (p *program) heard(t *testing.T, way string, orders, payments float64) {
	t.Helper()
	for service, want := range map[string]float64{demo.Order: orders, demo.Payment: payments} {
		metric := fmt.Sprintf(`concierge_events_received_total{service=%q,way=%q}`, service, way)
		waitFor(t, func() string { return fmt.Sprintf("%s is %v: %s", metric, counted(t, p, metric), p.log.String()) },
			func() bool { return counted(t, p, metric) >= want })
	}
	r := p.read(t, orderAndPayment)
	if !bytes.Contains(r.body, []byte(`"status":"PAID","payment":{"status":"CAPTURED"}`)) {
		t.Errorf("what is read after the event is %s", r.body)
	}
}

// connects waits until a gateway reads a service's feed.
func (p *program) connects(t *testing.T, services ...string) {
	t.Helper()
	for _, each := range services {
		waitFor(t, func() string { return "no feed is read: " + p.log.String() }, func() bool {
			return counted(t, p, fmt.Sprintf(`concierge_events_feed_connected{service=%q}`, each)) == 1
		})
	}
}

func TestWhatIsKeptOfARecordEndsWithItsEvent(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, hearing(caching(standard, trusting()...), demo.Order, demo.Payment), forAll)
	p.connects(t, demo.Order, demo.Payment)
	p.keeps(t)
	pay(t, p.services)
	p.heard(t, "feed", 1, 1)
	if n := counted(t, p, `concierge_upstream_calls_total{service="order"}`); n > 10 {
		t.Errorf("%v calls are counted", n)
	}
	if calls := string(p.calls()); strings.Contains(calls, "/events") {
		t.Errorf("a feed is a call: %s", calls)
	}
}

func TestAFeedGoesOnWhereItEndedWhenItsServiceIsBack(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, hearing(caching(standard, trusting()...), demo.Order), forAll)
	p.connects(t, demo.Order)
	p.keeps(t)
	for i := range p.services.URLs(demo.Order) {
		p.services.Stop(demo.Order, i)
	}
	waitFor(t, func() string { return "the feed has not ended" }, func() bool {
		return counted(t, p, `concierge_events_feed_connected{service="order"}`) == 0
	})
	pay(t, p.services)
	if r := get(t, p.admin+"/readyz"); r.status != http.StatusOK {
		t.Errorf("without a feed, the gateway says %d %s", r.status, r.body)
	}
	for i := range p.services.URLs(demo.Order) {
		if err := p.services.Restart(demo.Order, i); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, func() string { return "the event was not repeated: " + p.log.String() }, func() bool {
		return counted(t, p, `concierge_events_received_total{service="order",way="feed"}`) == 1
	})
	if n := counted(t, p, `concierge_events_lost_total{service="order"}`); n != 0 {
		t.Errorf("%v times, events were lost", n)
	}
	waitFor(t, func() string { return "the order is not seen to be paid" }, func() bool {
		return bytes.Contains(p.read(t, "customer { order(id: 7) { status } }").body, []byte("PAID"))
	})
}

func TestAnEventThatReachesOneInstanceReachesAll(t *testing.T) {
	t.Parallel()
	const secret = "a-secret-of-the-services-of-orders"
	c := startChain(t)
	c.yaml = hearing(c.yaml, demo.Payment) + `events:
  shared: {probe: 2s}
  webhook: {path: /hooks/events, senders: [{name: shop, secrets: ["` + secret + `"], upstreams: [order, payment]}]}
`
	one, other := c.joins(t), c.joins(t)
	for _, p := range []*program{one, other} {
		p.connects(t, demo.Payment)
		p.keeps(t)
		waitFor(t, func() string { return "events are not shared: " + p.log.String() }, func() bool {
			return strings.Contains(p.log.String(), "events are shared with other instances")
		})
	}
	c.services.SendWebhooks(one.public+"/hooks/events", secret)
	pay(t, c.services)
	for _, p := range []*program{one, other} { // by the feed, too
		waitFor(t, func() string { return "a payment came once: " + p.log.String() }, func() bool {
			return counted(t, p, `concierge_events_received_total{service="payment",way="feed"}`) == 1
		})
		if strings.Contains(p.log.String(), secret) {
			t.Error("the secret is told")
		}
	}
	one.heard(t, "webhook", 1, 1)
	other.heard(t, "shared", 1, 0)
	if r := one.told(t, message{path: "/hooks/events", body: "{}", secret: "another-secret-that-nobody-knows"}); r.status != 401 {
		t.Errorf("a message that is not signed is answered with %d %s", r.status, r.body)
	}
}

func TestAServiceWithoutAFeedIsNoHindrance(t *testing.T) {
	t.Parallel()
	p := start(t, hearing(standard, demo.User))
	waitFor(t, func() string { return "nothing is said" }, func() bool {
		return strings.Contains(p.log.String(), "the service answered with 404, and no stream")
	})
	if r := get(t, p.admin+"/readyz"); r.status != http.StatusOK || string(r.body) != "ready\n" {
		t.Errorf("the gateway says %d %s", r.status, r.body)
	}
	if r := p.read(t, "customer { me { name } }"); r.status != http.StatusOK {
		t.Errorf("the answer is %d %s", r.status, r.body)
	}
}

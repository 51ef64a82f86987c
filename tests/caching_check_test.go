package tests

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckNamesEachMistakeOfCaches(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := checked(t, `auth: {issuers: [{keys: {secret: "${SECRET}"}}]}
cache:
  memory: 5
  max_entry: 1GiB
  max_age: 0s
  absent: -1s
  refreshes: 0
  kept: true
  redis: {enabled: true, timeout: 1m}
  operations: {max_entry: 0, max_age: -1s}
  purges:
    wait: 0s
    bound: 1s
    retained: 1
  webhook:
    path: purge
    senders:
      - {name: a, secrets: [short], upstreams: [nobody]}
      - {name: a, secrets: ["whsec_?"], upstreams: []}
  bypass: {scopes: users:read}
upstreams:
  user: {urls: ["http://127.0.0.1:1"], cache: {depends: somebody}}
  order:
    urls: ["http://127.0.0.1:1"]
    cache: {depends: nothing, ttl: -1s, touches: {nobody: [a], product: ["a//b"]}}
  product:
    urls: ["http://127.0.0.1:1"]
    cache: {single: "/products", stale_if_error: forever}
  payment:
    urls: ["http://127.0.0.1:1"]
    cache:
      routes:
        - {match: "POST /payments"}
        - {match: "GET /a", depends: me}
        - {match: "GET /a", negative_ttl: 9000h}
`)
	if code != 1 || stdout != "" {
		t.Errorf("it exits with %d and says %s", code, stdout)
	}
	want := []string{
		"3:3: cache.memory:", "4:3: cache.max_entry:", "5:3: cache.max_age:", "6:3: cache.absent:", "7:3: cache.refreshes:", "8:3: cache.kept:",
		"9:11: cache.redis.enabled:", "9:26: cache.redis.timeout:", "10:16: cache.operations.max_entry:", "10:30: cache.operations.max_age:", "12:5: cache.purges.wait:",
		"13:5: cache.purges.bound:", "14:5: cache.purges.retained:", "16:5: cache.webhook.path:", "18:29: cache.webhook.senders[0].secrets[0]:",
		"18:49: cache.webhook.senders[0].upstreams[0]:", "19:10: cache.webhook.senders[1].name:", "19:29: cache.webhook.senders[1].secrets[0]:",
		"19:41: cache.webhook.senders[1].upstreams:", "20:12: cache.bypass.scopes:", "22:48: upstreams.user.cache.depends:", "25:31: upstreams.order.cache.ttl:",
		"25:51: upstreams.order.cache.touches.nobody:", "25:74: upstreams.order.cache.touches.product[0]:", "28:13: upstreams.product.cache.single:",
		"28:34: upstreams.product.cache.stale_if_error:", "33:12: upstreams.payment.cache.routes[0].match:", "34:29: upstreams.payment.cache.routes[1].depends:",
		"35:12: upstreams.payment.cache.routes[2].match:", "35:29: upstreams.payment.cache.routes[2].negative_ttl:",
	}
	var got []string
	for line := range strings.Lines(stderr) {
		place, _ := strings.CutPrefix(line, "FILE:")
		words := strings.SplitN(place, " ", 3)
		got = append(got, strings.Join(words[:min(2, len(words))], " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the mistakes (-want +got):\n%s\n%s", diff, stderr)
	}
	saysNothingOf(t, stderr, "whsec_?")
}

func TestAGatewayThatKeepsAnswersIsReadyAndTellsItsState(t *testing.T) {
	t.Parallel()
	kept, plain := startKeeping(t, caching(everyDoor(), trusting()...)), startKeeping(t, everyDoor())
	kept.read(t, "customer GET /v2/products/2")
	for _, path := range []string{"/readyz", "/livez", "/routes"} {
		got, want := get(t, kept.admin+path), get(t, plain.admin+path)
		if got.status != 200 || !bytes.Equal(got.body, want.body) {
			t.Errorf("%s says %d %s, and without caches %s", path, got.status, got.body, want.body)
		}
	}
	if r := get(t, kept.admin+"/"); r.status != 200 || !strings.Contains(string(r.body), "product   breaker closed") {
		t.Errorf("the status page is %d %s", r.status, r.body)
	}
	for _, metric := range []string{"concierge_cache_bytes", "concierge_cache_entries", "concierge_cache_evicted_total", "concierge_purges_total", "concierge_cache_requests_total"} {
		if !strings.Contains(string(get(t, kept.admin+"/metrics").body), "\n"+metric) {
			t.Errorf("there is no metric %s", metric)
		}
	}
}

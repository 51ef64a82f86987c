package tests

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// limitedBy is a configuration with this below limits, in the place of what it has there.
func limitedBy(yaml, limits string) string {
	return usualLimits.ReplaceAllString(yaml, "") + "limits:\n" + indented(limits, "  ")
}

// usedBy is what somebody has used, by the rules' names, without fields.
func (p *program) usedBy(t *testing.T, who string) map[string]int64 {
	t.Helper()
	var said struct{ Limits []ratelimit.Usage }
	answer := get(t, p.admin+"/usage?"+who)
	if err := json.Unmarshal(answer.body, &said); err != nil {
		t.Fatalf("%s: %v", answer.body, err)
	}
	used := make(map[string]int64)
	for _, each := range said.Limits {
		if ratelimit.IsName(each.Name) {
			used[each.Name] = each.Used
		}
	}
	return used
}

// Each way in counts for somebody.
func TestWhateverIsAskedIsCounted(t *testing.T) {
	p := start(t, limitedBy(withREST(nil, demoSection()), `
rules:
  - {name: address, by: ip, limit: 100, per: 1h}
  - {name: caller, by: principal, limit: 100, per: 1h}
`))
	for _, c := range []struct {
		request         string
		status          int
		address, caller int64
	}{
		{"GET /v2/users/7", 200, 1, 1},
		{"HEAD /v2/users/7", 200, 1, 1},
		{"GET /v2/orders/7/summary", 200, 1, 1},
		{"GET /graphql?query={me{id}}", 200, 1, 1},
		{"GET /graphql?query={", 200, 1, 1},
		{"HEAD /graphql?query={me{id}}", 405, 1, 1},
		{"GET /v2/users/7\nAuthorization: Bearer x", 401, 1, 0},
		{"GET /usage", 200, 1, 0},
		{"HEAD /usage", 200, 1, 0},
		{"POST /usage", 405, 1, 0},
		{"GET /usage\nAuthorization: Bearer x", 401, 1, 0},
		{"GET /openapi.json", 200, 1, 0},
	} {
		before := p.usedBy(t, "principal=7&ip=127.0.0.1")
		if got := p.speak(t, c.request); got.status != c.status {
			t.Errorf("%s is answered with %d %s, want %d", c.request, got.status, got.body, c.status)
		}
		want := map[string]int64{"address": before["address"] + c.address, "caller": before["caller"] + c.caller}
		eventually(t, c.request+" counts otherwise", func() bool { // what ends early is counted after its answer
			return cmp.Equal(want, p.usedBy(t, "principal=7&ip=127.0.0.1"))
		})
	}
}

func TestAnOperationThatThereIsNoRoomForCostsNoMoreThanARequest(t *testing.T) {
	crowded := crowd(t, limitedBy(twenty, `
rules:
  - {name: caller, by: principal, limit: 100, per: 1h}
  - {name: work, by: principal, limit: 1000, per: 1h, counts: cost}
`), &http.Client{Transport: new(http.Transport)})
	crowded.hold(t, 16, "Home")
	before := crowded.usedBy(t, "principal=7")
	turnedAway(t, sendBy(t, crowded.client, crowded.named(t, "", `query Report { me { id } }`, "Report")))
	before["caller"]++
	if diff := cmp.Diff(before, crowded.usedBy(t, "principal=7")); diff != "" {
		t.Error(diff)
	}
}

func TestCheckReportsLimitsThatCannotHold(t *testing.T) {
	_, err := config.Parse([]byte(limitedBy(withREST(nil, demoSection()), `
rules:
  - {name: nowhere, by: ip, limit: 1, per: 1h, routes: ["GET /nowhere"]}
  - {name: unversioned, by: ip, limit: 1, per: 1h, versions: [""]}
fields:
  Order.payment: [{by: principal, limit: 3, per: month}]
  Order.id: [{by: principal, limit: 3, per: 1h}]
`)), "test.yml", func(name string) (string, bool) { return "http://" + name, true }, gateway.Check)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		"limits.rules[0].routes[0]: is no route", "limits.rules[1].versions[0]: is no version",
		"limits.fields.Order.payment: per is a quota, which needs redis.addresses", "limits.fields.Order.id: cannot be limited",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q, but\n%v", want, err)
		}
	}
}

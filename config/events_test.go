package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/config"
	hidden "github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/signed"
)

func TestMistakesInTheSettingsOfEventsAreReportedByTheirPaths(t *testing.T) {
	c := config.Default()
	c.Events.Kept.Buffer, c.Events.Kept.Remembered = 0, 2_000_000
	c.Events.Shared.Retained, c.Events.Shared.Waiting, c.Events.Shared.Probe = 0, 0, 0
	sender := senderOf("a secret of the service of orders", "stock")
	c.Events.Webhook.Senders = append(c.Events.Webhook.Senders, sender)
	c.Cache.Webhook.Senders = append(c.Cache.Webhook.Senders, senderOf("another secret of the service", "order"))
	c.Cache.Webhook.Path = c.Events.Webhook.Path
	c.Upstreams.Order.Events.Feed, c.Upstreams.Order.Events.Idle = "events", 0
	var got []string
	c.Validate(func(path, _ string) {
		if strings.HasPrefix(path, "events.") || strings.Contains(path, ".events.") {
			got = append(got, path)
		}
	})
	slices.Sort(got)
	want := []string{
		"events.buffer", "events.remembered", "events.shared.probe", "events.shared.retained", "events.shared.waiting",
		"events.webhook.path", "events.webhook.senders[0].upstreams[0]", "upstreams.order.events.feed", "upstreams.order.events.idle",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func senderOf(text, service string) signed.Sender {
	return signed.Sender{Name: "shop", Secrets: []hidden.Text{hidden.Text(text)}, Upstreams: []string{service}}
}

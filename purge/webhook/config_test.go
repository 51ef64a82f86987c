package webhook_test

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/purge/webhook"
	"github.com/concierge-gateway/concierge/secret"
)

// mistakes are the paths that a configuration is wrong at.
func mistakes(c webhook.Config) []string {
	found := make(map[string]bool)
	c.Validate(func(path, _ string) { found[path] = true })
	c.ValidateUpstreams([]string{"product", "user", "order"}, func(path, _ string) { found[path] = true })
	return slices.Sorted(maps.Keys(found))
}

func TestMistakesInTheSettingsAreReportedByTheirPaths(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*webhook.Config)
		want   []string
	}{
		"none":                     {func(*webhook.Config) {}, nil},
		"no senders":               {func(c *webhook.Config) { *c = webhook.DefaultConfig() }, nil},
		"no path":                  {func(c *webhook.Config) { c.Path = "" }, []string{"path"}},
		"a path with a query":      {func(c *webhook.Config) { c.Path = "/purge?x" }, []string{"path"}},
		"a pattern":                {func(c *webhook.Config) { c.Path = "/{x}" }, []string{"path"}},
		"no name":                  {func(c *webhook.Config) { c.Senders[1].Name = "" }, []string{"senders[1].name"}},
		"a name twice":             {func(c *webhook.Config) { c.Senders[1].Name = "catalogue" }, []string{"senders[1].name"}},
		"no secret":                {func(c *webhook.Config) { c.Senders[0].Secrets = nil }, []string{"senders[0].secrets"}},
		"an empty secret":          {func(c *webhook.Config) { c.Senders[0].Secrets[1] = "" }, []string{"senders[0].secrets[1]"}},
		"a short secret":           {func(c *webhook.Config) { c.Senders[0].Secrets[0] = "short" }, []string{"senders[0].secrets[0]"}},
		"a short one in base64":    {func(c *webhook.Config) { c.Senders[0].Secrets[0] = "whsec_c2hvcnQ=" }, []string{"senders[0].secrets[0]"}},
		"no base64":                {func(c *webhook.Config) { c.Senders[0].Secrets[0] = "whsec_!" }, []string{"senders[0].secrets[0]"}},
		"a secret twice":           {func(c *webhook.Config) { c.Senders[1].Secrets[0] = raw }, []string{"senders[1].secrets[0]"}},
		"no upstream":              {func(c *webhook.Config) { c.Senders[1].Upstreams = nil }, []string{"senders[1].upstreams"}},
		"an upstream that is none": {func(c *webhook.Config) { c.Senders[1].Upstreams[1] = "x" }, []string{"senders[1].upstreams[1]"}},
	} {
		config := config()
		c.change(&config)
		if diff := cmp.Diff(c.want, mistakes(config)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTooManySecretsAreRefused(t *testing.T) {
	c := webhook.DefaultConfig()
	sender := webhook.Sender{Name: "s", Upstreams: []string{"product"}}
	for i := range 101 {
		sender.Secrets = append(sender.Secrets, secret.Text(strings.Repeat("a", 24+i)))
	}
	c.Senders = append(c.Senders, sender)
	if diff := cmp.Diff([]string{"senders"}, mistakes(c)); diff != "" {
		t.Error(diff)
	}
}

func TestItDoesNotOpenWithASecretThatIsNone(t *testing.T) {
	for _, text := range []secret.Text{"whsec_!", "", "short"} {
		c := config()
		c.Senders[0].Secrets[0] = text
		_, err := webhook.New(c, purge.NewLog(1, nil), purge.Names{}, slog.New(slog.DiscardHandler))
		if err == nil || strings.Contains(err.Error(), "short,") {
			t.Errorf("the error is %v", err)
		}
	}
}

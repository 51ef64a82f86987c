package passthrough

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/units"
)

func TestBoundsThatMakeNoSenseAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *Config)
		want   []string
	}{
		"the defaults": {func(*Config) {}, nil},
		"the least":    {func(c *Config) { c.MaxRecord, c.Consumers = units.KiB, 0 }, nil},
		"the most":     {func(c *Config) { c.MaxRecord, c.Consumers = 64*units.MiB, 10_000 }, nil},
		"less": {
			func(c *Config) { c.MaxRecord, c.Consumers = units.KiB-1, -1 },
			[]string{"max_record: must lie between 1KiB and 64MiB", "consumers: must lie between 0 and 10000"},
		},
		"more": {
			func(c *Config) { c.MaxRecord, c.Consumers = 64*units.MiB+1, 10_001 },
			[]string{"max_record: must lie between 1KiB and 64MiB", "consumers: must lie between 0 and 10000"},
		},
	} {
		config := DefaultConfig()
		c.change(&config)
		var got []string
		config.Validate(func(path, message string) { got = append(got, path+": "+message) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

func TestARouteIsReachedByItsPathUnlessItSaysOtherwise(t *testing.T) {
	var r Route
	r.SetDefaults()
	if diff := cmp.Diff(Route{VersionBy: []string{"path"}}, r); diff != "" {
		t.Error(diff)
	}
}

func TestARouteLeadsToAllServicesThatGetAPart(t *testing.T) {
	r := users(func(r *Route) { r.Split = []Share{{Weight: 1, To: "/people/{id}"}, {Weight: 1, Upstream: "legacy"}} })
	for service, want := range map[string]bool{"user": true, "legacy": true, "search": false, "": false} {
		if got := r.LeadsTo(service); got != want && service != "" {
			t.Errorf("leads to %q: %t", service, got)
		}
	}
}

func TestARequestThatNoRouteTookHasNoParameters(t *testing.T) {
	if text, ok := Params(httptest.NewRequest("GET", "/", nil).Context()).Get("id"); ok {
		t.Errorf("it has the id %q", text)
	}
}

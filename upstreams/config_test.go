package upstreams

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport"
)

func TestEveryServiceHasAStanzaWithDefaultsAndAContract(t *testing.T) {
	var names []string
	for name, service := range DefaultConfig().All() {
		names = append(names, name)
		if service.REST.Batch.Max != 100 || service.Transport.MaxIdleConns == 0 || service.Contract != "" {
			t.Errorf("%s has the defaults %+v", name, service)
		}
		if text, err := Contract(name); err != nil || len(text) == 0 {
			t.Errorf("the contract of %s: %d bytes, %v", name, len(text), err)
		}
	}
	if diff := cmp.Diff([]string{"user", "order", "product", "payment"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestAContractIsAFileOrAURL(t *testing.T) {
	for contract, want := range map[string]string{
		"":                                       "",
		"orders.yaml":                            "",
		"/etc/contracts/orders.json":             "",
		"https://orders.internal/openapi.json":   "",
		"http://orders.internal:8000/v1?as=yaml": "",
		"ftp://orders.internal/":                 "must be a file, or start with http:// or https://",
		"file:///etc/orders.yaml":                "must be a file, or start with http:// or https://",
		"https:///openapi.json":                  "names no host",
		"https://me:secret@orders.internal/":     "must not carry a user name or password",
		"https://orders internal/":               "is not a URL",
	} {
		c := DefaultConfig()
		c.Order.Contract = contract
		got := ""
		c.Validate(func(path, message string) {
			if path == "order.contract" {
				got = message
			}
		})
		if got != want {
			t.Errorf("the contract %q %q, want %q", contract, got, want)
		}
	}
}

// routed is a further service at a place of its own.
func routed(url string) Routed {
	var r Routed
	r.SetDefaults()
	r.Transport.URLs = []string{url}
	return r
}

func TestFurtherServicesStandBehindTheFour(t *testing.T) {
	c := DefaultConfig()
	c.Others = map[string]Routed{"search": routed("http://search"), "archive": routed("http://archive")}
	var names []string
	for name, way := range c.Ways() {
		names = append(names, name)
		if way.Timeouts != transport.DefaultConfig().Timeouts {
			t.Errorf("%s has the times %+v, want the usual", name, way.Timeouts)
		}
	}
	if diff := cmp.Diff([]string{"user", "order", "product", "payment", "archive", "search"}, names); diff != "" {
		t.Error(diff)
	}
	for range c.Ways() {
		break // must be possible at the first
	}
	for name := range c.Ways() {
		if name == "archive" {
			break // and among the others
		}
	}
	if clients := slices.Sorted(maps.Keys(maps.Collect(c.All()))); len(clients) != 4 {
		t.Errorf("there are clients for %q", clients)
	}
}

func TestAFurtherServiceHasANameThatCanStandInAURL(t *testing.T) {
	const mistake = "belong to a service whose name is not made of small letters, digits, - and _, beginning with a letter"
	for name, good := range map[string]bool{
		"search": true, "s": true, "search-2": true, "search_b": true,
		"": false, "2search": false, "-": false, "_a": false, "Search": false, "search.internal": false, "search engine": false,
		"search/2": false, "suche:80": false, "süche": false,
	} {
		got := make(map[string]string)
		routed("http://search").validate(name, func(path, message string) { got[path] = message })
		want := map[string]string{}
		if !good {
			want["urls"] = mistake
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
}

func TestMistakesOfFurtherServicesAreReportedBelowTheirNames(t *testing.T) {
	c := DefaultConfig()
	wrong := routed("ftp://search")
	wrong.Contract = "https://search.internal/openapi.json"
	c.Others = map[string]Routed{"search": wrong, "archive": {}}
	var got []string
	c.Validate(func(path, message string) {
		if path == "search.contract" || path == "search.urls[0]" || path == "archive.urls" {
			got = append(got, path+" "+message)
		}
	})
	want := []string{
		"archive.urls must list at least one base URL",
		"search.urls[0] must start with http:// or https://",
		"search.contract must be a file: it is read before the service can be asked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSingleIsThePathOfOneRecord(t *testing.T) {
	const where = "must be /orders/{id}, which is where the records are"
	for path, want := range map[string]string{
		"": "", "/orders/{id}": "", "/orders/{order}": "",
		"orders/{id}": where, "/orders": where, "/orders/": where, "/orders/{}": where, "/orders/{a}/{id}": where, "/orders/{id...}": where,
		"/orders/{id}/items": where, "/products/{id}": where,
	} {
		c := DefaultConfig()
		c.Order.Transport.Cache.Single = path
		got := ""
		c.validateCaches(func(_, message string) { got = message })
		if got != want {
			t.Errorf("of %q it says %q, want %q", path, got, want)
		}
	}
}

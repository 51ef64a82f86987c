package upstreams

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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

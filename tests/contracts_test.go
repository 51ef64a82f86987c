package tests

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/upstreams"
)

// contractSettings is a configuration before the sample services, with the order service's contract where it is given.
func contractSettings(t *testing.T, services *demo.Services, contract string) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("auth: {issuers: [{keys: {secret: the-secret-of-the-tests-is-no-secret-at-all}}]}\nupstreams:\n")
	for _, service := range demo.Names() {
		own := ""
		if service == demo.Order {
			own = contract
		}
		fmt.Fprintf(&text, "  %s: {urls: [%q], contract: %q}\n", service, services.URLs(service)[0], own)
	}
	return settings(t, text.String())
}

// changedContract is the order service's contract with a text in place of another.
func changedContract(t *testing.T, old, to string) string {
	t.Helper()
	text, err := upstreams.Contract("order")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "orders.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheckComparesTheGatewayWithItsServices(t *testing.T) {
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })

	t.Run("with a contract that it agrees with", func(t *testing.T) {
		p := run(t, nil, "check", "--config", contractSettings(t, services, changedContract(t, "", "")))
		if code := p.end(t); code != 0 || p.stderr.String() != "" {
			t.Errorf("it exits with %d and says %q", code, p.stderr)
		}
	})
	t.Run("with one that it disagrees with", func(t *testing.T) {
		file := contractSettings(t, services, changedContract(t, "        total: {", "        sum: {"))
		p := run(t, nil, "check", "--config", file)
		code, got := p.end(t), p.stderr.String()
		for _, want := range []string{
			`upstreams/order Order.TotalAmount (json "total") against upstreams.order.contract:`,
			"#/components/schemas/Order/properties: there is no member of this name\n",
		} {
			if code != 1 || !strings.Contains(got, want) || p.stdout.String() != "" {
				t.Errorf("it exits with %d and says %q, want %q", code, got, want)
			}
		}
	})
	t.Run("and makes no call", func(t *testing.T) {
		if calls := services.Calls(); len(calls) != 0 {
			t.Errorf("it called %v", calls)
		}
	})
	t.Run("and with their records, where it is asked to", func(t *testing.T) {
		p := run(t, nil, "check", "--live", "--config", contractSettings(t, services, ""))
		want := "user: one record\norder: one record\nproduct: one record\npayment: one record\n"
		if code := p.end(t); code != 0 || p.stderr.String() != want {
			t.Errorf("it exits with %d and says %q, want %q", code, p.stderr, want)
		}
	})
	t.Run("and tells of records that drifted without their values", func(t *testing.T) {
		body := get(t, services.URLs(demo.User)[0]+"/users?limit=1").body
		services.SetFault(demo.User, demo.Fault{Body: strings.Replace(string(body), `"email":`, `"mail":`, 1)})
		defer services.ClearFaults()
		p := run(t, nil, "check", "--live", "--config", contractSettings(t, services, ""))
		code, got := p.end(t), p.stderr.String()
		if code != 1 || !strings.Contains(got, "the user service's GET /users /email against ") || !strings.Contains(got, ": it is missing\n") {
			t.Errorf("it exits with %d and says %q", code, got)
		}
		if strings.Contains(got, "@example.com") {
			t.Errorf("it says a value: %q", got)
		}
	})
}

func TestServeStartsWhateverTheContractsSay(t *testing.T) {
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(contractSettings(t, services, "http://127.0.0.1:1/openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_ = services.Close() // nobody is there when it starts
	file := settings(t, "server: {listen: \"127.0.0.1:0\"}\nadmin: {listen: \"127.0.0.1:0\"}\n"+string(text))
	p := run(t, nil, "serve", "--config", file)
	admin := said(t, p.stderr, `"admin":"([^"]+)"`)[1]
	if answer := get(t, "http://"+admin+"/livez"); answer.status != http.StatusOK {
		t.Errorf("it answers %d %s", answer.status, answer.body)
	}
}

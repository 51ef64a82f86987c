package contract

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams"
)

// orderContract is the order service's, with one member of another name.
func orderContract(t *testing.T) string {
	t.Helper()
	text, err := upstreams.Contract("order")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "        notes: {", "        remarks: {", 1)
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "contract-canary.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAContractCanBeAFileOrAURL(t *testing.T) {
	wrong := strings.Replace(orderContract(t), "        total: {", "        sum: {", 1)
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "yaml") {
			t.Errorf("accepts %q", r.Header.Get("Accept"))
		}
		_, _ = w.Write([]byte(wrong))
	}))
	defer served.Close()
	for name, contract := range map[string]string{"a file": file(t, wrong), "a URL": served.URL + "/openapi.yaml"} {
		config := upstreams.DefaultConfig()
		config.Order.Contract = contract
		err := Check(t.Context(), config, 100)
		want := "upstreams/order Order.TotalAmount (json \"total\") against upstreams.order.contract:"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s…", name, err, want)
		}
	}
	config := upstreams.DefaultConfig()
	config.Order.Contract = file(t, orderContract(t))
	if err := Check(t.Context(), config, 100); err != nil {
		t.Errorf("a member that the gateway does not read may have any name: %v", err)
	}
}

func TestAContractThatCannotBeReadIsNamedByItsSetting(t *testing.T) {
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/huge":
			_, _ = w.Write([]byte(strings.Repeat(" ", 1<<20+1)))
		case "/half":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("openapi: 3.1.0"))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer served.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct{ contract, want string }{
		"no file":        {"canary.yaml", "cannot be read: no such file or directory"},
		"a folder":       {t.TempDir(), "cannot be read: is a directory"},
		"a huge file":    {file(t, strings.Repeat(" ", 1<<20+1)), "is larger than 1MiB"},
		"no YAML":        {file(t, "a: [canary"), "is not YAML: line 1: sequence end token ']' not found"},
		"two documents":  {file(t, "a: 1\n---\nb: 2\n"), "is not one YAML document"},
		"no contract":    {file(t, "canary: true"), "is not an OpenAPI document of version 3"},
		"an old one":     {file(t, `swagger: "2.0"`), "is not an OpenAPI document of version 3"},
		"no page":        {served.URL + "/canary", "cannot be read: the answer has the status 404"},
		"a huge page":    {served.URL + "/huge", "is larger than 1MiB"},
		"half a page":    {served.URL + "/half", "cannot be read"},
		"nobody there":   {gone.URL, "cannot be read: connection refused"},
		"no such scheme": {"ftp://canary.example/", "cannot be read"},
	} {
		config := upstreams.DefaultConfig()
		config.Payment.Contract = c.contract
		err := Check(t.Context(), config, 100)
		if want := "upstreams.payment.contract: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestEveryContractThatCannotBeReadIsReported(t *testing.T) {
	config := upstreams.DefaultConfig()
	config.User.Contract, config.Product.Contract = "none", "nothing"
	want := "upstreams.product.contract: cannot be read: no such file or directory\n" +
		"upstreams.user.contract: cannot be read: no such file or directory"
	if err := Check(t.Context(), config, 100); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Live(t.Context(), config); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

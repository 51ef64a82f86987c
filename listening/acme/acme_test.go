package acme_test

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/listening/acme"
)

// Before it runs, and for hosts that it is not asked about, it has nothing and answers nobody.
func TestNothingIsAnsweredForStrangers(t *testing.T) {
	c := acme.DefaultConfig()
	c.Domains, c.AgreeToTerms, c.Storage = []string{"shop.example"}, true, t.TempDir()
	issued, err := acme.New(c, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shop.example"}, issued.Missing()); diff != "" {
		t.Errorf("what is missing: want -, got +:\n%s", diff)
	}
	for _, each := range []struct {
		name, protocol string
		challenge      bool
	}{
		{"shop.example", "h2", false},
		{"shop.example", "acme-tls/1", true},
		{"other.example", "acme-tls/1", true},
	} {
		certificate, challenge, err := issued.Challenge(&tls.ClientHelloInfo{
			ServerName: each.name, SupportedProtos: []string{each.protocol},
		})
		if certificate != nil || challenge != each.challenge || err != nil {
			t.Errorf("%s by %s: %v, %t, %v", each.name, each.protocol, certificate, challenge, err)
		}
		if all := issued.Certificates(each.name); len(all) > 0 {
			t.Errorf("%s has %d certificates", each.name, len(all))
		}
		r := httptest.NewRequest(http.MethodGet, "http://"+each.name+"/.well-known/acme-challenge/token", http.NoBody)
		if issued.Answer(httptest.NewRecorder(), r, each.name) {
			t.Errorf("a challenge for %s is answered", each.name)
		}
	}
}

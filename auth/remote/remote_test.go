package remote_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/concierge-gateway/concierge/auth/remote"
)

func TestAnIssuerIsCalledByHTTPSOrOnThisMachine(t *testing.T) {
	const (
		none   = "must be a URL with https and a host"
		danger = "must be https: whoever is on the way could listen (insecure: true allows it)"
	)
	for text, want := range map[string]string{
		"https://id.example": "", "https://id.example:8443/keys?of=us": "", "http://localhost:1/keys": "", "http://LOCALHOST": "",
		"http://127.0.0.9": "", "http://[::1]:1": "", "http://[::ffff:127.0.0.1]": "",
		"http://id.example": danger, "http://localhost.example": danger, "http://10.0.0.1": danger,
		"id.example": none, "https://:443": none, "file:///keys": none, "https://id.example:port": none, "": none,
		"https://a:b@id.example": "must not hold a user or a password", "https://id.example/#k": "must not have a fragment",
	} {
		if got := remote.Mistake(text, false, "listen"); got != want {
			t.Errorf("of %q it says %q, want %q", text, got, want)
		}
		if got := remote.Mistake(text, true, "listen"); got != want && want != danger || got != "" && want == danger {
			t.Errorf("of %q it says %q, where http is allowed", text, got)
		}
	}
	for text, want := range map[string]bool{"https://id.example/a": true, "https://id.example?": false, "https://id.example?a=b": false} {
		if got := remote.Bare(text); got != want {
			t.Errorf("%s is bare: %t", text, got)
		}
	}
}

func TestACauseShowsNothingOfTheAnswerOrTheURL(t *testing.T) {
	const hidden = "hidden"
	for _, c := range []struct {
		err  error
		want string
	}{
		{context.Canceled, "context canceled"},
		{context.DeadlineExceeded, "there was no answer in time"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, "dial: refused"},
		{&net.DNSError{Err: "no such host", Name: "id.example"}, "lookup id.example: no such host"},
		{&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, "tls: failed to verify certificate: unknown authority"},
		{fmt.Errorf("malformed response %q", hidden), "there was no whole answer"},
	} {
		got := remote.Cause(&url.Error{Op: "Get", URL: hidden, Err: c.err})
		if got.Error() != c.want {
			t.Errorf("of %v it shows %q, want %q", c.err, got, c.want)
		}
	}
	if errors.Is(remote.Cause(context.DeadlineExceeded), context.DeadlineExceeded) {
		t.Error("the call's deadline is taken for the caller's")
	}
}

package listening

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// Redirect is the second listener, which leads those who come by plain HTTP to TLS.
type Redirect struct {
	// Listen is its address. Empty, there is none.
	Listen string `yaml:"listen"`
	// Port is where clients reach the public listener: that of the URLs it leads to.
	Port int `yaml:"port"`
}

// DefaultRedirect listens nowhere. Clients reach most gateways by the usual port, whichever they listen on themselves.
func DefaultRedirect() Redirect { return Redirect{Port: usualPort} }

const usualPort = 443

// Validate reports ports that there are not. Who gathers the settings knows whether listeners collide.
func (r Redirect) Validate(fail func(path, message string)) {
	if r.Port < 1 || r.Port > 65535 {
		fail("port", "must lie between 1 and 65535")
	}
	if r.Listen != "" {
		if _, port, err := net.SplitHostPort(r.Listen); err != nil || port == "" {
			fail("listen", "must be host:port, such as :80")
		}
	}
}

// Redirect answers who came by plain HTTP. GET and HEAD are led to the same place by TLS, on hosts that a certificate is for.
// What brings something is refused, because it was readable on its way: content, and credentials in the fields given besides
// Authorization. A redirect would hide that, and the client would go on like this. Challenges of an ACME authority are
// answered.
func (t *TLS) Redirect(credentials []string) http.Handler {
	port := ""
	if t.config.Redirect.Port != usualPort {
		port = ":" + strconv.Itoa(t.config.Redirect.Port)
	}
	secrets := append([]string{"Authorization"}, credentials...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.Host)
		switch {
		case t.issued != nil && t.issued.Answer(w, r, host):
			t.metrics.redirected("challenge")
		case !t.serves(host):
			t.metrics.redirected("refused")
			problem.Write(w, &problem.Error{
				Kind: problem.NotFound, Status: http.StatusMisdirectedRequest, Message: "this host is not served here",
			})
		case r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 || brings(r.Header, secrets):
			t.metrics.redirected("refused")
			problem.Write(w, problem.New(problem.Forbidden, "this is served by https alone: what was sent could be read on its way"))
		default:
			t.metrics.redirected("redirected")
			w.Header()["Location"] = []string{"https://" + bracketed(host) + port + r.URL.RequestURI()}
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	})
}

// brings tells whether there is one of the fields.
func brings(header http.Header, fields []string) bool {
	for _, each := range fields {
		if header.Get(each) != "" {
			return true
		}
	}
	return false
}

// serves tells whether there is a certificate for a host.
func (t *TLS) serves(host string) bool {
	known := t.known.Load()
	if strings.HasPrefix(host, "*") {
		return false // it is the name of a wildcard, and no host
	}
	if len(known.byName[host]) > 0 || t.issued != nil && t.issued.Has(host) {
		return true
	}
	label, parent, ok := strings.Cut(host, ".")
	return ok && isLabel(label) && len(known.byName["*."+parent]) > 0
}

// isLabel tells whether a wildcard may stand for a text: what is written here goes into a URL.
func isLabel(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// hostOf is a Host field without its port, as certificates have it.
func hostOf(field string) string {
	host, _, err := net.SplitHostPort(field)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(field, "["), "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func bracketed(host string) string {
	if address, err := netip.ParseAddr(host); err == nil && address.Is6() {
		return "[" + host + "]"
	}
	return host
}

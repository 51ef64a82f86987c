package listening_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/listening"
)

func TestWhoComesByPlainHTTPIsLedToTLS(t *testing.T) {
	a := newAuthority(t)
	own := a.issue(t, elliptic256(t), []string{"shop.example", "*.shop.example", "192.0.2.1", "2001:db8::1"}).into(t, t.TempDir())
	for _, each := range []struct {
		method, host, target, field, body string
		port                              int
		status                            int
		location                          string
	}{
		{"GET", "shop.example", "/a%2Fb?c=d", "", "", 443, 308, "https://shop.example/a%2Fb?c=d"},
		{"HEAD", "shop.example", "/", "", "", 443, 308, "https://shop.example/"},
		{"GET", "SHOP.example:80", "/", "", "", 8443, 308, "https://shop.example:8443/"},
		{"GET", "a.shop.example", "/", "", "", 443, 308, "https://a.shop.example/"},
		{"GET", "192.0.2.1:8080", "/", "", "", 443, 308, "https://192.0.2.1/"},
		{"GET", "[2001:db8::1]:8080", "/", "", "", 443, 308, "https://[2001:db8::1]/"},
		{"GET", "[2001:db8::1]", "/", "", "", 8443, 308, "https://[2001:db8::1]:8443/"},
		{"GET", "shop.example", "//other.example/", "", "", 443, 308, "https://shop.example//other.example/"},
		{"GET", "other.example", "/", "", "", 443, 421, ""},
		{"GET", "a.b.shop.example", "/", "", "", 443, 421, ""},
		{"GET", "*.shop.example", "/", "", "", 443, 421, ""},
		{"GET", "", "/", "", "", 443, 421, ""},
		{"POST", "shop.example", "/graphql", "", "{}", 443, 403, ""},
		{"DELETE", "shop.example", "/", "", "", 443, 403, ""},
		{"GET", "shop.example", "/", "", "{}", 443, 403, ""},
		{"GET", "shop.example", "/", "Authorization", "", 443, 403, ""},
		{"GET", "shop.example", "/", "X-Api-Key", "", 443, 403, ""},
		{"GET", "shop.example", "/", "Cookie", "", 443, 308, "https://shop.example/"},
	} {
		opened, _ := open(t, func(c *listening.Config) {
			c.Certificates, c.Redirect.Port = []listening.Certificate{own}, each.port
		})
		r := httptest.NewRequest(each.method, each.target, strings.NewReader(each.body))
		if strings.HasPrefix(each.target, "//") {
			r.URL.Path, r.URL.Host = each.target, ""
		}
		r.Host = each.host
		if each.field != "" {
			r.Header.Set(each.field, "secret")
		}
		w := httptest.NewRecorder()
		opened.Redirect([]string{"X-Api-Key"}).ServeHTTP(w, r)
		if w.Code != each.status || w.Header().Get("Location") != each.location {
			t.Errorf("%s %s on %q is answered with %d %q, want %d %q",
				each.method, each.target, each.host, w.Code, w.Header().Get("Location"), each.status, each.location)
		}
	}
}

func TestAFieldTellsBrowsersToComeByTLS(t *testing.T) {
	for _, each := range []struct {
		hsts listening.HSTS
		want string
	}{
		{listening.DefaultHSTS(), "max-age=31536000"},
		{listening.HSTS{}, "max-age=0"},
		{listening.HSTS{MaxAge: time.Hour, IncludeSubdomains: true}, "max-age=3600; includeSubDomains"},
		{listening.HSTS{MaxAge: 17520 * time.Hour, IncludeSubdomains: true, Preload: true}, "max-age=63072000; includeSubDomains; preload"},
	} {
		if got := each.hsts.Field(); got != each.want {
			t.Errorf("it is %q, want %q", got, each.want)
		}
	}
}

package balancer

import (
	"net/http"
	"net/url"
	"testing"
)

func TestABaseURLGoesBeforeThePath(t *testing.T) {
	for _, c := range []struct{ base, asked, want, host string }{
		{"http://a:1", "http://user/users/a%2Fb?ids=1,2", "http://a:1/users/a%2Fb?ids=1,2", "a:1"},
		{"https://b/base/", "http://user/users/a%2Fb?ids=1,2", "https://b/base/users/a%2Fb?ids=1,2", "b"},
		{"https://b/base", "http://user/users", "https://b/base/users", "b"},
		{"http://b/a%2Fb/", "http://user/users", "http://b/a%2Fb/users", "b"},
		{"http://b/a%2Fb", "http://user/c%2Fd", "http://b/a%2Fb/c%2Fd", "b"},
		{"http://b/ü", "http://user/é", "http://b/%C3%BC/%C3%A9", "b"},
		{"http://[::1]:80/", "http://user/", "http://[::1]:80/", "[::1]:80"},
	} {
		base, err := url.Parse(c.base)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.asked, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := req.URL.String()
		s := siteOf(base)
		sent := s.at(req, nil)
		equal(t, c.base+" and "+c.asked, []string{sent.URL.String(), sent.Host}, []string{c.want, c.host})
		if sent == req || req.URL.String() != before || req.Host != "user" {
			t.Errorf("the caller's own request was changed to %s", req.URL)
		}
	}
}

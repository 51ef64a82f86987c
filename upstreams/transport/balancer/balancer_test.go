package balancer

import (
	"net/http"
	"slices"
	"testing"
)

type sent struct{ urls []string }

func (s *sent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.urls = append(s.urls, req.URL.String()+" "+req.Host)
	return &http.Response{StatusCode: http.StatusOK}, nil
}

func TestCallsGoToEachEndpointInTurn(t *testing.T) {
	next := new(sent)
	b, err := New([]string{"http://a:1", "https://b/base/"}, next)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users/a%2Fb?ids=1,2", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		res, err := b.RoundTrip(req)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("RoundTrip = %v, %v", res, err)
		}
	}
	want := []string{
		"http://a:1/users/a%2Fb?ids=1,2 a:1",
		"https://b/base/users/a%2Fb?ids=1,2 b",
		"http://a:1/users/a%2Fb?ids=1,2 a:1",
	}
	if !slices.Equal(next.urls, want) {
		t.Errorf("sent %q, want %q", next.urls, want)
	}
	if req.URL.Host != "user" {
		t.Errorf("the caller's own request was changed to %s", req.URL)
	}
}

func TestThereMustBeAnEndpoint(t *testing.T) {
	if _, err := New(nil, new(sent)); err == nil {
		t.Error("New without endpoints succeeded")
	}
	if _, err := New([]string{"http://a:b"}, new(sent)); err == nil {
		t.Error("New with a URL that is none succeeded")
	}
}

package proxy

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestWhoAddsToAReadyAnswersHeaderAddsToNobodyElses(t *testing.T) {
	languages := make([]string, 17) // of which a copy has room for one more
	for i := range languages {
		languages[i] = "Accept-Language"
	}
	ready := NewReady(http.Header{"Vary": languages, "X-Some": languages}, nil)
	answer := func() http.Header {
		w := httptest.NewRecorder()
		ready.Head(w.Header())
		if err := ready.Send(w); err != nil {
			t.Fatal(err)
		}
		return w.Header()
	}
	one, other := answer(), answer()
	for _, name := range []string{"Vary", "X-Some"} {
		one.Add(name, "one")
		other.Add(name, "other")
		if got := one[name]; !slices.Equal(got, append(slices.Clone(languages), "one")) {
			t.Errorf("%s is %v", name, got)
		}
	}
}

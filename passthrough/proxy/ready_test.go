package proxy

import (
	"net/http"
	"slices"
	"testing"
)

func TestWhoAddsToAReadyAnswersHeaderAddsToNobodyElses(t *testing.T) {
	languages := make([]string, 17) // of which a copy has room for one more
	for i := range languages {
		languages[i] = "Accept-Language"
	}
	ready := NewReady(http.Header{"Vary": languages, "X-Some": languages}, nil)
	one, other := make(http.Header), make(http.Header)
	ready.Head(one)
	ready.Head(other)
	for _, name := range []string{"Vary", "X-Some"} {
		one.Add(name, "one")
		other.Add(name, "other")
		if got := one[name]; !slices.Equal(got, append(slices.Clone(languages), "one")) {
			t.Errorf("%s is %v", name, got)
		}
	}
}

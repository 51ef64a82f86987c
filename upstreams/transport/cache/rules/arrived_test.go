package rules

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// arrived is an answer as it came, of which nothing has been read.
func arrived(t *rapid.T) Answer {
	asked := noon.Add(-anyDuration(t, "way"))
	return Answer{Status: anyStatus.Draw(t, "status"), Header: anyHeader(t), Asked: asked, Came: noon}
}

func TestItMakesNoDifferenceWhenAnAnswerIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, req, raw := anySettings(t), anyRequest(t), arrived(t)
		before := raw.Header.Clone()
		read := raw.Read(s)
		if Storable(req, raw, s) != Storable(req, read, s) || Sharable(req, raw, s) != Sharable(req, read, s) ||
			TermsOf(raw, s) != TermsOf(read, s) || Explicit(raw, s) != Explicit(read, s) {
			t.Fatalf("it does with %v", raw.Header)
		}
		came, ok := Arrived(raw.Status, raw.Header, raw.Asked, raw.Came, s)
		if !ok {
			if Storable(req, raw, s) || Sharable(req, raw, s) {
				t.Fatalf("somebody else may be given what was not read: %v", raw.Header)
			}
			return
		}
		one, other := came.Kept(s), NewAnswer(raw.Status, raw.Header, raw.Asked, raw.Came, nil, s)
		if diff := cmp.Diff(other.Header, one.Header); diff != "" || TermsOf(one, s) != TermsOf(other, s) {
			t.Fatalf("it is kept otherwise: %v\n%s", TermsOf(one, s), diff)
		}
		if diff := cmp.Diff(before, raw.Header); diff != "" {
			t.Fatalf("what came has changed: %s", diff)
		}
	})
}

// To be given to those who wait, an answer need only be one that could be kept if somebody wanted that.
func TestWhatCouldBeKeptIsShared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, req, a := anySettings(t), anyRequest(t), arrived(t)
		wanting, judged := s, a
		wanting.TTL, wanting.NegativeTTL, wanting.StaleIfError = longest, longest, longest
		if a.Status >= http.StatusInternalServerError {
			judged.Status = http.StatusOK
		}
		if got, want := Sharable(req, a, s), Storable(req, judged, wanting); got != want {
			t.Fatalf("%d with %v is shared: %t", a.Status, a.Header, got)
		}
		if Storable(req, a, s) && !Sharable(req, a, s) {
			t.Fatalf("%d with %v is kept and not shared", a.Status, a.Header)
		}
	})
}

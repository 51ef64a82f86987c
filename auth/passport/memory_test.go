package passport

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNoTwoBearersHaveTheSameName(t *testing.T) {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("a \x00\x01\x02")), 0, 3, -1)
	bearer := rapid.Custom(func(r *rapid.T) Bearer {
		return Bearer{
			Subject:   words.Draw(r, "subject"),
			Scopes:    rapid.SliceOfN(words, 0, 3).Draw(r, "scopes"),
			Tenant:    words.Draw(r, "tenant"),
			ID:        words.Draw(r, "id"),
			Anonymous: rapid.Bool().Draw(r, "anonymous"),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		a, b := bearer.Draw(r, "a"), bearer.Draw(r, "b")
		to, other := words.Draw(r, "to"), words.Draw(r, "other")
		same := a.Subject == b.Subject && slices.Equal(a.Scopes, b.Scopes) && a.Tenant == b.Tenant && a.ID == b.ID &&
			a.Anonymous == b.Anonymous && to == other
		if (nameOf(a, to) == nameOf(b, other)) != same {
			r.Errorf("%+v for %q and %+v for %q", a, to, b, other)
		}
	})
}

func TestAPassportFromTheFutureIsNotUsed(t *testing.T) {
	memory, err := newMemory(1)
	if err != nil {
		t.Fatal(err)
	}
	s := &Signer{known: memory}
	n, now := nameOf(Bearer{Subject: "7"}, "orders"), time.Now()
	for name, c := range map[string]struct {
		from, until time.Duration
		want        bool
	}{
		"now":                       {-time.Minute, time.Minute, true},
		"the clock was set back":    {time.Minute, time.Hour, false},
		"the clock was set forward": {-time.Hour, -time.Minute, false},
	} {
		s.known.Set(n, remembered{token: name, from: now.Add(c.from), until: now.Add(c.until)})
		if _, got := s.recall(n); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

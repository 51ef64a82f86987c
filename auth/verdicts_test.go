package auth

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func newMemory(t testing.TB) *verdicts {
	t.Helper()
	v, err := newVerdicts()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestATokenThatIsRememberedIsHardlyAnyWork(t *testing.T) {
	c, text, _ := known(t)
	for name, c := range map[string]Config{"issuers": c, "introspection": asking(c)} {
		a := opened(t, c)
		r := withHeader(t, "Authorization", "Bearer "+text)
		wantCaller(t, a, r, "7")
		if got := testing.AllocsPerRun(100, func() { wantCaller(t, a, r, "7") }); got > 2 {
			t.Errorf("%s: %v allocations, want 2 at most", name, got)
		}
	}
}

func TestGoodTokensAreRememberedForFiveMinutesOrUntilTheyEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		lifetime time.Duration
		asked    []int // how often it was verified, at the end of each minute
	}{
		"for an hour":         {time.Hour, []int{1, 1, 1, 1, 1, 2, 2}},
		"for two minutes":     {2 * time.Minute, []int{1, 1, 2, 3, 4, 5, 6}},
		"in the leeway":       {-time.Second, []int{1, 2, 3, 4, 5, 6, 7}},
		"for exactly as long": {maxVerdictAge, []int{1, 1, 1, 1, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newMemory(t)
				want := credential.Grant{Subject: "7", Plan: "gold", Client: "web", Tenant: "acme", Until: time.Now().Add(tt.lifetime)}
				asked := 0
				var got []int
				for range tt.asked {
					grant, err := v.of(hashOf("token"), func() (credential.Grant, error) { asked++; return want, nil })
					if err != nil || !cmp.Equal(want, grant) {
						t.Fatal(grant, err)
					}
					got = append(got, asked)
					time.Sleep(time.Minute)
				}
				if diff := cmp.Diff(tt.asked, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestBadTokensAreNotRemembered(t *testing.T) {
	v := newMemory(t)
	for _, err := range []error{credential.ErrInvalid, credential.ErrExpired, credential.ErrUnavailable} {
		asked := 0
		for range 3 {
			if _, got := v.of(hashOf("token"), func() (credential.Grant, error) { asked++; return credential.Grant{}, err }); !errors.Is(got, err) {
				t.Errorf("got %v, want %v", got, err)
			}
		}
		if asked != 3 || v.known.EstimatedSize() > 0 {
			t.Errorf("%v: asked %d times, %d are known", err, asked, v.known.EstimatedSize())
		}
	}
}

func TestTheMemoryOfVerdictsIsBounded(t *testing.T) {
	v := newMemory(t)
	good := credential.Grant{Subject: "7", Until: time.Now().Add(time.Hour)}
	for i := range 4 * maxVerdicts {
		if _, err := v.of(hashOf(strconv.Itoa(i)), func() (credential.Grant, error) { return good, nil }); err != nil {
			t.Fatal(err)
		}
	}
	v.known.CleanUp()
	if got := v.known.EstimatedSize(); got > maxVerdicts || got == 0 {
		t.Errorf("%d verdicts are remembered, %d at most", got, maxVerdicts)
	}
}

package auth_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/token"
)

func TestARememberedTokenStillExpires(t *testing.T) {
	for name, lifetime := range map[string]time.Duration{
		"before the verdict is forgotten": 2 * time.Minute,
		"after the verdict is forgotten":  20 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := settings()
				s := open(t, c)
				begin := time.Now()
				q := bearer(signed(t, token.Claims{Lifetime: lifetime}))
				end := lifetime + c.Issuers[0].Leeway
				var got []int
				for _, at := range []time.Duration{0, end / 2, lifetime - 1, lifetime, end - time.Second, end, end + time.Hour} {
					time.Sleep(time.Until(begin.Add(at)))
					got = append(got, s.ask(t, q).status)
				}
				if diff := cmp.Diff([]int{200, 200, 200, 200, 200, 401, 401}, got); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff([]string{`{result="expired"} 2`, `{result="ok"} 5`}, s.counted(t)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// lookAgain is more than the interval in which files are looked at.
const lookAgain = 2 * time.Second

func TestWhatIsRevokedIsRefusedAtOnceThoughItsVerdictIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.Anonymous = true
		c.Revoked.File = filepath.Join(t.TempDir(), "revoked.yml")
		replace(t, c.Revoked.File, "tokens: []\n")
		key := withKey(t, &c, apikey.Entry{ID: "nightly", Owner: "export"})
		s := open(t, c)
		defer s.run(t)()
		first := bearer(signed(t, token.Claims{ID: "first"}))
		second := bearer(signed(t, token.Claims{ID: "second"}))
		other := bearer(signed(t, token.Claims{Subject: "8", ID: "other"}))
		cookie := withHeader("Cookie", cookieName+"="+signed(t, token.Claims{ID: "first"}), "Sec-Fetch-Site", "none")
		all := []request{first, second, other, cookie, withHeader(keyHeader, key)}
		check := func(what string, want ...int) {
			t.Helper()
			time.Sleep(lookAgain)
			synctest.Wait()
			var got []int
			for _, q := range all {
				got = append(got, s.ask(t, q).status)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(what, diff)
			}
		}
		check("none", 200, 200, 200, 200, 200)
		replace(t, c.Revoked.File, "tokens: [first, key:nightly]\n")
		check("by their ids", 401, 200, 200, 401, 401)
		replace(t, c.Revoked.File, "subjects: [{id: \"7\"}]\n")
		check("by their subject", 401, 401, 200, 401, 200)
		replace(t, c.Revoked.File, "subjects: [{id: \"8\", before: 2200-01-01T00:00:00Z}, {id: export, before: 1999-01-01T00:00:00Z}]\n")
		check("by when they were issued", 200, 200, 401, 200, 401)
		replace(t, c.Revoked.File, "tokens: []\n")
		check("none any more", 200, 200, 200, 200, 200)
		if diff := cmp.Diff([]string{`{result="ok"} 17`, `{result="revoked"} 8`}, s.counted(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAKeyThatIsTakenOutOfTheFileIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.APIKeys.File = filepath.Join(t.TempDir(), "keys.yml")
		key, hash, err := apikey.Generate("nightly")
		if err != nil {
			t.Fatal(err)
		}
		replace(t, c.APIKeys.File, "keys: [{id: nightly, owner: export, hashes: [{sha256: "+hash+"}]}]\n")
		s := open(t, c)
		defer s.run(t)()
		q := withHeader(keyHeader, key)
		wantSeen(t, s.ask(t, q), seen{ID: "export", Method: "api_key", Credential: "key:nightly", Client: "nightly"})
		replace(t, c.APIKeys.File, "keys: []\n")
		time.Sleep(lookAgain)
		synctest.Wait()
		wantRefused(t, s.ask(t, q), http.StatusUnauthorized, challengeInvalid)
	})
}

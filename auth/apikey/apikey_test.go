package apikey

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// made is a new key and the hash that is stored of it.
type made struct{ key, hash string }

func generate(t testing.TB, id string) made {
	t.Helper()
	key, hash, err := Generate(id)
	if err != nil {
		t.Fatal(err)
	}
	return made{key, hash}
}

// of is an entry with the hashes of those keys.
func of(id string, keys ...made) Entry {
	e := Entry{ID: id, Owner: id + "'s owner", Scopes: []string{"read", "write"}}
	for _, k := range keys {
		e.Hashes = append(e.Hashes, Hash{SHA256: k.hash})
	}
	return e
}

func open(t testing.TB, entries ...Entry) *Keys {
	t.Helper()
	keys, err := Open(Config{Header: "X-API-Key", Keys: entries}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAKeySaysWhoseItIsAndWhatFor(t *testing.T) {
	desk, robot := generate(t, "desk"), generate(t, "robot-2")
	end := time.Now().Add(time.Hour)
	entry := of("desk", desk)
	entry.Expires, entry.Plan, entry.Tenant = end, "gold", "acme"
	got, err := open(t, of("robot-2", robot), entry).Check(desk.key)
	want := credential.Grant{
		Subject: "desk's owner", Scopes: []string{"read", "write"}, Plan: "gold", Client: "desk", Tenant: "acme", ID: "key:desk", Until: end,
	}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %v and\n%s", err, cmp.Diff(want, got))
	}
}

func TestAKeyWithoutAPlanOrATenantAssignsNone(t *testing.T) {
	desk := generate(t, "desk")
	if got, err := open(t, of("desk", desk)).Check(desk.key); err != nil || got.Plan != "" || got.Tenant != "" || got.Client != "desk" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhoeverChangesAGrantChangesNoOther(t *testing.T) {
	desk := generate(t, "desk")
	keys := open(t, of("desk", desk))
	first, _ := keys.Check(desk.key)
	first.Scopes[0] = "everything"
	if second, _ := keys.Check(desk.key); second.Scopes[0] != "read" {
		t.Error("the entry has another's scopes")
	}
}

func TestWhatIsNoKeyOfThisGatewayIsInvalid(t *testing.T) {
	desk, other, spare := generate(t, "desk"), generate(t, "desk"), generate(t, "spare")
	keys := open(t, of("desk", desk), of("spare", spare))
	secret := strings.TrimPrefix(desk.key, "cgk_desk_")
	for what, text := range map[string]string{
		"nothing":                        "",
		"another secret":                 other.key,
		"an id that nobody has":          generate(t, "nobody").key,
		"the secret of another id":       "cgk_spare_" + secret,
		"the stored hash":                desk.hash,
		"the stored hash for a secret":   "cgk_desk_" + desk.hash,
		"no secret":                      "cgk_desk_",
		"no id":                          "cgk__" + secret,
		"no prefix":                      "desk_" + secret,
		"another prefix":                 strings.ToUpper("cgk") + "_desk_" + secret,
		"a longer secret":                desk.key + "A",
		"a shorter secret":               desk.key[:len(desk.key)-1],
		"padding":                        desk.key + "=",
		"a space around it":              " " + desk.key,
		"a line break in it":             desk.key[:20] + "\n" + desk.key[21:],
		"a second form of the same bits": desk.key[:len(desk.key)-1] + "B",
		"something far too long":         strings.Repeat("cgk_", 1<<20),
	} {
		if grant, err := keys.Check(text); !errors.Is(err, credential.ErrInvalid) || grant.Subject != "" {
			t.Errorf("%s: got %+v, %v", what, grant, err)
		}
	}
}

func TestTwoKeysAreTakenWhileOneTakesTheOthersPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, next := generate(t, "desk"), generate(t, "desk")
		entry := of("desk", old, next)
		entry.Hashes[0].Expires = time.Now().Add(time.Hour)
		entry.Expires = time.Now().Add(2 * time.Hour)
		keys := open(t, entry)
		check := func(after time.Duration, k made, want error, until time.Time) {
			t.Helper()
			grant, err := keys.Check(k.key)
			if !errors.Is(err, want) || !grant.Until.Equal(until) {
				t.Errorf("after %s: got %v until %v, want %v until %v", after, err, grant.Until, want, until)
			}
		}
		check(0, old, nil, entry.Hashes[0].Expires)
		check(0, next, nil, entry.Expires)
		time.Sleep(time.Hour - time.Nanosecond)
		check(time.Hour-1, old, nil, entry.Hashes[0].Expires)
		time.Sleep(time.Nanosecond)
		check(time.Hour, old, credential.ErrExpired, time.Time{})
		check(time.Hour, next, nil, entry.Expires)
		time.Sleep(time.Hour)
		check(2*time.Hour, next, credential.ErrExpired, time.Time{})
		check(2*time.Hour, generate(t, "desk"), credential.ErrInvalid, time.Time{})
	})
}

func TestTheNearerEndCounts(t *testing.T) {
	soon, late := time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	for _, c := range []struct{ entry, hash, want time.Time }{
		{}, {entry: soon, want: soon}, {hash: soon, want: soon}, {soon, late, soon}, {late, soon, soon},
	} {
		desk := generate(t, "desk")
		entry := of("desk", desk)
		entry.Expires, entry.Hashes[0].Expires = c.entry, c.hash
		if got, err := open(t, entry).Check(desk.key); err != nil || !got.Until.Equal(c.want) {
			t.Errorf("%+v gives %v, %v", c, got.Until, err)
		}
	}
}

func TestWithoutKeysNoneIsTaken(t *testing.T) {
	keys := open(t)
	if _, err := keys.Check(generate(t, "desk").key); !errors.Is(err, credential.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	keys.Run(t.Context()) // returns, because there is no file
}

func TestAConfigurationThatIsWrongOpensNothing(t *testing.T) {
	_, err := Open(Config{Header: "X-API-Key", Keys: []Entry{{ID: "desk", Owner: "desk"}}}, slog.New(slog.DiscardHandler))
	want := "read the API keys: keys[0].hashes: must be one, or two while one key takes another's place"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func BenchmarkCheck(b *testing.B) {
	desk := generate(b, "desk")
	keys := open(b, of("desk", desk))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Check(desk.key); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleGenerate() {
	key, hash, err := Generate("desk")
	fmt.Println(key[:9], len(key), len(hash), err)
	// Output: cgk_desk_ 52 64 <nil>
}

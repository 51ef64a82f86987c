package apikey

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestAKeyIsMadeForEachId(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9-]{1,64}`).Draw(t, "id")
		key, hash, err := Generate(id)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256([]byte(key)); hash != hex.EncodeToString(sum[:]) {
			t.Error("the hash is not that of the key")
		}
		if got, ok := parse(key); !ok || got != id {
			t.Errorf("%q reads as a key of %q, %t", key, got, ok)
		}
		if again, _, _ := Generate(id); again == key {
			t.Error("two keys are the same")
		}
	})
}

func TestNoKeyIsMadeForWhatIsNoId(t *testing.T) {
	for _, id := range []string{"", "Desk", "desk_1", "desk 1", "dèsk", "desk\n", strings.Repeat("a", 65)} {
		if key, hash, err := Generate(id); err == nil || key != "" || hash != "" {
			t.Errorf("%q has a key", id)
		}
	}
}

// A key with one character changed is another's or nobody's.
func TestNoOtherTextPassesForAKey(t *testing.T) {
	desk := generate(t, "desk")
	keys := open(t, of("desk", desk))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(desk.key)-1).Draw(t, "at")
		text := desk.key[:at] + string(rapid.Byte().Draw(t, "byte")) + desk.key[at+1:]
		if _, err := keys.Check(text); text != desk.key && !errors.Is(err, credential.ErrInvalid) {
			t.Errorf("character %d may differ", at)
		}
	})
}

func FuzzKey(f *testing.F) {
	desk := made{key: "cgk_desk_" + strings.Repeat("A", 43)}
	sum := sha256.Sum256([]byte(desk.key))
	desk.hash = hex.EncodeToString(sum[:])
	keys := open(f, of("desk", desk))
	for _, text := range []string{desk.key, "cgk_desk_" + strings.Repeat("_", 42) + "A", "cgk_a_b_c", "cgk__", "cgk_", "", "cgk_desk_" + strings.Repeat("\n", 43)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := parse(text)
		if ok && (!strings.HasPrefix(text, "cgk_"+id+"_") || !isID(id) || len(text) != len(id)+48 || len(text) > 256) {
			t.Errorf("%q reads as a key of %q", text, id)
		}
		if _, err := keys.Check(text); (err == nil) != (text == desk.key) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

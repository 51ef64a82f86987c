package apikey

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mistakes(c Config) (all []string) {
	c.Validate(func(path, message string) { all = append(all, path+": "+message) })
	return all
}

func TestTheDefaultsTakeNoKeyAndAreValid(t *testing.T) {
	c := DefaultConfig()
	if c.Enabled() || c.Header != "X-API-Key" || len(mistakes(c)) > 0 {
		t.Errorf("got %+v with the mistakes %q", c, mistakes(c))
	}
	if !(Config{File: "keys.yml"}).Enabled() || !(Config{Keys: make([]Entry, 1)}).Enabled() {
		t.Error("a key can be taken, and it says none can")
	}
}

func TestAHeaderIsOneOfItsOwn(t *testing.T) {
	for _, name := range []string{"X-API-Key", "x-api-key", "Api-Key", "X-Gateway-Key"} {
		if got := mistakes(Config{Header: name}); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]string{
		"":                    "header: must be the name of a header field, such as X-API-Key",
		"X API Key":           "header: must be the name of a header field, such as X-API-Key",
		"X-API-Key:":          "header: must be the name of a header field, such as X-API-Key",
		"Authorization":       "header: must be a field of its own: this one means something else already",
		"cookie":              "header: must be a field of its own: this one means something else already",
		"Proxy_Authorization": "header: must be a field of its own: this one means something else already",
		"HOST":                "header: must be a field of its own: this one means something else already",
		"content-length":      "header: must be a field of its own: this one means something else already",
		"X-Forwarded-For":     "header: must be a field of its own: this one means something else already",
		"Idempotency-Key":     "header: must be a field of its own: this one means something else already",
	} {
		if got := mistakes(Config{Header: name}); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestEveryMistakeInTheKeysIsToldByItsPath(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	good := Entry{ID: "a", Owner: "desk", Hashes: []Hash{{SHA256: hash}}}
	with := func(change func(*Entry)) Entry {
		e := good
		change(&e)
		return e
	}
	scope := `must be 1 to 128 visible ASCII characters other than " and \`
	plan := "plan: must be at most 100 bytes of text that can be printed, without spaces"
	tenant := strings.Replace(plan, "plan", "tenant", 1)
	digits := "must be the SHA-256 hash of the whole key: 64 hexadecimal digits"
	for i, c := range []struct {
		entry Entry
		want  []string
	}{
		{good, nil},
		{with(func(e *Entry) { e.Expires = time.Unix(1, 0) }), nil},
		{with(func(e *Entry) { e.Hashes = []Hash{{SHA256: strings.ToUpper(hash)}} }), nil},
		{with(func(e *Entry) { e.ID = "A_b" }), []string{"id: must be made of 1 to 64 small letters, digits and hyphens"}},
		{with(func(e *Entry) { e.Owner = "" }), []string{"owner: must be 1 to 256 bytes of text that can be printed"}},
		{with(func(e *Entry) { e.Owner = "a\nb" }), []string{"owner: must be 1 to 256 bytes of text that can be printed"}},
		{with(func(e *Entry) { e.Scopes = []string{"a:b", "a b", ""} }), []string{"scopes[1]: " + scope, "scopes[2]: " + scope}},
		{with(func(e *Entry) { e.Scopes = slices.Repeat([]string{"a"}, 65) }), []string{"scopes: must be 64 at most"}},
		{with(func(e *Entry) { e.Plan = strings.Repeat("a", 100) }), nil},
		{with(func(e *Entry) { e.Plan = strings.Repeat("a", 101) }), []string{plan}},
		{with(func(e *Entry) { e.Plan = "pure gold" }), []string{plan}},
		{with(func(e *Entry) { e.Plan = "gold\n" }), []string{plan}},
		{with(func(e *Entry) { e.Tenant = strings.Repeat("ä", 50) }), nil},
		{with(func(e *Entry) { e.Tenant = "acme inc" }), []string{tenant}},
		{with(func(e *Entry) { e.Tenant = "acme\n" }), []string{tenant}},
		{with(func(e *Entry) { e.Hashes = nil }), []string{"hashes: must be one, or two while one key takes another's place"}},
		{with(func(e *Entry) { e.Hashes = make([]Hash, 3) }), []string{"hashes: must be one, or two while one key takes another's place"}},
		{with(func(e *Entry) { e.Hashes = make([]Hash, 1) }), []string{"hashes[0].sha256: " + digits}},
		{with(func(e *Entry) { e.Hashes = []Hash{{SHA256: hash[1:] + "g"}} }), []string{"hashes[0].sha256: " + digits}},
		{with(func(e *Entry) { e.Hashes = []Hash{{SHA256: hash}, {SHA256: strings.ToUpper(hash)}} }), []string{"hashes[1].sha256: is the same as the other"}},
	} {
		for j, each := range c.want {
			c.want[j] = "keys[0]." + each
		}
		if diff := cmp.Diff(c.want, mistakes(Config{Header: "X-API-Key", Keys: []Entry{c.entry}})); diff != "" {
			t.Errorf("case %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestAnIdIsThatOfOneKeyAlone(t *testing.T) {
	good := Entry{ID: "a", Owner: "desk", Hashes: []Hash{{SHA256: strings.Repeat("ab", 32)}}}
	got := mistakes(Config{Header: "X-API-Key", Keys: []Entry{good, good}})
	if want := []string{"keys[1].id: is that of another key"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMistakesNeverShowAHash(t *testing.T) {
	hash := strings.Repeat("ab", 31)
	c := Config{Header: "X-API-Key", Keys: []Entry{{ID: hash, Owner: "\n" + hash, Hashes: []Hash{{SHA256: hash}}}}}
	if got := fmt.Sprint(mistakes(c)); strings.Contains(got, hash) {
		t.Error(got)
	}
}

package revocation_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/revocation"
)

var noon = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, c revocation.Config) *revocation.List {
	t.Helper()
	list, err := revocation.Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func replace(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsRevoked(t *testing.T) {
	list := open(t, revocation.Config{Entries: revocation.Entries{
		Tokens:   []string{"stolen", "key:desk"},
		Subjects: []revocation.Subject{{ID: "gone"}, {ID: "hacked", Before: noon}},
	}})
	for what, c := range map[string]struct {
		grant credential.Grant
		want  bool
	}{
		"a credential of somebody else":       {credential.Grant{Subject: "well", ID: "own", Issued: noon}, false},
		"one without an id or a time":         {credential.Grant{Subject: "well"}, false},
		"a listed token":                      {credential.Grant{Subject: "well", ID: "stolen", Issued: noon}, true},
		"a listed key":                        {credential.Grant{Subject: "well", ID: "key:desk"}, true},
		"a token whose id differs by case":    {credential.Grant{Subject: "well", ID: "Stolen"}, false},
		"a subject with the name of a token":  {credential.Grant{Subject: "stolen"}, false},
		"a token with the name of a subject":  {credential.Grant{Subject: "well", ID: "gone"}, false},
		"any of a subject":                    {credential.Grant{Subject: "gone", Issued: noon.AddDate(99, 0, 0)}, true},
		"an old one of a subject":             {credential.Grant{Subject: "hacked", Issued: noon.Add(-1)}, true},
		"one of that very moment":             {credential.Grant{Subject: "hacked", Issued: noon}, false},
		"a newer one":                         {credential.Grant{Subject: "hacked", Issued: noon.Add(1)}, false},
		"one of which nobody knows how old":   {credential.Grant{Subject: "hacked"}, true},
		"a listed token of a spared subject":  {credential.Grant{Subject: "hacked", ID: "stolen", Issued: noon.Add(1)}, true},
		"the same moment in another timezone": {credential.Grant{Subject: "hacked", Issued: noon.In(time.FixedZone("", 3600))}, false},
	} {
		if got := list.Revoked(c.grant); got != c.want {
			t.Errorf("%s: revoked is %t", what, got)
		}
	}
}

func TestNothingIsRevokedWithoutAList(t *testing.T) {
	list := open(t, revocation.Config{})
	if list.Revoked(credential.Grant{}) || list.Revoked(credential.Grant{Subject: "a", ID: "b"}) {
		t.Error("something is revoked")
	}
	list.Run(t.Context()) // returns, because there is no file
}

// However often a subject is named, in whatever order, what one of the entries revokes is revoked.
func TestAnEntryMoreNeverRevokesLess(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		hours := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 5).Draw(rt, "before") // 0: all
		var c revocation.Config
		for _, h := range hours {
			s := revocation.Subject{ID: "a"}
			if h > 0 {
				s.Before = noon.Add(time.Duration(h) * time.Hour)
			}
			c.Entries.Subjects = append(c.Entries.Subjects, s)
		}
		issued := rapid.IntRange(0, 5).Draw(rt, "issued")
		got := open(t, c).Revoked(credential.Grant{Subject: "a", Issued: noon.Add(time.Duration(issued) * time.Hour)})
		want := slices.ContainsFunc(hours, func(h int) bool { return h == 0 || issued < h })
		if got != want {
			rt.Errorf("revoked is %t", got)
		}
	})
}

func TestAFileRevokesBesideTheConfigurationAndIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "revoked.yml")
		replace(t, path, "tokens: [one]")
		list := open(t, revocation.Config{File: path, Entries: revocation.Entries{Tokens: []string{"fixed"}}})
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { list.Run(ctx) })
		check := func(want ...string) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			var got []string
			for _, id := range []string{"fixed", "one", "two"} {
				if list.Revoked(credential.Grant{Subject: "a", ID: id, Issued: noon}) {
					got = append(got, id)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q are revoked, want %q", got, want)
			}
		}
		check("fixed", "one")
		replace(t, path, "tokens: [two]\nsubjects:\n")
		check("fixed", "two")
		replace(t, path, "subjects:\n  - id: a\n    before: 2027-01-31T13:00:01+01:00\n")
		check("fixed", "one", "two")
		replace(t, path, "tokens: []")
		check("fixed")
		end()
		running.Wait()
	})
}

// A list that somebody emptied or broke by mistake must not let everybody in again.
func TestAWrongFileLeavesTheLastList(t *testing.T) {
	for text, reason := range map[string]string{
		"":                                  "it holds nothing",
		"# none\n":                          "it holds nothing",
		"tokens: sesame":                    "line 1: a list must stand here",
		"tokens: [0123]":                    "line 1: text must stand here: put quotes around it",
		"token: [sesame]":                   "line 1: no such name is known here: those that are known are tokens, subjects",
		"tokens: ['']":                      "tokens[0]: must be 1 to 1024 bytes of text that can be printed",
		"tokens: [\"sesame\\n\"]":           "tokens[0]: must be 1 to 1024 bytes of text that can be printed",
		"subjects: [{before: sesame}]":      "line 1: the text has not the form that it needs here",
		"subjects: [sesame]":                "line 1: names and values must stand here",
		"subjects: [{}]":                    "subjects[0].id: must be 1 to 1024 bytes of text that can be printed",
		strings.Repeat("# sesame\n", 1<<20): "it is larger than 8388608 bytes",
	} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "revoked.yml")
			replace(t, path, "tokens: [one]")
			var log bytes.Buffer
			list, err := revocation.Open(revocation.Config{File: path}, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { list.Run(ctx) })
			replace(t, path, text)
			time.Sleep(time.Second)
			synctest.Wait()
			if !list.Revoked(credential.Grant{Subject: "a", ID: "one"}) {
				t.Errorf("%q: the last list is gone", reason)
			}
			end()
			running.Wait()
			_, err = revocation.Open(revocation.Config{File: path}, slog.New(slog.DiscardHandler))
			if err == nil || err.Error() != "read the revocations: read "+path+": "+reason {
				t.Errorf("got %v, want %q", err, reason)
			}
			if !strings.Contains(log.String(), reason) || strings.Contains(log.String()+err.Error(), "sesame") {
				t.Errorf("want %q, and nothing of the file, in:\n%s", reason, log.String())
			}
		})
	}
}

func TestAConfigurationThatIsWrongOpensNothing(t *testing.T) {
	c := revocation.Config{Entries: revocation.Entries{Tokens: []string{"a", ""}}}
	_, err := revocation.Open(c, slog.New(slog.DiscardHandler))
	want := "read the revocations: tokens[1]: must be 1 to 1024 bytes of text that can be printed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestAHundredThousandTokensAreLookedUpWithoutAllocating(t *testing.T) {
	var text strings.Builder
	text.WriteString("tokens:\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "  - 0190f5fe-7c00-7a00-8000-%012d\n", i)
	}
	text.WriteString("subjects:\n  - {id: hacked, before: 2027-01-31T12:00:00Z}\n")
	path := filepath.Join(t.TempDir(), "revoked.yml")
	replace(t, path, text.String())
	list := open(t, revocation.Config{File: path})
	last := credential.Grant{Subject: "a", ID: "0190f5fe-7c00-7a00-8000-000000099999"}
	old, other := credential.Grant{Subject: "hacked"}, credential.Grant{Subject: "a", ID: "0190f5fe"}
	if !list.Revoked(last) || !list.Revoked(old) || list.Revoked(other) {
		t.Error("the list does not say what the file says")
	}
	allocated := testing.AllocsPerRun(100, func() {
		list.Revoked(last)
		list.Revoked(old)
		list.Revoked(other)
	})
	if allocated != 0 {
		t.Errorf("a lookup makes %.2f allocations, want none", allocated/3)
	}
}

// Eight MiB are enough for as many subjects, each with a moment.
func TestTheBoundLeavesRoomForAHundredThousandSubjects(t *testing.T) {
	entry := "  - id: 0190f5fe-7c00-7a00-8000-000000000000\n    before: 2027-01-31T12:00:00Z\n"
	if size := 100_000 * len(entry); size > 8<<20 {
		t.Errorf("they take %d bytes", size)
	}
}

func BenchmarkRevoked(b *testing.B) {
	list := open(b, revocation.Config{Entries: revocation.Entries{
		Tokens: []string{"one"}, Subjects: []revocation.Subject{{ID: "hacked", Before: noon}},
	}})
	grant := credential.Grant{Subject: "hacked", ID: "0190f5fe-7c00-7a00-8000-000000000000", Issued: noon}
	b.ReportAllocs()
	for b.Loop() {
		list.Revoked(grant)
	}
}

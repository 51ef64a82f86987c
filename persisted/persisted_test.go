package persisted_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/units"
)

const (
	trusted = "query Me { me { name } }"
	other   = "{ me { email } }"
)

// settings keep documents for an hour.
func settings() persisted.AutomaticConfig {
	return persisted.AutomaticConfig{Enabled: true, Memory: 2 * units.MiB, Lifetime: time.Hour}
}

// manifestFile is one that trusts a document by the id me.
func manifestFile(t *testing.T) string {
	t.Helper()
	return write(t, filepath.Join(t.TempDir(), "m.json"), `{"me": "`+trusted+`"}`)
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func anything(*persisted.Set) error { return nil }

func openLibrary(t *testing.T, paths ...string) *persisted.Library {
	t.Helper()
	sources := make([]persisted.Source, len(paths))
	for i, path := range paths {
		sources[i].Path = path
	}
	library, err := persisted.Open(sources, anything, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return library
}

// desk has the manifest's document trusted, and clients may register others where that goes with the safelist.
func desk(t *testing.T, safelist persisted.Safelist, automatic bool, manifests ...string) *persisted.Desk {
	t.Helper()
	parts := persisted.Parts{Safelist: safelist, Library: openLibrary(t, manifests...)}
	if automatic && !safelist.Closed() {
		parts.Automatic = persisted.NewAutomatic(settings(), nil)
	}
	return persisted.NewDesk(parts, prometheus.NewRegistry())
}

// found says in a word what came of a request.
func found(t *testing.T, d *persisted.Desk, ask persisted.Ask) string {
	t.Helper()
	got, err := d.Find(t.Context(), ask)
	if err != nil {
		return problem.KindOf(err).Code()
	}
	d.Keep(got)
	if got.Hash != "" {
		return "to be kept"
	}
	return string(got.Way)
}

func TestWhichDocumentARequestMeans(t *testing.T) {
	file := manifestFile(t)
	hash, strange := manifest.Hash(trusted), manifest.Hash(other)
	const mismatch, listed, safelisted, ids = "PERSISTED_QUERY_HASH_MISMATCH", "PERSISTED_QUERY_NOT_IN_LIST", "QUERY_NOT_IN_SAFELIST", "PERSISTED_QUERY_ID_REQUIRED"
	const missing, unsupported = "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"
	for name, tt := range map[string]struct {
		ask                         persisted.Ask
		off, audit, documents, byID string
		none                        string // with neither manifests nor registering
	}{
		"by its id":                {persisted.Ask{ID: "me"}, "trusted", "trusted", "trusted", "trusted", listed},
		"by its hash":              {persisted.Ask{ID: hash}, "trusted", "trusted", "trusted", "trusted", unsupported},
		"by its hash, as such":     {persisted.Ask{ID: "sha256:" + hash}, "trusted", "trusted", "trusted", "trusted", unsupported},
		"by its id and as it is":   {persisted.Ask{ID: "me", Text: trusted}, "trusted", "trusted", "trusted", "trusted", mismatch},
		"another by its id":        {persisted.Ask{ID: "me", Text: other}, mismatch, mismatch, mismatch, mismatch, mismatch},
		"as it is":                 {persisted.Ask{Text: trusted}, "text", "trusted", "trusted", ids, "text"},
		"another":                  {persisted.Ask{Text: other}, "text", "untrusted", safelisted, ids, "text"},
		"another, freely":          {persisted.Ask{Text: other, Free: true}, "text", "text", "text", "text", "text"},
		"nothing":                  {persisted.Ask{}, "text", "text", "text", "text", "text"},
		"an unknown id":            {persisted.Ask{ID: "you"}, listed, listed, listed, listed, listed},
		"an unknown hash":          {persisted.Ask{ID: strange}, missing, missing, listed, listed, unsupported},
		"an unknown hash, freely":  {persisted.Ask{ID: strange, Free: true}, missing, missing, missing, missing, unsupported},
		"another with its hash":    {persisted.Ask{ID: strange, Text: other}, "to be kept", "to be kept", safelisted, ids, "text"},
		"another with a wrong one": {persisted.Ask{ID: strange[:63] + "0", Text: other}, mismatch, mismatch, safelisted, ids, mismatch},
		"another with an id":       {persisted.Ask{ID: "you", Text: other}, mismatch, mismatch, safelisted, ids, mismatch},
		"a hash in large letters":  {persisted.Ask{ID: strings.ToUpper(strange), Text: other}, mismatch, mismatch, safelisted, ids, mismatch},
	} {
		t.Run(name, func(t *testing.T) {
			got := []string{
				found(t, desk(t, persisted.Off, true, file), tt.ask), found(t, desk(t, persisted.Audit, true, file), tt.ask),
				found(t, desk(t, persisted.Documents, true, file), tt.ask), found(t, desk(t, persisted.IDs, true, file), tt.ask),
				found(t, desk(t, persisted.Off, false), tt.ask),
			}
			if diff := cmp.Diff([]string{tt.off, tt.audit, tt.documents, tt.byID, tt.none}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARegisteredDocumentIsFoundByItsHash(t *testing.T) {
	d := desk(t, persisted.Off, true)
	hash := manifest.Hash(other)
	for _, step := range []struct{ ask, want string }{{hash, "PERSISTED_QUERY_NOT_FOUND"}, {"sha256:" + hash, "PERSISTED_QUERY_NOT_FOUND"}} {
		if got := found(t, d, persisted.Ask{ID: step.ask}); got != step.want {
			t.Errorf("before, it is %s", got)
		}
	}
	// What turns out not to be valid is never kept.
	if _, err := d.Find(t.Context(), persisted.Ask{ID: hash, Text: other}); err != nil {
		t.Fatal(err)
	}
	if got := found(t, d, persisted.Ask{ID: hash}); got != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("what was not kept is %s", got)
	}
	found(t, d, persisted.Ask{ID: "sha256:" + hash, Text: other})
	for _, id := range []string{hash, "sha256:" + hash} {
		if got, err := d.Find(t.Context(), persisted.Ask{ID: id}); err != nil || got.Text != other || got.Way != persisted.Hit {
			t.Errorf("%s finds %+v, %v", id, got, err)
		}
	}
}

// store is a second level.
type store map[sharing.Key][]byte

func (s store) Get(_ context.Context, keys ...sharing.Key) [][]byte {
	if s == nil {
		return nil // it is gone
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = s[key]
	}
	return values
}

func (s store) Set(key sharing.Key, data []byte, _ time.Time) {
	if s != nil {
		s[key] = data
	}
}

func TestInstancesShareWhatClientsRegister(t *testing.T) {
	shared, hash := make(store), manifest.Hash(other)
	instance := func(second persisted.Second) *persisted.Desk {
		parts := persisted.Parts{Library: openLibrary(t), Safelist: persisted.Off, Automatic: persisted.NewAutomatic(settings(), second)}
		return persisted.NewDesk(parts, prometheus.NewRegistry())
	}
	found(t, instance(shared), persisted.Ask{ID: hash, Text: other})
	if got := found(t, instance(shared), persisted.Ask{ID: hash}); got != "hit" {
		t.Errorf("on another instance it is %s", got)
	}
	shared[sharing.ForDocument(hash)] = []byte("mutation { deleteEverything }")
	if got := found(t, instance(shared), persisted.Ask{ID: hash}); got != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("what somebody else wrote there is %s", got)
	}
	gone := instance(store(nil))
	found(t, gone, persisted.Ask{ID: hash, Text: other})
	if got := found(t, gone, persisted.Ask{ID: hash}); got != "hit" {
		t.Errorf("while the second level is gone it is %s", got)
	}
}

func TestRequestsAreCountedByTheirWays(t *testing.T) {
	registry := prometheus.NewRegistry()
	parts := persisted.Parts{Library: openLibrary(t, manifestFile(t)), Safelist: persisted.Audit, Automatic: persisted.NewAutomatic(settings(), nil)}
	d := persisted.NewDesk(parts, registry)
	hash := manifest.Hash(other)
	for _, ask := range []persisted.Ask{{ID: "me"}, {ID: hash}, {ID: hash, Text: other}, {ID: hash}, {Text: other}, {ID: "you"}, {}} {
		found(t, d, ask)
	}
	want := `
# HELP concierge_persisted_requests_total GraphQL requests by how they came by their documents: text, trusted, hit, miss, registered, untrusted or refused.
# TYPE concierge_persisted_requests_total counter
concierge_persisted_requests_total{way="hit"} 1
concierge_persisted_requests_total{way="miss"} 1
concierge_persisted_requests_total{way="refused"} 1
concierge_persisted_requests_total{way="registered"} 1
concierge_persisted_requests_total{way="text"} 1
concierge_persisted_requests_total{way="trusted"} 1
concierge_persisted_requests_total{way="untrusted"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "concierge_persisted_requests_total"); err != nil {
		t.Error(err)
	}
}

func TestStrangersAreToldOfOnce(t *testing.T) {
	s := persisted.NewStrangers()
	if !s.First(other) || s.First(other) || !s.First(trusted) {
		t.Error("a document is told of twice, or never")
	}
}

func TestMistakesInSettingsAreReported(t *testing.T) {
	for want, change := range map[string]func(*persisted.Config){
		"":                          func(*persisted.Config) {},
		"automatic.memory":          func(c *persisted.Config) { c.Automatic.Memory = units.MiB },
		"automatic.lifetime":        func(c *persisted.Config) { c.Automatic.Lifetime = 0 },
		"trusted.manifests":         func(c *persisted.Config) { c.Trusted.Safelist = persisted.IDs },
		"trusted.safelist ":         func(c *persisted.Config) { c.Trusted.Safelist = "on" },
		"trusted.manifests[1].path": func(c *persisted.Config) { c.Trusted.Manifests = []persisted.Source{{Path: "a"}, {Client: "b"}} },
		"trusted.free_scopes[0]":    func(c *persisted.Config) { c.Trusted.FreeScopes = []string{""} },
	} {
		c := persisted.DefaultConfig()
		change(&c)
		var got []string
		c.Validate(func(path, _ string) { got = append(got, path) })
		if diff := cmp.Diff(strings.Fields(want), append([]string{}, got...)); diff != "" {
			t.Errorf("%q: %s", want, diff)
		}
	}
}

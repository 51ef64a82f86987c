package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/config"
)

// source is a configuration in a folder, and what it leads to.
type source struct {
	*testing.T
	*config.Source

	folder string
}

// newSource has a file whose secret stands in a file of its own, and whose key set is in another.
func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{T: t, folder: t.TempDir()}
	s.write("secrets/jwt", secret+"\n")
	s.write("operations/a.graphql", "query A @endpoint { me { id } }\n")
	s.write("gateway.yml", strings.ReplaceAll(`
auth: {issuers: [{keys: {secret: "${secret:jwt}"}}]}
rest: {operations: FOLDER/operations}
upstreams:
  user: {urls: ["http://users"]}
  order: {urls: ["http://orders"]}
  product: {urls: ["http://products"]}
  payment: {urls: ["http://payments"]}
`, "FOLDER", s.folder))
	s.Source = config.NewSource(filepath.Join(s.folder, "gateway.yml"), config.Variables{
		Getenv: getenv, Secrets: filepath.Join(s.folder, "secrets"),
	})
	return s
}

// write puts a file in the place of another.
func (s *source) write(name, text string) {
	s.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		s.Fatal(err)
	}
}

// changes looks twice, and reports whether the second look found a change.
func (s *source) changes() bool {
	s.Helper()
	if s.Changed() {
		s.Error("a change was taken at the first look")
	}
	return s.Changed()
}

func (s *source) load() config.Config {
	s.Helper()
	c, err := s.Load()
	if err != nil {
		s.Fatal(err)
	}
	return c
}

func TestASecretMayStandInAFileOfItsOwn(t *testing.T) {
	s := newSource(t)
	if got := string(s.load().Auth.Issuers[0].Keys.Secret); got != secret {
		t.Errorf("the secret is %q", got)
	}
}

func TestAChangeOfAnyFileIsAChangeOfTheConfiguration(t *testing.T) {
	for name, text := range map[string]string{
		"gateway.yml": "server: {}\n", "secrets/jwt": strings.Repeat("other", 10), "operations/a.graphql": "query B { me { id } }\n",
		"operations/b.graphql": "query B { me { id } }\n",
	} {
		s := newSource(t)
		s.load()
		if s.changes() {
			t.Error("it has changed before anything did")
		}
		s.write(name, text)
		if !s.changes() {
			t.Errorf("a change of %s is none", name)
		}
		_, _ = s.Load()
		if s.changes() {
			t.Errorf("a change of %s was found twice", name)
		}
	}
}

// What is wrong may be mended in a file that only the refused configuration leads to, such as one that was not there.
func TestARefusedConfigurationIsReadAgainWhenItsFilesChange(t *testing.T) {
	s := newSource(t)
	s.load()
	text, err := os.ReadFile(filepath.Join(s.folder, "gateway.yml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("gateway.yml", strings.Replace(string(text), "auth: {", "auth: {passport: {key: "+s.folder+"/signs.pem}, ", 1))
	if !s.changes() {
		t.Fatal("the change is none")
	}
	if _, err := s.Load(); err == nil {
		t.Fatal("it was taken without its file")
	}
	s.write("signs.pem", "")
	if !s.changes() {
		t.Error("a file that was missing is there, and that is no change")
	}
}

func TestFilesAreThoseThatSettingsName(t *testing.T) {
	s := newSource(t)
	c := s.load()
	s.write("signs.pem", "")
	s.write("signed.pem", "")
	c.Auth.Passport.Key, c.Auth.Passport.Retired = s.folder+"/signs.pem", []string{s.folder + "/signed.pem", s.folder + "/none.pem"}
	want := config.Files{s.folder + "/none.pem", s.folder + "/operations", s.folder + "/signed.pem", s.folder + "/signs.pem"}
	if diff := cmp.Diff(want, config.FilesOf(c)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheSameContentIsNoChange(t *testing.T) {
	s := newSource(t)
	s.load()
	for _, name := range []string{"gateway.yml", "secrets/jwt", "operations/a.graphql"} {
		text, err := os.ReadFile(filepath.Join(s.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		s.write(name, string(text))
		if s.changes() {
			t.Errorf("%s of the same content is a change", name)
		}
	}
}

// Kubernetes mounts a ConfigMap as links through a link to a folder, and swaps that one.
func TestAFolderThatIsSwappedBehindLinksIsAChange(t *testing.T) {
	s := newSource(t)
	text, err := os.ReadFile(filepath.Join(s.folder, "gateway.yml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("map/..one/gateway.yml", string(text))
	s.write("map/..two/gateway.yml", string(text)+"log: {level: debug}\n")
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(s.folder, "map", ".new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(s.folder, "map", ".new"), filepath.Join(s.folder, "map", name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..one", "..data")
	link("..data/gateway.yml", "gateway.yml")
	s.Source = config.NewSource(filepath.Join(s.folder, "map", "gateway.yml"), config.Variables{
		Getenv: getenv, Secrets: filepath.Join(s.folder, "secrets"),
	})
	s.load()
	link("..two", "..data")
	if !s.changes() {
		t.Error("it is none")
	}
	if level := s.load().Log.Level; level != "debug" {
		t.Errorf("the level is %s", level)
	}
}

// A further change right after a look may leave the file's time and size as they were.
func TestAChangeWithinTheSameMomentIsFound(t *testing.T) {
	s := newSource(t)
	s.load()
	path := filepath.Join(s.folder, "secrets", "jwt")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s.changes()
	if err := os.WriteFile(path, []byte(strings.Repeat("x", len(secret))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if !s.Changed() {
		t.Error("it is not")
	}
}

func TestWhatStandsStillIsNotReadAgain(t *testing.T) {
	s := newSource(t)
	past := time.Now().Add(-time.Hour)
	age := func() {
		t.Helper()
		for _, name := range []string{"gateway.yml", "secrets/jwt", "operations/a.graphql"} {
			if err := os.Chtimes(filepath.Join(s.folder, name), past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	age()
	s.load()
	s.changes()
	other := []byte(strings.Repeat("x", len(secret)) + "\n")
	if err := os.WriteFile(filepath.Join(s.folder, "secrets", "jwt"), other, 0o600); err != nil {
		t.Fatal(err)
	}
	age()
	if s.changes() {
		t.Error("a change that was hidden on purpose was found")
	}
}

func TestSecretsThatCannotBeReadAreMistakesThatSayNothing(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("gateway.yml", "")
	write("good", "value\r\n")
	write("empty", "")
	large, binary := write("large", strings.Repeat("sesame", 20_000)), write("binary", "sesame\xff")
	for value, want := range map[string]string{
		"${secret:good}":              "",
		"${file:" + folder + "/good}": "",
		"${secret:none:-other}":       "",
		"${secret:empty:-other}":      "",
		"${secret:none}":              "needs the secret none, which there is not",
		"${file:" + folder + "/none}": "needs the file " + folder + "/none, which there is not",
		"${file:" + folder + "}":      "which cannot be read: it is not a regular file",
		"${file:" + large + "}":       "which cannot be read: it is larger than 64KiB",
		"${file:" + binary + "}":      "which is not text",
		"${secret:../good}":           "has a ${…} that is none of",
		"${secret:.hidden}":           "has a ${…} that is none of",
		"${file:}":                    "has a ${…} that is none of",
		"${secret:none:-${HOME}}":     "has a ${…} that is none of",
	} {
		write("gateway.yml", "policy: {pseudonym_key: '"+value+"'}\n")
		_, err := config.NewSource(filepath.Join(folder, "gateway.yml"), config.Variables{Getenv: getenv, Secrets: folder}).Load()
		said := err.Error() // something else is always missing
		if !strings.Contains(said, want) || want == "" && strings.Contains(said, "policy.pseudonym_key: needs") {
			t.Errorf("%s gives %v, want %q", value, err, want)
		}
		if strings.Contains(said, "sesame") {
			t.Errorf("%s gives the error %v, which quotes the file", value, err)
		}
	}
	if _, err := config.NewSource(filepath.Join(folder, "gateway.yml"), config.Variables{Getenv: getenv}).Load(); err == nil {
		t.Error("secrets without a folder are no mistake")
	}
}

func TestDifferencesAreToldByTheirPaths(t *testing.T) {
	a, b := minimal(), minimal()
	if got := config.Differences(a, b); len(got) > 0 {
		t.Errorf("equal ones differ in %v", got)
	}
	b.Server.MaxBody, b.Server.Admission.MaxConcurrency, b.Limits.Mode = 1, 7, "off"
	b.Server.Listen, b.Server.Timeouts.Idle, b.Admin.Listen, b.Log.Level = ":1", time.Hour, ":2", "debug"
	if got := strings.Join(config.Differences(a, b), " "); got != "server.listen server.timeouts.idle server.max_body "+
		"server.max_concurrency admin.listen limits.mode log.level" {
		t.Errorf("they differ in %s", got)
	}
	if got := strings.Join(config.Fixed(a, b), " "); got != "server.listen server.timeouts.idle admin.listen log.level" {
		t.Errorf("what cannot change is %s", got)
	}
}

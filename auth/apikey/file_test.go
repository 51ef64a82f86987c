package apikey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/watched"
)

// put puts a file of these keys in the place of another.
func put(t testing.TB, path string, entries ...Entry) {
	t.Helper()
	text, err := yaml.Marshal(file{entries})
	if err != nil {
		t.Fatal(err)
	}
	putText(t, path, string(text))
}

func putText(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// lines is a log that several goroutines may write to.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// watching has the keys of a file and of entries looked after while told.
func watching(t *testing.T, path string, log *lines, tell func(keys *Keys), entries ...Entry) {
	t.Helper()
	c := Config{Header: "X-API-Key", File: path, Keys: entries}
	keys, err := Open(c, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { keys.Run(ctx) })
	tell(keys)
	end()
	running.Wait()
}

func nextLook() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func TestAFilesKeysAreTakenBesideTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.yml")
		fixed, filed := generate(t, "fixed"), generate(t, "filed")
		end := time.Now().Add(time.Hour)
		entry := of("filed", filed)
		entry.Expires, entry.Plan = end, "gold"
		put(t, path, entry)
		watching(t, path, new(lines), func(keys *Keys) {
			if _, err := keys.Check(fixed.key); err != nil {
				t.Error(err)
			}
			if grant, err := keys.Check(filed.key); err != nil || grant.ID != "key:filed" || !grant.Until.Equal(end) || grant.Plan != "gold" {
				t.Errorf("got %+v, %v", grant, err)
			}
			entry.Plan = "lead"
			put(t, path, entry)
			nextLook()
			if grant, err := keys.Check(filed.key); err != nil || grant.Plan != "lead" {
				t.Errorf("with another plan: got %+v, %v", grant, err)
			}
			putText(t, path, "keys: []")
			nextLook()
			if _, err := keys.Check(fixed.key); err != nil {
				t.Error(err)
			}
			if _, err := keys.Check(filed.key); !errors.Is(err, credential.ErrInvalid) {
				t.Errorf("a key that is gone: %v", err)
			}
		}, of("fixed", fixed))
	})
}

// Each of these files is refused as a whole: the good key of the last one goes on being taken, and the log shows nothing of it.
func TestAFileThatIsWrongChangesNothingAndIsNeverQuoted(t *testing.T) {
	fixed, filed, other := generate(t, "fixed"), generate(t, "filed"), generate(t, "other")
	good := fmt.Sprintf("keys:\n  - {id: other, owner: desk, hashes: [{sha256: %s}]}\n", other.hash)
	for text, reason := range map[string]string{
		"": "it holds nothing",
		strings.Replace(good, "other", "fixed", 1):                   "keys[0].id: is that of a key in the configuration",
		good + good[len("keys:\n"):]:                                 "keys[1].id: is that of another key",
		good + other.key + ": a\n":                                   "line 3: no such name is known here",
		good + "keys: " + other.key:                                  "line 3: keys stands here for the second time",
		strings.Replace(good, "owner", other.key, 1):                 "line 2: no such name is known here",
		strings.Replace(good, "desk", "desk, plan: 7 "+other.key, 1): "keys[0].plan: must be",
		strings.Replace(good, other.hash, other.key, 1):              "keys[0].hashes[0].sha256: must be",
		strings.Replace(good, "desk", "desk, expires: tomorrow", 1):  "line 2: the text has not the form",
		good + "  - '" + other.key:                                   "line 3: it is not YAML",
		good + "  - *" + other.key:                                   "line 3: names and values must stand here",
		strings.Repeat("# "+other.key+"\n", 1<<15):                   "it is larger than 1048576 bytes",
	} {
		synctest.Test(t, func(t *testing.T) {
			path, log := filepath.Join(t.TempDir(), "keys.yml"), new(lines)
			put(t, path, of("filed", filed))
			watching(t, path, log, func(keys *Keys) {
				putText(t, path, text)
				nextLook()
				_, first := keys.Check(fixed.key)
				_, second := keys.Check(filed.key)
				if first != nil || second != nil {
					t.Errorf("%s: %v, %v", reason, first, second)
				}
			}, of("fixed", fixed))
			if !strings.Contains(log.String(), reason) {
				t.Errorf("want %q in:\n%s", reason, log)
			}
			_, err := Open(Config{Header: "X-API-Key", File: path, Keys: []Entry{of("fixed", fixed)}}, slog.New(slog.DiscardHandler))
			if err == nil || !strings.HasPrefix(err.Error(), "read the API keys: read "+path+": "+reason) {
				t.Errorf("at start: %v, want %q", err, reason)
			}
			for _, word := range []string{fixed.key, filed.key, other.key, other.hash, "cgk_"} {
				if strings.Contains(log.String()+fmt.Sprint(err), word) {
					t.Errorf("the file is quoted:\n%s", log)
				}
			}
		})
	}
}

// A key is replaced as the manual says: both hashes, then the new one alone. Clients that change over in between are never
// refused.
func TestNoRequestIsRefusedWhileAKeyIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yml")
	now := generate(t, "desk")
	put(t, path, of("desk", now))
	looks := make(chan watched.Result, 1)
	observe := watched.Observe(func(r watched.Result) {
		if r == watched.Taken {
			looks <- r
		}
	})
	log := new(lines)
	keys, err := Open(Config{Header: "X-API-Key", File: path}, slog.New(slog.NewTextHandler(log, nil)), observe)
	if err != nil {
		t.Fatal(err)
	}
	<-looks
	var mu sync.RWMutex // of the key that clients use
	ctx, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { keys.Run(ctx) })
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				mu.RLock()
				_, err := keys.Check(now.key)
				mu.RUnlock()
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	next := generate(t, "desk")
	put(t, path, of("desk", now, next))
	<-looks
	mu.Lock()
	old := now
	now = next
	mu.Unlock()
	put(t, path, of("desk", next))
	<-looks
	if _, err := keys.Check(old.key); !errors.Is(err, credential.ErrInvalid) {
		t.Errorf("the old key: %v", err)
	}
	end()
	all.Wait()
	if strings.Contains(log.String(), "cgk_") || strings.Contains(log.String(), next.hash) {
		t.Errorf("the log quotes the file:\n%s", log)
	}
}

package persisted_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// lines is a log that is read while others write.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// fit refuses a set with a document that says so.
func fit(set *persisted.Set) error {
	for _, each := range set.Texts() {
		if strings.Contains(each.Text, "unfit") {
			return errors.New("it does not fit")
		}
	}
	return nil
}

func TestChangesAreTakenWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	first, second := filepath.Join(folder, "first.json"), filepath.Join(folder, "operations")
	if err := os.Mkdir(second, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, first, `{"a": "{ a }"}`)
	write(t, filepath.Join(second, "b.graphql"), "{ b }")
	synctest.Test(t, func(t *testing.T) {
		var log lines
		library, err := persisted.Open([]persisted.Source{{Path: first, Client: "web"}, {Path: second}}, fit,
			prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { library.Run(ctx) })
		before := library.Get()
		after := func(what string, want ...string) {
			t.Helper()
			time.Sleep(time.Minute)
			synctest.Wait()
			var got []string
			for _, each := range library.Get().Texts() {
				got = append(got, each.Text)
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("after %s there are %v, want %v", what, got, want)
			}
		}
		logged := func(text string, want int) {
			t.Helper()
			if got := strings.Count(log.String(), text); got != want {
				t.Errorf("%q was logged %d times, want %d:\n%s", text, got, want, &log)
			}
		}
		after("nothing", "{ a }", "{ b }")
		write(t, first, `{"a": "{ a }", "c": "{ c }"}`)
		after("a new document", "{ a }", "{ c }", "{ b }")
		write(t, filepath.Join(second, "d.graphql"), "{ d }")
		after("a new file", "{ a }", "{ c }", "{ b }", "{ d }")
		logged("took the new trusted documents", 2)
		write(t, first, `{"a": "{ a }", "e": "{ unfit }"}`)
		write(t, filepath.Join(second, "d.graphql"), "{ f }")
		after("a document that does not fit", "{ a }", "{ c }", "{ b }", "{ d }")
		logged("it does not fit", 1)
		write(t, first, `{"a"`)
		after("a manifest that is none", "{ a }", "{ c }", "{ b }", "{ d }")
		logged("it is not the JSON of a manifest", 1)
		_ = os.Remove(first)
		after("its removal", "{ a }", "{ c }", "{ b }", "{ d }")
		logged("no such file", 1)
		write(t, first, `{"a": "{ a }"}`)
		after("its return", "{ a }", "{ b }", "{ f }")
		if _, ok := before.ByID("a"); !ok || before.Len() != 2 {
			t.Error("a set has changed")
		}
		if d, _ := library.Get().ByID("a"); d == nil || d.Client != "web" {
			t.Errorf("a client's document is %+v", d)
		}
		end()
		running.Wait()
	})
}

func TestWhatIsWrongAtFirstIsAnError(t *testing.T) {
	folder := t.TempDir()
	one := write(t, filepath.Join(folder, "one.json"), `{"a": "{ a }"}`)
	for path, want := range map[string]string{
		filepath.Join(folder, "none.json"):                                        "no such file",
		write(t, filepath.Join(folder, "unfit.json"), `{"b": "{ unfit }"}`):       "it does not fit",
		write(t, filepath.Join(folder, "other.json"), "{\n\"a\": \"{ other }\"}"): "other.json:2: another document has the same id, at " + one + ":1",
	} {
		_, err := persisted.Open([]persisted.Source{{Path: one}, {Path: path}}, fit, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestASetKnowsATextOnceWhoseverItIs(t *testing.T) {
	set, err := persisted.NewSet([]manifest.Document{{ID: "a", Text: "{ a }"}, {ID: "b", Text: "{ a }"}, {ID: "a", Text: "{ a }"}})
	if err != nil || set.Len() != 1 || len(set.Texts()) != 1 {
		t.Fatalf("%v, %v", set, err)
	}
	for _, id := range []string{"a", "b", manifest.Hash("{ a }"), "sha256:" + manifest.Hash("{ a }")} {
		if d, ok := set.ByID(id); !ok || d.Text != "{ a }" {
			t.Errorf("%s finds %v", id, d)
		}
	}
}

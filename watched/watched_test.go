package watched_test

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
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/watched"
)

// text takes any content that does not begin with "bad".
func text(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte("bad")) {
		return "", errors.New("it begins wrongly")
	}
	return string(data), nil
}

// world is a file that is watched on a fake clock, and all that was seen of it.
type world struct {
	*testing.T
	path    string
	file    *watched.File[string]
	mu      sync.Mutex // of what the file's goroutine tells
	log     bytes.Buffer
	result  watched.Result
	changes []string
}

func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func (w *world) found(result watched.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.result = result
	if result == watched.Taken && w.file != nil { // what Open took is no change
		w.changes = append(w.changes, w.file.Get())
	}
}

// story watches a file named path, within a bubble of synctest.
func story(t *testing.T, path string, tell func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, path: path}
		logger := slog.New(slog.NewTextHandler(w, nil))
		file, err := watched.Open(path, text, 0, logger, watched.MaxBytes(100), watched.Observe(w.found))
		if err != nil {
			t.Fatal(err)
		}
		w.file = file
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { file.Run(ctx) })
		tell(w)
		end()
		running.Wait()
	})
}

// after lets the file be looked at once, and compares.
func (w *world) after(what, content string, result watched.Result) {
	w.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := w.file.Get(); got != content {
		w.Errorf("after %s it holds %q, want %q", what, got, content)
	}
	if w.result != result {
		w.Errorf("after %s a look found it %s, want %s", what, w.result, result)
	}
}

func (w *world) logged(what string, want int) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Count(w.log.String(), what); got != want {
		w.Errorf("%q was logged %d times, want %d:\n%s", what, got, want, w.log.String())
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts another file in the place of one, as the advice is.
func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, content)
	return path
}

func TestAFileIsReadAtOnce(t *testing.T) {
	file, err := watched.Open(written(t, "first"), text, 0, slog.New(slog.DiscardHandler))
	if err != nil || file.Get() != "first" {
		t.Fatalf("it holds %q, %v", file.Get(), err)
	}
}

func TestAFileThatIsNoGoodAtFirstIsAnErrorThatNamesItOnce(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "none"):         "no such file or directory",
		folder:                                "it is not a regular file",
		pipe:                                  "it is not a regular file",
		written(t, "bad"):                     "it begins wrongly",
		written(t, strings.Repeat("a", 1025)): "it is larger than 1024 bytes",
	} {
		_, err := watched.Open(path, text, 0, slog.New(slog.DiscardHandler), watched.MaxBytes(1024))
		if err == nil || err.Error() != fmt.Sprintf("read %s: %s", path, want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAChangeIsSeenWithinTheInterval(t *testing.T) {
	story(t, written(t, "first"), func(w *world) {
		w.after("nothing", "first", watched.Unchanged)
		replace(t, w.path, "second")
		w.after("another file in its place", "second", watched.Taken)
		write(t, w.path, "third")
		w.after("writing in place", "third", watched.Taken)
		write(t, w.path, "later")
		w.after("writing as much within the same moment", "later", watched.Taken)
		replace(t, w.path, "later")
		w.after("another file of the same content", "later", watched.Unchanged)
		if diff := cmp.Diff([]string{"second", "third", "later"}, w.changes); diff != "" {
			t.Error("changes told of (-want +got):", diff)
		}
		w.logged("took the new content", 3)
	})
}

func TestTheLastGoodContentStays(t *testing.T) {
	story(t, written(t, "good"), func(w *world) {
		replace(t, w.path, "bad one")
		w.after("bad content", "good", watched.Refused)
		w.after("a while", "good", watched.Refused)
		w.after("a while", "good", watched.Refused)
		w.logged("it begins wrongly", 1)
		_ = os.Remove(w.path)
		w.after("its removal", "good", watched.Unreadable)
		w.after("a while", "good", watched.Unreadable)
		w.logged("no such file", 1)
		replace(t, w.path, strings.Repeat("long", 100))
		w.after("content that is too large", "good", watched.Unreadable)
		w.logged("larger than 100 bytes", 1)
		replace(t, w.path, "better")
		w.after("good content", "better", watched.Taken)
		_ = os.Remove(w.path)
		w.after("its removal", "better", watched.Unreadable)
		write(t, w.path, "better")
		w.after("its return", "better", watched.Unchanged)
		w.logged("no such file", 2)
		w.logged("good again", 1)
		if strings.Contains(w.log.String(), "bad one") || strings.Contains(w.log.String(), "better") {
			t.Errorf("the log quotes the file:\n%s", w.log.String())
		}
	})
}

// Kubernetes mounts a ConfigMap as links through a link to a folder, and swaps that one.
func TestAFolderThatIsSwappedBehindLinksIsFollowed(t *testing.T) {
	mount := t.TempDir()
	publish := func(version string) {
		folder := filepath.Join(mount, ".."+version)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "keys"), version)
		next := filepath.Join(mount, "..next")
		if err := os.Symlink(".."+version, next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(mount, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	publish("one")
	path := filepath.Join(mount, "keys")
	if err := os.Symlink("..data/keys", path); err != nil {
		t.Fatal(err)
	}
	story(t, path, func(w *world) {
		publish("two")
		_ = os.RemoveAll(filepath.Join(mount, "..one"))
		w.after("a swap", "two", watched.Taken)
		publish("six")
		w.after("another", "six", watched.Taken)
	})
}

// An old file is not read again: a look costs one question to the kernel.
func TestAFileThatStandsStillIsAskedAboutAndNotRead(t *testing.T) {
	path := written(t, "first")
	past := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) // Before the fake clock begins.
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	story(t, path, func(w *world) {
		write(t, path, "other")
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
		w.after("a change that is hidden on purpose", "first", watched.Unchanged)
	})
}

func TestReadersNeverWaitNorSeeHalfAFile(t *testing.T) {
	path := written(t, strings.Repeat("a", 50))
	var seen atomic.Int64
	observe := watched.Observe(func(result watched.Result) {
		if result == watched.Taken {
			seen.Add(1)
		}
	})
	file, err := watched.Open(path, text, time.Millisecond, slog.New(slog.DiscardHandler), observe)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { file.Run(ctx) })
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				if got := file.Get(); len(got) != 50 || strings.Count(got, got[:1]) != 50 {
					t.Errorf("a reader saw %q", got)
					return
				}
			}
		})
	}
	for i := 0; seen.Load() < 5 && !t.Failed(); i++ {
		replace(t, path, strings.Repeat(string(rune('a'+i%26)), 50))
	}
	end()
	all.Wait()
}

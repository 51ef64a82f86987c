package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/concierge-gateway/concierge/demo"
)

// TestAServiceIsAddedByFollowingThePage carries out "Adding a service" of CONTRIBUTING.md on a copy of the project: reviews, with
// an edge from products. testdata/adding-a-service.txtar holds the new files, and for each file that is edited pairs of a line
// that stands there ("<<< line") and what comes behind it.
func TestAServiceIsAddedByFollowingThePage(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	change, err := txtar.ParseFile("testdata/adding-a-service.txtar")
	if err != nil {
		t.Fatal(err)
	}
	copied := copyProject(t)
	var touched []string
	for _, file := range change.Files {
		touched = append(touched, file.Name)
		apply(t, filepath.Join(copied, file.Name), file.Data)
	}
	page := listedFiles(t)
	slices.Sort(touched)
	if diff := cmp.Diff(page, touched); diff != "" {
		t.Errorf("the files that the page lists and those that were touched (-page +touched):\n%s", diff)
	}
	gqlgen := filepath.Join(t.TempDir(), "gqlgen")
	command(t, "../tools", "go", "build", "-o", gqlgen, "github.com/99designs/gqlgen")
	command(t, copied, gqlgen, "generate")
	// As make build does it, so that what the change leaves alone has been compiled already.
	command(t, copied, "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-tags", "grpcnotrace", "-o", "concierge", ".")
	askForReviews(t, filepath.Join(copied, "concierge"))
}

// askForReviews runs the changed program and looks at one level of the new edge.
func askForReviews(t *testing.T, program string) {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	reviews := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.RequestURI())
		fmt.Fprint(w, `[{"id": 1, "product_id": 2, "stars": 5, "text": "fine"}, {"id": 2, "product_id": 2, "stars": 1, "text": "broke"}]`)
	}))
	defer reviews.Close()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = services.Close() }()

	settings := with(standard, "auth", "anonymous: true") +
		fmt.Sprintf("  review:\n    urls: [%s]\n", reviews.URL)
	file := filepath.Join(t.TempDir(), "gateway.yml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	var env []string
	getenv := variables(services)
	for _, name := range []string{"USER", "ORDER", "PRODUCT", "PAYMENT"} {
		for _, suffix := range []string{"_URL", "_URL_2"} {
			value, _ := getenv(name + suffix)
			env = append(env, name+suffix+"="+value)
		}
	}
	check := exec.CommandContext(t.Context(), program, "check", "--config", file)
	check.Env = env
	out, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("reviews")) {
		t.Errorf("check says of the new edge, which nobody told the planner of, that it is not planned:\n%s", out)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	process := exec.CommandContext(ctx, program, "serve", "--config", file)
	process.Env = env
	process.Cancel = func() error { return process.Process.Signal(os.Interrupt) }
	stderr, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = process.Wait() }()
	defer stop()

	body := bytes.NewReader([]byte(`{"query": "{ products(first: 3) { nodes { id reviews { stars text } } } }"}`))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+publicAddress(t, stderr)+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	got := string(send(t, req).body)
	want := `{"data":{"products":{"nodes":[{"id":"1","reviews":[]},` +
		`{"id":"2","reviews":[{"stars":5,"text":"fine"},{"stars":1,"text":"broke"}]},{"id":"3","reviews":[]}]}}}`
	if got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	if want := []string{"/reviews?product_ids=1,2,3"}; !slices.Equal(asked, want) {
		t.Errorf("the review service was asked %q, want %q", asked, want)
	}
}

// publicAddress waits for the line that says where the program listens.
func publicAddress(t *testing.T, stderr io.Reader) string {
	t.Helper()
	var all strings.Builder
	for in := bufio.NewScanner(stderr); in.Scan(); {
		all.WriteString(in.Text() + "\n")
		var line struct {
			Msg    string `json:"msg"`
			Public string `json:"public"`
		}
		if json.Unmarshal(in.Bytes(), &line) == nil && line.Msg == "listening" {
			return line.Public
		}
	}
	t.Fatalf("the program never listened:\n%s", &all)
	return ""
}

// copyProject copies what the program is built from.
func copyProject(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel("..", path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".bin", "bin", "tests", "tools", "web/graphiql"}, name) {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// apply writes a new file, or puts lines into one that is there.
func apply(t *testing.T, path string, data []byte) {
	t.Helper()
	text := string(data)
	if strings.HasPrefix(text, "<<< ") {
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text = insert(t, path, string(old), text)
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func insert(t *testing.T, path, into, edits string) string {
	t.Helper()
	for _, edit := range strings.Split(edits, "<<< ")[1:] {
		anchor, lines, _ := strings.Cut(edit, "\n")
		if n := strings.Count(into, anchor+"\n"); n != 1 {
			t.Fatalf("%s has the line %q %d times, want once", path, anchor, n)
		}
		into = strings.Replace(into, anchor+"\n", anchor+"\n"+lines, 1)
	}
	return into
}

// listedFiles are the files that CONTRIBUTING.md names under "Adding a service".
func listedFiles(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Adding a service\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var files []string
	for line := range strings.SplitSeq(section, "\n") {
		if !regexp.MustCompile(`^\d+\. `).MatchString(line) {
			continue
		}
		for _, match := range regexp.MustCompile("`([a-z/.]+\\.(?:go|graphql|yml|yaml|json))`").FindAllStringSubmatch(line, -1) {
			files = append(files, match[1])
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

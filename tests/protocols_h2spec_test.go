package tests

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// decidedByNetHTTP are the tests of h2spec that fail by what net/http decides before the gateway gets to see anything, and why no harm
// comes of it.
func decidedByNetHTTP() map[string]string {
	const answered = "net/http answers 400 and leaves the stream to end, as RFC 9113, section 8.1.1 lets it; the gateway sees nothing of it"
	return map[string]string{
		"http2/6.5.3/1":   "net/http hangs up on whoever states a setting twice in one frame, which nobody has to do",
		"http2/8.1.2.2/1": answered,
		"http2/8.1.2.2/2": answered,
	}
}

func TestHTTP2IsSpokenAsTheRFCsSay(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	program := filepath.Join(t.TempDir(), "h2spec")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "h2spec", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build h2spec: %v\n%s", err, out)
	}
	// Whoever answers before a body has come lets what is wrong with it come too late, now and then.
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "long enough for the tests of windows")
	})
	s := securely(t, rawConfig(`    - {match: "/{path...}", upstream: files, raw: true, public: true, authentication: service}`, url))
	_, port, _ := strings.Cut(strings.TrimPrefix(s.public, "https://"), ":")
	out, err := exec.CommandContext(t.Context(), program, "-port", port).Output()
	if err != nil {
		t.Fatalf("run h2spec: %v", err)
	}
	failed, total := make(map[string]string), 0
	for line := range strings.Lines(string(out)) {
		total++
		if id, rest, _ := strings.Cut(strings.TrimSpace(line), " "); !strings.HasPrefix(rest, "passed ") {
			failed[id] = decidedByNetHTTP()[id]
			if failed[id] == "" {
				failed[id] = rest
			}
		}
	}
	if total < 140 {
		t.Errorf("%d tests were run, want all of them", total)
	}
	if diff := cmp.Diff(decidedByNetHTTP(), failed); diff != "" {
		t.Errorf("what fails (-known +now):\n%s", diff)
	}
}

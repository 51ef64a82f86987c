package deploy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// contained makes the folder of the image read-only and the root of everything, and starts the program as the image's user, without
// a capability. It is what a container engine does, apart from the namespaces of processes and network.
const contained = `
mount --bind "$1" "$1"
mount -o remount,bind,ro,nosuid,nodev "$1"
exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$1" \
  /concierge demo --listen 127.0.0.1:0 --admin 127.0.0.1:0
`

func TestTheProgramAnswersFromTheImage(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "the image's program is started by root alone, who may mount its folder read-only")
	}
	command := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private",
		"sh", "-ec", contained, "sh", opened(t).unpack(t))
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	welcome := welcomed(t, stdout)

	status := string(read(t, fmt.Sprintf("/proc/%d/status", command.Process.Pid)))
	for _, want := range []string{`(?m)^Uid:\t65532\t65532\t65532\t65532$`, `(?m)^Groups:\t *$`, `(?m)^CapEff:\t0+$`, `(?m)^NoNewPrivs:\t1$`} {
		if !regexp.MustCompile(want).MatchString(status) {
			t.Errorf("the process is not as %s says:\n%s", want, status)
		}
	}
	if got := body(t, http.MethodGet, welcome["operators"]+"/livez", "", ""); got == "" {
		t.Error("/livez says nothing")
	}
	ready(t, welcome["operators"]+"/readyz")
	const query = `{"query":"{ me { id orders(first: 1) { nodes { items { product { name } } } } } }"}`
	got := body(t, http.MethodPost, welcome["GraphQL"], welcome["customer"], query)
	if !strings.HasPrefix(got, `{"data":{"me":{"id":"7","orders":{"nodes":[{"items":[{"product":{"name":`) {
		t.Errorf("it answers %s", got)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// welcomed reads what a demo says first: its addresses, and the tokens, by the names that it gives them.
func welcomed(t *testing.T, stdout io.Reader) map[string]string {
	t.Helper()
	said := make(map[string]string)
	line := regexp.MustCompile(`^  (\S+) +(\S+)$`)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if found := line.FindStringSubmatch(lines.Text()); found != nil {
			said[found[1]] = found[2]
		}
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			return said
		}
	}
	t.Fatalf("it ended after it said %v", said)
	return nil
}

// ready waits until a gateway is.
func ready(t *testing.T, url string) {
	t.Helper()
	late := time.After(time.Minute)
	for again := time.Tick(20 * time.Millisecond); ; {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		select {
		case <-again:
		case <-late:
			t.Fatalf("%s still answers with %s", url, answer.Status)
		}
	}
}

// body asks the program, and fails unless all is well.
func body(t *testing.T, method, url, token, content string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s %s answers with %s: %s", method, url, answer.Status, text)
	}
	return string(text)
}

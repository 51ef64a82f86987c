package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// programFolder is where the program is built for the tests that run it.
var programFolder string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "concierge-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	programFolder = folder
	m.Run()
}

// built is the program as make builds it, so that what was compiled for that is used again.
var built = sync.OnceValues(func() (file string, err error) {
	file = filepath.Join(programFolder, "concierge")
	build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", "grpcnotrace", "-o", file, "..")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, said)
	}
	return file, nil
})

// process is the program as it runs.
type process struct {
	*exec.Cmd
	stdout, stderr *lines
}

// run starts the program with arguments and with nothing in its environment but these variables.
func run(t *testing.T, variables []string, args ...string) *process {
	t.Helper()
	return runBuilt(t, built, variables, args...)
}

// runBuilt is run for another build of the program.
func runBuilt(t *testing.T, program func() (string, error), variables []string, args ...string) *process {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.CommandContext(context.Background(), file, args...), stdout: new(lines), stderr: new(lines)}
	p.Dir, p.Env, p.Stdout, p.Stderr = t.TempDir(), variables, p.stdout, p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // where the test has not seen its end
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// end is the exit code, once the program has ended by itself.
func (p *process) end(t *testing.T) int {
	t.Helper()
	impatient := time.AfterFunc(patience, func() { _ = p.Process.Kill() })
	defer impatient.Stop()
	if err := p.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// said waits until the program has said as much as an expression asks for, and returns its groups.
func said(t *testing.T, by *lines, pattern string) []string {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	return wanted.FindStringSubmatch(by.await(t, wanted.MatchString))
}

// freePort is a port that nobody uses at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// settings is a configuration file.
func settings(t *testing.T, yaml string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gateway.yml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// minimal is what has to be set, and free ports.
const minimal = `
server: {listen: "127.0.0.1:0", timeouts: {drain_delay: 0s}, connections: {max: 100, per_address: 100}}
admin: {listen: "127.0.0.1:0"}
auth: {issuers: [{keys: {secret: "${SECRET}"}}]}
upstreams:
  user: {urls: ["http://127.0.0.1:1"]}
  order: {urls: ["http://127.0.0.1:1"]}
  product: {urls: ["http://127.0.0.1:1"]}
  payment: {urls: ["http://127.0.0.1:1"]}
`

const secret = "SECRET=the-secret-of-the-tests-is-no-secret-at-all"

func TestACommandLineIsUnderstoodOrExplained(t *testing.T) {
	const everything = "demo .*\n.*samples .*\n.*serve .*\n.*mcp .*\n.*check .*\n.*token .*\n.*key .*\n.*version "
	for name, c := range map[string]struct {
		args   []string
		code   int
		stdout string // patterns; empty means that nothing is said
		stderr string
	}{
		"nothing":           {nil, 2, "", "Usage: concierge COMMAND(?s:.*)" + everything},
		"help":              {[]string{"help"}, 0, "Usage: concierge COMMAND(?s:.*)" + everything, ""},
		"--help":            {[]string{"--help"}, 0, "Usage: concierge COMMAND(?s:.*)" + everything, ""},
		"-h":                {[]string{"-h"}, 0, "Usage: concierge COMMAND", ""},
		"demo --help":       {[]string{"demo", "--help"}, 0, "-admin address(?s:.*)127.0.0.1:9090(?s:.*)-listen address", ""},
		"serve --help":      {[]string{"serve", "--help"}, 0, "-config file", ""},
		"serve -h":          {[]string{"serve", "-h"}, 0, "-config file", ""},
		"check --help":      {[]string{"check", "--help"}, 0, "-config file(?s:.*)-print", ""},
		"token --help":      {[]string{"token", "--help"}, 0, "-scope spaces(?s:.*)-sub id", ""},
		"key --help":        {[]string{"key", "--help"}, 0, "-id name(?s:.*)-owner id(?s:.*)-scope spaces", ""},
		"version --help":    {[]string{"version", "--help"}, 0, "Usage of version", ""},
		"version":           {[]string{"version"}, 0, `^concierge \S+\n(?s:.*)go +go1\.`, ""},
		"licenses":          {[]string{"licenses"}, 0, `github.com/99designs/gqlgen v\S+: (?s:.*)graphiql \S+: MIT`, ""},
		"an ill gateway":    {[]string{"health", "--url", "http://127.0.0.1:1/readyz"}, 1, "", "^concierge: ask for its health: "},
		"no such command":   {[]string{"start"}, 2, "", `^concierge: there is no command "start"\n\n(?s:.*)` + everything},
		"a flag alone":      {[]string{"--config", "x"}, 2, "", `there is no command "--config"`},
		"no such flag":      {[]string{"serve", "--port", "1"}, 2, "", "flag provided but not defined: -port"},
		"a flag of another": {[]string{"version", "--config", "x"}, 2, "", "flag provided but not defined: -config"},
		"a flag too short":  {[]string{"serve", "--config"}, 2, "", "flag needs an argument: -config"},
		"a wrong value":     {[]string{"token", "--sub", "7", "--lifetime", "long"}, 2, "", `invalid value "long" for flag -lifetime`},
		"a stray argument":  {[]string{"check", "gateway.yml"}, 2, "", `^concierge check takes no argument such as "gateway.yml"\n$`},
		"one behind a flag": {[]string{"version", "please"}, 2, "", `^concierge version takes no argument such as "please"\n$`},
		"serve without a file": {
			[]string{"serve"}, 2, "", `^concierge serve needs --config FILE; gateway.example.yml shows every setting\n$`,
		},
		"check without a file":  {[]string{"check"}, 2, "", "^concierge check needs --config FILE"},
		"token for nobody":      {[]string{"token"}, 2, "", "^concierge token needs --sub ID"},
		"a key with a plan":     {[]string{"key", "--id", "export", "--owner", "7", "--plan", "gold"}, 0, `\n  plan: "gold"\n  hashes: `, "# The key"},
		"a key of nobody":       {[]string{"key", "--id", "export"}, 2, "", "^concierge key needs --id NAME and --owner ID\n$"},
		"token for no time":     {[]string{"token", "--sub", "7", "--lifetime", "0s"}, 2, "", "^concierge token needs --sub ID"},
		"check of no such file": {[]string{"check", "--config", "none.yml"}, 1, "", `^concierge: .*none.yml: no such file or directory\n$`},
		"serve of no such file": {[]string{"serve", "--config", "none.yml"}, 1, "", `^concierge: .*none.yml: no such file or directory\n$`},
		"an address that is none": {
			[]string{"demo", "--listen", "nowhere", "--admin", "127.0.0.1:0"}, 1, "", `^concierge: open the public listener \(server.listen\): .*nowhere`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := run(t, nil, c.args...)
			if code := p.end(t); code != c.code {
				t.Errorf("it exits with %d, want %d", code, c.code)
			}
			for stream, each := range map[string]struct {
				got     *lines
				pattern string
			}{"stdout": {p.stdout, c.stdout}, "stderr": {p.stderr, c.stderr}} {
				got := each.got.String()
				if each.pattern == "" && got != "" || !regexp.MustCompile(each.pattern).MatchString(got) {
					t.Errorf("%s says %q, want %q", stream, got, each.pattern)
				}
			}
		})
	}
}

func TestCheckTellsWhetherAConfigurationHolds(t *testing.T) {
	file := settings(t, minimal)
	t.Run("a good one", func(t *testing.T) {
		p := run(t, []string{secret}, "check", "--config", file)
		if code, got := p.end(t), p.stdout.String(); code != 0 || got != file+" has no mistakes\n" {
			t.Errorf("it exits with %d and says %q, %q", code, got, p.stderr)
		}
	})
	t.Run("a good one, to be shown", func(t *testing.T) {
		p := run(t, []string{secret}, "check", "--print", "--config", file)
		if code, got := p.end(t), p.stdout.String(); code != 0 || !strings.Contains(got, "max_header: 32KiB") {
			t.Errorf("it exits with %d and says %q, %q", code, got, p.stderr)
		}
		saysNothingOf(t, p.stdout.String(), "the-secret")
	})
	t.Run("the example", func(t *testing.T) {
		example, err := filepath.Abs("../gateway.example.yml")
		if err != nil {
			t.Fatal(err)
		}
		p := run(t, []string{"CONCIERGE_" + secret}, "check", "--config", example)
		if code := p.end(t); code != 0 {
			t.Errorf("it exits with %d and says %q", code, p.stderr)
		}
	})
	for _, command := range []string{"check", "serve", "token"} {
		t.Run("a bad one, by "+command, func(t *testing.T) {
			file := settings(t, `server:
  listen: "127.0.0.1:0"
  lissen: 8080
  timeouts:
    header: soon
  max_body: -1
admin: {listen: ":9090"}
graphql:
  graphiql: true
auth:
  issuers: [{keys: {secret: "${SECRET}"}}]
upstreams:
  user: {urls: ["localhost:9101"]}
  order: {urls: []}
  product: {urls: ["http://127.0.0.1:1"], batch: {style: list}}
`)
			args := []string{command, "--config", file}
			if command == "token" {
				args = append(args, "--sub", "7")
			}
			p := run(t, nil, args...)
			if code := p.end(t); code != 1 || p.stdout.String() != "" {
				t.Errorf("it exits with %d, having said %q", code, p.stdout)
			}
			want := []string{
				"3:3: server.lissen:", "5:5: server.timeouts.header:", "6:3: server.max_body:", "7:9: admin.listen:",
				"9:3: graphql.graphiql:", "11:21: auth.issuers[0].keys.secret:", "12:1: upstreams.payment.urls:", "13:17: upstreams.user.urls[0]:",
				"14:11: upstreams.order.urls:", "15:51: upstreams.product.batch.style:",
			}
			var got []string
			for line := range strings.Lines(p.stderr.String()) {
				place, found := strings.CutPrefix(line, file+":")
				words := strings.SplitN(place, " ", 3)
				if !found || len(words) < 3 {
					t.Fatalf("this line tells no place: %s", line)
				}
				got = append(got, words[0]+" "+words[1])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the mistakes (-want +got):\n%s\n%s", diff, p.stderr)
			}
		})
	}
}

func TestServeEndsWhereAnAddressIsTaken(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	for listener, section := range map[string]string{"public": "server", "admin": "admin"} {
		t.Run(listener, func(t *testing.T) {
			file := settings(t, strings.Replace(minimal, section+`: {listen: "127.0.0.1:0"`, section+`: {listen: "`+address+`"`, 1))
			p := run(t, []string{secret}, "serve", "--config", file)
			want := fmt.Sprintf("concierge: open the %s listener (%s.listen): listen tcp %s: bind: address already in use\n",
				listener, section, address)
			if code, got := p.end(t), p.stderr.String(); code != 1 || got != want {
				t.Errorf("it exits with %d and says %q, want %q", code, got, want)
			}
		})
	}
}

func TestServeLogsJSONAndEndsBySignal(t *testing.T) {
	for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "Ctrl-C": os.Interrupt} {
		t.Run(name, func(t *testing.T) {
			p := run(t, []string{secret}, "serve", "--config", settings(t, minimal))
			addresses := said(t, p.stderr, `"msg":"listening","public":"([^"]+)","admin":"([^"]+)"`)
			if r := get(t, "http://"+addresses[2]+"/readyz"); r.status != http.StatusOK {
				t.Errorf("/readyz says %d", r.status)
			}
			refusal{404, problemJSON, "NOT_FOUND", "there is nothing here", ""}.check(t, get(t, "http://"+addresses[1]+"/"))
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code := p.end(t); code != 0 || p.stdout.String() != "" {
				t.Errorf("it exits with %d, having said %q", code, p.stdout)
			}
			var messages []string
			for line := range strings.Lines(p.stderr.String()) {
				var members struct{ Time, Level, Msg string }
				if err := json.Unmarshal([]byte(line), &members); err != nil || members.Time == "" || members.Level == "" {
					t.Errorf("this line of the log is not JSON: %s", line)
				}
				messages = append(messages, members.Msg)
			}
			if diff := cmp.Diff([]string{"listening", "ready", "request", "draining", "drained"}, messages); diff != "" {
				t.Errorf("the log (-want +got):\n%s", diff)
			}
		})
	}
}

// Requests are answered although nobody reads the log any more.
func TestAReaderOfTheLogWhoGoesTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	log, written, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := exec.CommandContext(context.Background(), program, "serve", "--config", settings(t, minimal))
	p.Env, p.Stderr = []string{secret}, written
	if err := errors.Join(p.Start(), written.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	var addresses []string
	for lines := bufio.NewScanner(log); addresses == nil && lines.Scan(); {
		addresses = regexp.MustCompile(`"msg":"listening","public":"([^"]+)","admin":"([^"]+)"`).FindStringSubmatch(lines.Text())
	}
	if err := log.Close(); err != nil || addresses == nil {
		t.Fatal(addresses, err)
	}
	waitFor(t, func() string { return "no line is dropped" }, func() bool {
		get(t, "http://"+addresses[1]+"/")
		return !strings.Contains(string(get(t, "http://"+addresses[2]+"/metrics").body), "\nconcierge_log_lines_dropped_total 0\n")
	})
	if err := errors.Join(p.Process.Signal(syscall.SIGTERM), p.Wait()); err != nil {
		t.Error(err)
	}
}

// demonstration is the demo as it runs, and what it printed.
type demonstration struct {
	*process
	printed string
}

// demonstrate runs the demo until the test ends, by SIGTERM.
func demonstrate(t *testing.T) demonstration {
	t.Helper()
	d := demonstration{process: run(t, nil, "demo", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")}
	said(t, d.stdout, "Ctrl-C ends it all")
	d.printed = d.stdout.String()
	t.Cleanup(func() {
		if err := d.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := d.end(t); code != 0 {
			t.Errorf("the demo exits with %d and says\n%s", code, d.stderr)
		}
	})
	return d
}

// find is what the demo printed, by an expression with groups.
func (d demonstration) find(t *testing.T, pattern string) []string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(d.printed)
	if found == nil {
		t.Fatalf("the demo printed nothing like %s:\n%s", pattern, d.printed)
	}
	return found[1:]
}

// curl does what the printed command does. A token or a body takes the place of the printed one.
func (d demonstration) curl(t *testing.T, token, body string) string {
	t.Helper()
	command := d.find(t, `curl -s (\S+) -H '([^']+)' \\\n +-H '([^']+)' \\\n +-d '([^']+)'`)
	if body == "" {
		body = command[3]
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, command[0], strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range command[1:3] {
		field, value, _ := strings.Cut(line, ": ")
		req.Header.Set(field, value)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return string(send(t, req).body)
}

// The demo is the first that anybody sees: what it prints must work as it stands.

func TestTheDemosURLsAnswer(t *testing.T) {
	d := demonstrate(t)
	page := get(t, d.find(t, `GraphiQL +(http\S+)`)[0]+"/")
	if form := page.header.Get("Content-Type"); page.status != http.StatusOK || !strings.HasPrefix(form, "text/html") {
		t.Errorf("GraphiQL is answered with %d %s", page.status, form)
	}
	status := get(t, d.find(t, `operators +(http\S+)`)[0]+"/")
	if status.status != http.StatusOK || !strings.HasPrefix(string(status.body), "Concierge ") {
		t.Errorf("the operators' page is answered with %d %s", status.status, status.body)
	}
	for _, service := range demo.Names() {
		for _, url := range d.find(t, `(?m)^  `+service+` +(http://\S+)  (http://\S+)$`) {
			if r := get(t, url+"/healthz"); r.status != http.StatusOK {
				t.Errorf("%s of the %s service says %d", url, service, r.status)
			}
		}
	}
}

func TestTheDemosFirstQueryIsAnswered(t *testing.T) {
	var answer struct {
		Data struct {
			Me struct {
				Name   string
				Orders struct {
					Nodes []struct {
						Items []struct{ Product struct{ Name string } }
					}
				}
			}
		}
		Errors []any
	}
	got := demonstrate(t).curl(t, "", "")
	if err := json.Unmarshal([]byte(got), &answer); err != nil || len(answer.Errors) > 0 {
		t.Fatalf("it is answered with %s", got)
	}
	me := answer.Data.Me
	if me.Name == "" || len(me.Orders.Nodes) != 2 || me.Orders.Nodes[1].Items[2].Product.Name == "" {
		t.Errorf("it is answered with %s", got)
	}
}

func TestTheDemosRESTCallsAreAnswered(t *testing.T) {
	d := demonstrate(t)
	calls := regexp.MustCompile(`(?m)curl -s (\S+) -H '([^']+): ([^']+)'$`).FindAllStringSubmatch(d.printed, -1)
	if len(calls) != 2 {
		t.Fatalf("the demo printed %d calls:\n%s", len(calls), d.printed)
	}
	for _, call := range calls {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, call[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(call[2], call[3])
		if r := send(t, req); r.status != http.StatusOK || r.header.Get("X-Concierge-Partial") != "" {
			t.Errorf("%s is answered with %d %s", call[1], r.status, r.body)
		}
	}
}

func TestTheDemosTokensNameItsPrincipals(t *testing.T) {
	const query = `{"query": "{ me { id } }"}`
	d := demonstrate(t)
	for _, principal := range demo.Principals() {
		token := d.find(t, `(?m)^  `+principal.Name+` +(\S+)$`)[0]
		if got, want := d.curl(t, token, query), `{"data":{"me":{"id":"`+principal.ID+`"}}}`; got != want {
			t.Errorf("the %s gets %s, want %s", principal.Name, got, want)
		}
	}
	signed := run(t, nil, "token", "--sub", "12", "--scope", "users:read orders:read")
	if code := signed.end(t); code != 0 || signed.stderr.String() != "" {
		t.Fatalf("token exits with %d and says %q", code, signed.stderr)
	}
	token := strings.TrimSuffix(signed.stdout.String(), "\n")
	if got, want := d.curl(t, token, query), `{"data":{"me":{"id":"12"}}}`; got != want {
		t.Errorf("user 12 gets %s, want %s", got, want)
	}
}

func TestATokenForAConfigurationIsSignedWithItsSecret(t *testing.T) {
	named := func(yaml string) string { return strings.Replace(yaml, "issuers: [{", "issuers: [{issuer: tests, ", 1) }
	gateway := start(t, named(standard))
	file := settings(t, named(minimal))
	p := run(t, []string{secret}, "token", "--sub", "7", "--config", file, "--lifetime", "1m")
	if code := p.end(t); code != 0 {
		t.Fatalf("it exits with %d and says %s", code, p.stderr)
	}
	req := gateway.request(t, operation{as: "nobody", query: `{ me { id } }`})
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(p.stdout.String()))
	if got, want := string(send(t, req).body), `{"data":{"me":{"id":"7"}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever ends the program at once leaves nothing that would keep it from starting again.
func TestAKilledProgramStartsAgainInItsPlace(t *testing.T) {
	listen, admin := freePort(t), freePort(t)
	for range 2 {
		d := demonstration{process: run(t, nil, "demo", "--listen", listen, "--admin", admin)}
		said(t, d.stdout, "Ctrl-C ends it all")
		d.printed = d.stdout.String()
		if got, want := d.curl(t, "", `{"query": "{ me { id } }"}`), `{"data":{"me":{"id":"7"}}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if err := d.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		d.end(t)
	}
}

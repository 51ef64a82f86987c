package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
)

// bridged is a client that has started the command with these variables in its environment, and speaks to it over stdin and stdout.
func bridged(t *testing.T, environment []string, args ...string) (*mcp.ClientSession, *exec.Cmd, error) {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, append([]string{"mcp"}, args...)...)
	command.Env = environment
	session, err := mcp.NewClient(&mcp.Implementation{Name: "tests", Version: "1"}, nil).
		Connect(t.Context(), &mcp.CommandTransport{Command: command}, nil)
	return session, command, err
}

// urlsOfServices are the variables of the tests' configuration.
func urlsOfServices(services *demo.Services) []string {
	var all []string
	for _, service := range demo.Names() {
		for i, url := range services.URLs(service) {
			all = append(all, strings.ToUpper(service)+[]string{"_URL=", "_URL_2="}[i]+url)
		}
	}
	return all
}

// A client on the same machine gets what one gets that comes over HTTP, whether a gateway runs already or only for it.
func TestAnAgentOnThisMachineSpeaksOverStdinAndStdout(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	yaml := withTools(t, standard, tools())
	p := start(t, yaml)
	over := p.agent(t, "customer", "")
	want := useTool(t, over, "own_orders", `{"first": 1}`)
	token := "CONCIERGE_TOKEN=" + p.token(t, "customer")
	for name, each := range map[string]struct{ environment, args []string }{
		"a gateway that runs":      {[]string{token}, []string{"--url", p.public + "/mcp"}},
		"a gateway of its own":     {append(urlsOfServices(p.services), token), []string{"--config", settings(t, yaml)}},
		"another variable's token": {[]string{"MINE" + strings.TrimPrefix(token, "CONCIERGE_TOKEN")}, []string{"--url", p.public + "/mcp", "--token-env", "MINE"}},
	} {
		t.Run(name, func(t *testing.T) {
			session, command, err := bridged(t, each.environment, each.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(toolsOf(t, over))), slices.Sorted(maps.Keys(toolsOf(t, session)))); diff != "" {
				t.Errorf("the tools (-over HTTP +over stdin):\n%s", diff)
			}
			got := useTool(t, session, "own_orders", `{"first": 1}`)
			if diff := cmp.Diff(want.StructuredContent, got.StructuredContent); diff != "" {
				t.Errorf("(-over HTTP +over stdin):\n%s", diff)
			}
			if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "desk"}); err == nil || !strings.Contains(err.Error(), `there is no tool "desk"`) {
				t.Errorf("a tool for others: %v", err)
			}
			if err := session.Close(); err != nil || command.ProcessState.ExitCode() != 0 {
				t.Errorf("it ends with %v, %v", err, command.ProcessState)
			}
		})
	}
}

// A client is told what its user has to do, and nothing of the credential.
func TestAnAgentOnThisMachineIsToldWhyItIsNotLetIn(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := startTools(t)
	expired, err := auth.Sign(p.config.Auth, "7", nil, -time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, each := range map[string]struct {
		environment []string
		url, want   string
	}{
		"no credential":    {nil, p.public + "/mcp", "the gateway asks who calls: give a credential in CONCIERGE_TOKEN or CONCIERGE_API_KEY, and start again"},
		"an expired token": {[]string{"CONCIERGE_TOKEN=" + expired}, p.public + "/mcp", "the gateway does not take the credential in CONCIERGE_TOKEN (the credential has expired): give another, and start again"},
		"a wrong key":      {[]string{"CONCIERGE_API_KEY=" + canary}, p.public + "/mcp", "the gateway does not take the credential in CONCIERGE_API_KEY"},
		"another path":     {[]string{"CONCIERGE_TOKEN=" + p.token(t, "customer")}, p.public + "/graphql", "the gateway does not answer this"},
		"nobody there":     {nil, "http://127.0.0.1:1/mcp", "the gateway at 127.0.0.1:1 cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := bridged(t, each.environment, "--url", each.url)
			if err == nil || !strings.Contains(err.Error(), each.want) {
				t.Errorf("it fails with %v, want %s", err, each.want)
			}
			saysNothingOf(t, fmt.Sprint(err), append(pieces(expired), canary)...)
		})
	}
}

func TestTheCommandForAgentsSaysWhatItLacks(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	plain := settings(t, minimal)
	for name, each := range map[string]struct {
		environment, args []string
		code              int
		want              string
	}{
		"nothing":         {nil, nil, 2, "concierge mcp needs --config FILE to run a gateway, or --url ADDRESS to ask one that runs\n"},
		"both":            {nil, []string{"--config", plain, "--url", "https://api.example.com/mcp"}, 2, "concierge mcp needs --config FILE"},
		"in the clear":    {nil, []string{"--url", "http://api.example.com/mcp"}, 2, "concierge mcp: --url must be"},
		"two credentials": {[]string{"CONCIERGE_TOKEN=a", "CONCIERGE_API_KEY=b"}, []string{"--url", "https://api.example.com/mcp"}, 1, "concierge: CONCIERGE_TOKEN and CONCIERGE_API_KEY both hold a credential: unset one\n"},
		"no tools":        {[]string{secret}, []string{"--config", plain}, 1, "has no tools for model agents: mcp.enabled is not true\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := run(t, each.environment, append([]string{"mcp"}, each.args...)...)
			if code := p.end(t); code != each.code || !strings.Contains(p.stderr.String(), each.want) || p.stdout.String() != "" {
				t.Errorf("it exits with %d and says %q and %q", code, p.stderr, p.stdout)
			}
		})
	}
}

// Nothing but the protocol goes to stdout, whatever the gateway logs; and the command ends when its client does.
func TestTheCommandForAgentsEndsWithItsClient(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	file := settings(t, withTools(t, standard+"log: {level: debug}\n", tools()))
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	for name, leave := range map[string]func(command *exec.Cmd, in io.Closer, out io.Closer) error{
		"by the end of its input": func(_ *exec.Cmd, in, _ io.Closer) error { return in.Close() },
		"by a signal":             func(command *exec.Cmd, _, _ io.Closer) error { return command.Process.Signal(syscall.SIGTERM) },
		"by reading no more": func(_ *exec.Cmd, in, out io.Closer) error {
			_ = out.Close()
			_, err := io.WriteString(in.(io.Writer), `{"jsonrpc":"2.0","id":9,"method":"ping"}`+"\n")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), program, "mcp", "--config", file)
			command.Env = append(urlsOfServices(services), "CONCIERGE_API_KEY=none")
			log := new(bytes.Buffer)
			command.Stderr = log
			in, _ := command.StdinPipe()
			out, _ := command.StdoutPipe()
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(in, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n")
			var answer struct {
				Version string `json:"jsonrpc"`
				ID      int
			}
			if err := json.NewDecoder(out).Decode(&answer); err != nil || answer.Version != "2.0" || answer.ID != 1 {
				t.Errorf("stdout has %+v, %v", answer, err)
			}
			if err := leave(command, in, out); err != nil {
				t.Error(err)
			}
			rest, _ := io.ReadAll(out)
			if err := command.Wait(); err != nil || len(rest) > 0 {
				t.Errorf("it ends with %v, and %q on stdout:\n%s", err, rest, log)
			}
			if !strings.Contains(log.String(), `"msg":"ready"`) {
				t.Errorf("the log is not on stderr:\n%s", log)
			}
		})
	}
}

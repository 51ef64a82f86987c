package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// tools are documents whose operations models can call, by their names.
func tools() map[string]string {
	return map[string]string{
		"own_orders": `query own_orders($first: Int! = 2, $lines: Boolean! = true) @tool(title: "Own orders", description: "The caller's first orders.") {
  me { id username orders(first: $first) { nodes { id status total { amount currency } items @include(if: $lines) { quantity product { name } } } } }
}`,
		"somebody": `query somebody($id: ID!) @tool(description: "A user.") { user(id: $id) { id username phone } }`,
		"both":     `query both @tool(description: "The caller, and other users.") { me { id } users(first: 2) { nodes { id } } }`,
		"desk":     `query desk($id: ID!) @tool(description: "Anybody's order.", scopes: ["orders:read"]) { order(id: $id) { id status } }`,
		"rename": `mutation rename($name: String!) @tool(description: "Calls the caller otherwise.", mutation: true, destructive: false, idempotent: true) {
  updateProfile(input: {name: $name}) { user { id name } userErrors { code message } }
}`,
	}
}

// withTools is a configuration with a door for model agents, and tools.
func withTools(t *testing.T, yaml string, documents map[string]string) string {
	t.Helper()
	return withToolsIn(yaml, toolFolder(t, documents))
}

// withToolsIn is withTools with the documents of a folder. What it says of the door stays.
func withToolsIn(yaml, folder string) string {
	return with(with(yaml, "graphql", fmt.Sprintf("persisted: {trusted: {manifests: [{path: %q}]}}", folder)), "mcp", "enabled: true")
}

func toolFolder(t *testing.T, documents map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range documents {
		put(t, filepath.Join(folder, name+".graphql"), text)
	}
	return folder
}

// startTools is a gateway with tools.
func startTools(t *testing.T) *program {
	t.Helper()
	return start(t, withTools(t, standard, tools()))
}

// signing sends requests with somebody's token.
type signing struct{ token string }

func (s signing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// agent is a client of the door for model agents, by a version of the protocol or the newest.
func (p *program) agent(t *testing.T, as, version string) *mcp.ClientSession {
	t.Helper()
	session, err := p.meets(t, p.token(t, as), version)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func (p *program) meets(t *testing.T, token, version string) (*mcp.ClientSession, error) {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "tests", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: p.public + "/mcp", HTTPClient: &http.Client{Transport: signing{token}}, MaxRetries: -1,
	}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err == nil {
		t.Cleanup(func() { _ = session.Close() })
	}
	return session, err
}

// toolsOf are the tools that an agent finds.
func toolsOf(t *testing.T, session *mcp.ClientSession) map[string]*mcp.Tool {
	t.Helper()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*mcp.Tool)
	for _, each := range list.Tools {
		all[each.Name] = each
	}
	return all
}

// useTool is what a tool gives.
func useTool(t *testing.T, session *mcp.ClientSession, tool, arguments string) *mcp.CallToolResult {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	return result
}

// toolErrors are what a result says of what failed: path, code, after how many seconds it may go well, and the message.
func toolErrors(t *testing.T, result *mcp.CallToolResult) []string {
	t.Helper()
	var told struct {
		Errors []struct {
			Message, Code string
			Path          []any
			RetryAfter    int
		}
	}
	if err := json.Unmarshal([]byte(inJSON(result.StructuredContent)), &told); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, each := range told.Errors {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%v %s %d %s", each.Path, each.Code, each.RetryAfter, each.Message)))
	}
	return all
}

// validates checks that a value is as a JSON Schema has it.
func validates(t *testing.T, schema, value any) {
	t.Helper()
	var stated jsonschema.Schema
	if err := json.Unmarshal([]byte(inJSON(schema)), &stated); err != nil {
		t.Fatal(err)
	}
	resolved, err := stated.Resolve(nil)
	if err != nil {
		t.Fatalf("%s: %v", inJSON(schema), err)
	}
	if err := resolved.Validate(fromJSONText(t, inJSON(value))); err != nil {
		t.Errorf("%s does not fit its schema: %v", inJSON(value), err)
	}
}

// message is one message of the protocol as a client sends it: "Name: value" are further header fields, or take the place of those
// that there are.
func (p *program) message(t *testing.T, as, body string, fields ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.public+"/mcp", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = messageHeader()
	if as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	}
	for _, each := range fields {
		name, value, _ := strings.Cut(each, ": ")
		req.Header.Set(name, value)
	}
	return send(t, req)
}

// messageHeader is the header of a message by a version of the protocol that many clients speak.
func messageHeader() http.Header {
	return http.Header{
		"Content-Type": {plainJSON}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {"2025-06-18"},
	}
}

// asAgents is what clients of the door say that they take.
const asAgents = "Accept: application/json, text/event-stream"

// callOf is the message that calls a tool.
func callOf(tool, arguments string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments)
}

// rewrite takes a tool's document away, or puts another in its place.
func rewrite(t *testing.T, folder, name, text string) {
	t.Helper()
	file := filepath.Join(folder, name+".graphql")
	if text != "" {
		put(t, file, text)
		return
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// callsOf are the calls that services have had, in whichever order.
func callsOf(p *program) []string {
	var all []string
	for _, each := range p.services.Calls() {
		all = append(all, each.String())
	}
	slices.Sort(all)
	return all
}

package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// trailTools are tools that lead along the trails of the schema, written in the styles that need few aliases and directives: a
// document may have so many.
func trailTools(t *testing.T) map[string]string {
	t.Helper()
	g, all := &generator{schema: schema()}, make(map[string]string)
	modest := []style{plain, spread, alone}
	for i, along := range g.trails(2) {
		var sent struct{ Query string }
		if err := json.Unmarshal([]byte(g.document(along, modest[i%len(modest)])), &sent); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("trail%d", i)
		all[name] = strings.Replace(sent.Query, ") {", fmt.Sprintf(`) @tool(name: %q, description: "A trail.") {`, name), 1)
	}
	return all
}

// byTools are the messages that call each tool, and those that tell of tools. There are none where agents have no door.
func byTools(s *leakSite) []question {
	if !s.config.MCP.Enabled {
		return nil
	}
	messages := []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, callOf("nothing", "{}"), callOf("trail0", `{"id": {"secret": 8}}`),
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`,
	}
	for i := range (&generator{schema: schema()}).trails(2) {
		messages = append(messages, callOf(fmt.Sprintf("trail%d", i), `{"yes": true}`))
	}
	all := []question{{method: http.MethodGet, path: "/.well-known/oauth-protected-resource/mcp"}}
	for _, body := range messages {
		all = append(all, question{method: http.MethodPost, path: "/mcp", body: body, header: messageHeader()})
	}
	return all
}

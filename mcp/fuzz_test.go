package mcp_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/mcp/tool"
)

// FuzzMessages sends a door what strangers might. Whatever it is, it runs no more than one operation, since one is charged for, and
// never one that the caller may not use.
func FuzzMessages(f *testing.F) {
	for _, seed := range []struct{ version, body string }{
		{"", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`},
		{"2025-06-18", `{"jsonrpc":"2.0","method":"notifications/initialized"}`},
		{"2025-11-25", `{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{}}`},
		{"2025-11-25", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Box","arguments":{"id":"7"}}}`},
		{"2025-03-26", `[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Box","arguments":{"id":"7"}}},{"jsonrpc":"2.0","id":2,"method":"ping"}]`},
		{"2026-07-28", `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`},
		{"2026-07-28", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Secret","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`},
		{"2026-07-28", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true}}}`},
		{"1999-01-01", `{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"graphql_query","arguments":{"query":"{a}"}}}`},
		{"\x00", "\xef\xbb\xbf{}"},
	} {
		f.Add(seed.version, seed.body)
	}
	set := tools(f)
	var ran, secret atomic.Int64
	c := mcp.DefaultConfig()
	c.Enabled, c.FreeQuery.Enabled = true, true
	door := mcp.New(c, mcp.Parts{
		Tools:   func() *tool.Set { return set },
		Sees:    func(_ context.Context, each *tool.Tool) bool { return each.Name != "Secret" },
		Hidden:  func(context.Context) {},
		Granted: func(context.Context, []string) bool { return true },
		Run: func(_ http.Header, _ *http.Request, call mcp.Call) mcp.Answer {
			ran.Add(1)
			if call.Tool == "Secret" {
				secret.Add(1)
			}
			return mcp.Answer{Data: json.RawMessage(`{}`)}
		},
		Client:   func(*http.Request, string, string) string { return "tests" },
		Registry: prometheus.NewRegistry(),
		Log:      slog.New(slog.DiscardHandler),
	})
	f.Fuzz(func(t *testing.T, version, body string) {
		ran.Store(0)
		r := httptest.NewRequest(http.MethodPost, mcp.Path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Mcp-Protocol-Version", version)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, facts.Begin(r))
		if w.Code >= http.StatusInternalServerError || ran.Load() > 1 || secret.Load() > 0 {
			t.Errorf("it is answered with %d, and %d operations ran, %d of them secret", w.Code, ran.Load(), secret.Load())
		}
	})
}

package tests

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A client that others have written finds and calls tools.
func TestAClientOfOthersCallsTools(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := startTools(t)
	c := client{program: p, name: "mcp", user: "7"}
	got := c.told(t)
	call := asToolsTell(t, p.run(t, operation{query: tools()["own_orders"], variables: json.RawMessage(`{"first": 1, "lines": false}`)}))
	for era, version := range map[string]string{"newest": "2026-07-28", "handshake": "2025-11-25"} {
		for name, want := range map[string]any{
			"version":  version,
			"list":     []any{"both", "own_orders", "rename", "somebody"},
			"call":     call,
			"error":    fromJSONText(t, `{"isError": true, "code": "BAD_USER_INPUT"}`),
			"unknown":  fromJSONText(t, `{"code": -32602, "said": "there is no tool \"desk\""}`),
			"unsigned": fromJSONText(t, `{"status": 401}`),
		} {
			if diff := cmp.Diff(want, got[era+": "+name]); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", era, name, diff)
			}
		}
	}
}

// Package mcp answers how model agents list and call tools: the door of the Model Context Protocol, by single messages over HTTP
// (https://modelcontextprotocol.io).
//
// The protocol is the SDK's to speak. What it asks for is decided here: which tools a caller sees, what a call runs, and what of
// the answer is told. No session is kept, so any instance answers any message, whatever version of the protocol a client speaks.
// A call is part of the request that it came by, with that request's caller, place, account, trail and record.
package mcp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// Path is where the door is.
const Path = "/mcp"

// version is that of the door. Strangers are not told the program's.
const version = "1"

// Parts are what the door asks. All must be given.
type Parts struct {
	// Tools are those that there are now.
	Tools func() *tool.Set
	// Sees reports whether the caller of a context may use a tool at all.
	Sees func(ctx context.Context, t *tool.Tool) bool
	// Hidden is told that the caller of a context has called a tool that it may not use.
	Hidden func(ctx context.Context)
	// Granted reports whether the caller of a context was granted all scopes.
	Granted func(ctx context.Context, scopes []string) bool
	// Run runs an operation as a part of a request. What limits say of it goes into the header of the answer.
	Run func(header http.Header, r *http.Request, call Call) Answer
	// Client is told that a request calls a tool, and by which name its program calls itself, which is a stranger's text and mostly
	// empty. What it returns stands for the program in metrics.
	Client   func(r *http.Request, tool, name string) string
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Call is an operation that a call of a tool stands for.
type Call struct {
	// Tool is the tool's name.
	Tool string
	// Trusted says that the document is the operator's. Any other was sent by the client, and may only read.
	Trusted bool
	// Text is the document, and Operation the operation's name in it, which may be empty where there is one.
	Text, Operation string
	Variables       map[string]any
}

// Answer is what came of a Call. It has neither data nor errors where its client has gone.
type Answer struct {
	Data   json.RawMessage
	Errors gqlerror.List
	// Notes tell which parts did not come from their services.
	Notes []fallback.Note
}

// Door answers messages of the protocol. It is safe for concurrent use.
type Door struct {
	config  Config
	parts   Parts
	metrics *metrics
	speaks  http.Handler
}

// New returns a door. It starts nothing. The SDK is given no log: it writes there, as errors, what clients do wrong, and each
// message has its line as a request.
func New(c Config, parts Parts) *Door {
	tools := func() int { return len(parts.Tools().All()) }
	d := &Door{config: c, parts: parts, metrics: newMetrics(parts.Registry, tools)}
	server := mcp.NewServer(&mcp.Implementation{Name: "concierge", Version: version}, &mcp.ServerOptions{
		Instructions: c.Instructions,
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	server.AddReceivingMiddleware(d.receive)
	d.speaks = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true,
		MaxRequestBodyBytes: int64(c.MaxArguments),
		// Where it is said how clients reach the door, it need not be guessed from addresses: a proxy on the same machine has none of
		// its clients'.
		DisableLocalhostProtection: c.Resource != "",
	})
	return d
}

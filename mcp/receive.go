package mcp

import (
	"context"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/problem"
)

// receive answers what is about tools, and leaves the rest of the protocol to the SDK. The SDK's own list of tools would be the
// same for everybody.
func (d *Door) receive(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, request mcp.Request) (result mcp.Result, err error) {
		broke := problem.Guard(func() error { // the SDK answers on a goroutine of its own
			result, err = d.answer(ctx, method, request, next)
			return nil
		})
		if broke != nil {
			d.parts.Log.ErrorContext(ctx, "a message of a model's client panicked", "method", method, "error", errors.Unwrap(broke))
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: problem.Internal.Message()}
		}
		return result, err
	}
}

//nolint:ireturn // so has the SDK it
func (d *Door) answer(ctx context.Context, method string, request mcp.Request, next mcp.MethodHandler) (mcp.Result, error) {
	switch request := request.(type) {
	case *mcp.ListToolsRequest:
		return d.list(ctx, request.Params)
	case *mcp.CallToolRequest:
		return d.call(ctx, request)
	default:
		result, err := next(ctx, method, request)
		if discovered, ok := result.(*mcp.DiscoverResult); ok && err == nil {
			discovered.Cacheable = mcp.Cacheable{TTLMs: listLifetime, CacheScope: private}
		}
		return result, err //nolint:wrapcheck // it is the SDK's own
	}
}

// A list is one caller's, and changes with the documents, of which nobody is told: there are no sessions.
const (
	listLifetime = int(10 * time.Second / time.Millisecond)
	private      = "private"
)

// list is what the caller may call, in the order of names. It is short enough to need no pages: the most tools that there can be.
func (d *Door) list(ctx context.Context, params *mcp.ListToolsParams) (*mcp.ListToolsResult, error) {
	if params != nil && params.Cursor != "" {
		return nil, invalid("the list of tools has one page")
	}
	ctx = exchangeOf(ctx).r.Context()
	result := &mcp.ListToolsResult{
		Tools: []*mcp.Tool{}, Cacheable: mcp.Cacheable{TTLMs: listLifetime, CacheScope: private},
	}
	for _, each := range d.parts.Tools().All() {
		if d.parts.Sees(ctx, each) {
			result.Tools = append(result.Tools, shown(each))
		}
	}
	if d.mayQuery(ctx) {
		result.Tools = append(result.Tools, freeQuery())
	}
	return result, nil
}

// shown is a tool as the protocol has it. Services are the only world that tools know.
func shown(t *tool.Tool) *mcp.Tool {
	destructive, open := t.Destructive, false
	annotations := &mcp.ToolAnnotations{ReadOnlyHint: t.ReadOnly, IdempotentHint: t.Idempotent, OpenWorldHint: &open}
	if !t.ReadOnly {
		annotations.DestructiveHint = &destructive
	}
	return &mcp.Tool{
		Name: t.Name, Title: t.Title, Description: t.Description,
		InputSchema: t.Input, OutputSchema: t.Output, Annotations: annotations,
	}
}

func invalid(message string) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: message}
}

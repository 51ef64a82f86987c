// Package bridge answers how a client that speaks over stdin and stdout reaches the door for model agents.
//
// On both sides the protocol is the SDK's to speak, in whatever versions client and door know. What is about tools goes to the
// door with the caller's credential, and comes back as the door has said it.
package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Run lets a client reach a door until in ends, until the client reads out no more, or until ctx ends: then calls that are under
// way are given up. The error is that in was not what a client sends. Nothing but the protocol is written to out.
func Run(ctx context.Context, door Door, version string, in io.Reader, out io.Writer) error {
	me := &mcp.Implementation{Name: "concierge", Version: version}
	b := &bridge{ending: ctx, door: door, client: mcp.NewClient(me, &mcp.ClientOptions{
		Capabilities:   new(mcp.ClientCapabilities), // nobody is here whom the door could ask anything
		MultiRoundTrip: &mcp.MultiRoundTripOptions{Disabled: true},
	})}
	defer b.close()
	server := mcp.NewServer(me, &mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{Tools: new(mcp.ToolCapabilities)}})
	server.AddReceivingMiddleware(b.forward)
	err := server.Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(in), Writer: open{out}})
	if ctx.Err() != nil || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read messages of a client: %w", err)
	}
	return nil
}

// open is what the SDK writes to, and does not close.
type open struct{ io.Writer }

// Close implements io.Closer.
func (open) Close() error { return nil }

// bridge is one client's way to a door.
type bridge struct {
	ending context.Context //nolint:containedctx // the SDK does not tell its handlers that its run ends
	door   Door
	client *mcp.Client

	mu      sync.Mutex
	session *mcp.ClientSession // nil before the door has let the client in
}

// connected is the session with the door. It is begun by the first request that needs it, so that the client is told of a door
// that does not let it in.
func (b *bridge) connected(ctx context.Context) (*mcp.ClientSession, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil {
		return b.session, nil
	}
	session, err := b.client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint:             b.door.URL,
		HTTPClient:           b.door.http(),
		DisableStandaloneSSE: true, // the door keeps no sessions
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("connect to the door: %w", err)
	}
	b.session = session
	return session, nil
}

func (b *bridge) close() {
	if b.session != nil {
		_ = b.session.Close() // there is nobody left to tell
	}
}

// forward is how messages of the client are answered. What has kept one from being answered is told in the words of whoever
// refused it, without the way on which they came here.
func (b *bridge) forward(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(b.ending, cancel)()
		result, err := b.answer(ctx, method, request, next)
		if here, ok := errors.AsType[refusal](err); ok {
			return nil, here.told
		}
		if there, ok := errors.AsType[*jsonrpc.Error](err); ok {
			return nil, there
		}
		return result, err
	}
}

// answer is a mcp.MethodHandler but for what it leaves to the next.
//
//nolint:ireturn // so it returns what those return
func (b *bridge) answer(ctx context.Context, method string, request mcp.Request, next mcp.MethodHandler) (mcp.Result, error) {
	switch request := request.(type) {
	case *mcp.ListToolsRequest:
		return b.list(ctx, request)
	case *mcp.CallToolRequest:
		return b.call(ctx, request)
	}
	if method != "initialize" && method != "server/discover" {
		return next(ctx, method, request) //nolint:wrapcheck // it is the SDK's own
	}
	session, err := b.connected(ctx) // first: a client that was let in once cannot ask again
	if err != nil {
		return nil, err
	}
	result, err := next(ctx, method, request)
	switch result := result.(type) {
	case *mcp.InitializeResult:
		result.Instructions = session.InitializeResult().Instructions
	case *mcp.DiscoverResult:
		result.Instructions = session.InitializeResult().Instructions
	}
	return result, err //nolint:wrapcheck // it is the SDK's own
}

func (b *bridge) list(ctx context.Context, request *mcp.ListToolsRequest) (*mcp.ListToolsResult, error) {
	session, err := b.connected(ctx)
	if err != nil {
		return nil, err
	}
	sent := &mcp.ListToolsParams{}
	if request.Params != nil {
		sent.Meta, sent.Cursor = request.Params.Meta, request.Params.Cursor
	}
	sent.Meta = told(sent.Meta, request.ClientInfo())
	result, err := session.ListTools(ctx, sent)
	if err != nil {
		return nil, fmt.Errorf("list tools: %w", err)
	}
	own := *result // the session keeps lists for a while, and each answer is written on
	own.Meta = maps.Clone(own.Meta)
	return &own, nil
}

func (b *bridge) call(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	session, err := b.connected(ctx)
	if err != nil {
		return nil, err
	}
	sent := &mcp.CallToolParams{Meta: told(request.Params.Meta, request.ClientInfo()), Name: request.Params.Name}
	if len(request.Params.Arguments) > 0 {
		sent.Arguments = request.Params.Arguments
	}
	result, err := session.CallTool(ctx, sent)
	if err != nil {
		return nil, fmt.Errorf("call a tool: %w", err)
	}
	return result, nil
}

// told is what of a message's own words goes on to the door, with the name of the client's program. How the client speaks to the
// bridge is not how the bridge speaks.
func told(meta mcp.Meta, client *mcp.Implementation) mcp.Meta {
	onward := make(mcp.Meta, len(meta)+1)
	maps.Copy(onward, meta)
	delete(onward, mcp.MetaKeyProtocolVersion)
	delete(onward, mcp.MetaKeyClientCapabilities)
	if client != nil {
		onward[mcp.MetaKeyClientInfo] = client
	}
	return onward
}

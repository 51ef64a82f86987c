package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/resource"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// openMCP builds the door of model agents. It runs operations as the first door does.
func (e *edition) openMCP(parts *routes, stated *statement, graphql *endpoint) {
	if !e.config.MCP.Enabled {
		return
	}
	own := *graphql
	own.door = parts.gate.Door(middleware.DoorMCP)
	parts.tools = e.execution.toolbox
	agents := &agents{endpoint: &own, policy: stated.policy, schema: stated.schema}
	parts.mcp = mcp.New(e.config.MCP, mcp.Parts{
		Tools:    e.execution.toolbox.get,
		Sees:     agents.sees,
		Hidden:   denyTool,
		Granted:  func(ctx context.Context, scopes []string) bool { return auth.FromContext(ctx).HasAll(scopes) },
		Run:      agents.run,
		Client:   agents.client,
		Registry: e.registry,
		Log:      e.log,
	})
}

// serveMCP leads to the door of model agents, where it is open. Pages of other origins are kept out whatever they send: a browser
// on an agent's machine must not call its tools for them.
func (p *routes) serveMCP(router *paths) {
	if p.mcp == nil {
		return
	}
	c := p.config.MCP
	metadata := p.metadata()
	router.lead(mcp.Path, p.mcp,
		middleware.EnterDoor(middleware.DoorMCP, p.metrics),
		p.audited(middleware.DoorMCP, ""), // the call says what it is
		p.from(c.Networks),
		p.pages,
		p.gate.Door(middleware.DoorMCP).Admit(admission.Interactive),
		auth.Pointing(metadata.MetadataURL),
		p.named(ratelimit.Request{Door: ratelimit.DoorMCP}),
		middleware.BodyLimit(c.MaxArguments),
		p.compress(),
	)
	if tells := metadata.Handler(); tells != nil {
		for _, path := range []string{resource.WellKnown + mcp.Path, resource.WellKnown} {
			router.lead(path, tells,
				middleware.EnterDoor(middleware.DoorMCP, p.metrics),
				p.audited(middleware.DoorMCP, path),
				p.from(c.Networks),
				p.gate.Door(middleware.DoorMCP).Admit(admission.Interactive),
				p.before(ratelimit.Request{Door: ratelimit.DoorMCP}),
			)
		}
	}
}

// metadata is what clients are told of the issuers of tokens, nil where there is none that they can find.
func (p *routes) metadata() *resource.Resource {
	c := p.config.MCP
	return resource.New(resource.Config{
		URL: c.Resource, Path: mcp.Path, Name: "Concierge", Issuers: p.config.Auth.IssuerNames(), Scopes: p.tools.scopes,
	})
}

// denyTool tells the audit that a caller has called a tool that it may not use.
func denyTool(ctx context.Context) {
	audit.From(ctx).Deny(ruleTool, reasonFor(ctx))
}

// pages turns away what pages of other origins than the trusted ones send.
func (p *routes) pages(next http.Handler) http.Handler {
	own := p.config.MCP.Origin()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.authenticator.Page(r, own) != nil {
			audit.From(r.Context()).Deny(ruleOrigin, audit.CrossSite)
			refuse(w, r, problem.New(problem.Forbidden, "a page of another origin may not call tools"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// reasonFor is why a caller may not use something.
func reasonFor(ctx context.Context) audit.Reason {
	if auth.FromContext(ctx).Anonymous() {
		return audit.Unauthenticated
	}
	return audit.Forbidden
}

// agents runs what model agents call.
type agents struct {
	*endpoint

	policy *policy.Policy
	schema *ast.Schema
}

// sees reports whether a caller may use a tool: who has its scopes, and to whom the policy would show anything of it.
func (a *agents) sees(ctx context.Context, t *tool.Tool) bool {
	caller := auth.FromContext(ctx)
	if !caller.HasAll(t.Scopes) {
		return false
	}
	view := a.policy.View(caller)
	for _, root := range t.Roots {
		if guard := a.guard(t, root); guard == nil || guard.Refusing(view) == nil {
			return true
		}
	}
	return len(t.Roots) == 0
}

func (a *agents) guard(t *tool.Tool, root string) *policy.Guard {
	if t.Mutation {
		return a.policy.Mutation(root)
	}
	return a.policy.Field(a.schema.Query.Fields.ForName(root))
}

// run runs a call as a part of the request that it came by.
func (a *agents) run(header http.Header, r *http.Request, call mcp.Call) mcp.Answer {
	params := &graphql.RawParams{
		Query: call.Text, OperationName: call.Operation, Variables: call.Variables, Headers: r.Header,
	}
	refusal := newPart(correlation.From(r.Context()).RequestID)
	if call.Trusted {
		r = asEndpoint(r)
	} else {
		r = onlyReading(r)
	}
	given, ok := a.execute(refusal, asTool(r, call.Tool), params)
	tellLimits(header, refusal.header)
	if !ok {
		return refusal.asAnswer()
	}
	return toAgent(given.response)
}

type toolKey struct{}

// asTool notes that a request calls a tool.
func asTool(r *http.Request, name string) *http.Request { return facts.Add(r, toolKey{}, name) }

// toolFrom is the name of the tool that is called, empty where none is.
func toolFrom(ctx context.Context) string {
	name, _ := ctx.Value(toolKey{}).(string)
	return name
}

type readingKey struct{}

// onlyReading notes that a request may change nothing, whatever its method.
func onlyReading(r *http.Request) *http.Request { return facts.Add(r, readingKey{}, true) }

// onlyReads reports whether a request may change nothing because of what it came by.
func onlyReads(ctx context.Context) bool {
	only, _ := ctx.Value(readingKey{}).(bool)
	return only
}

// maxClientName is the longest name of a client's program, in bytes.
const maxClientName = 64

// client notes for the audit which tool a request calls, and by which program.
func (a *agents) client(r *http.Request, tool, name string) string {
	names := middleware.Canonical(a.execution.settings.Usage.NameHeaders)
	nameClient(r.Header, names, name)
	program := ""
	for _, each := range names {
		program = cmp.Or(program, r.Header.Get(each))
	}
	audit.From(r.Context()).Tool(tool, program)
	return a.execution.uses.Client(r.Header)
}

// nameClient notes the name that a client's program has given itself, where the request's header has none: what counts by clients
// reads it there. A name that a header field could not have is none.
func nameClient(header http.Header, names []string, client string) {
	if len(names) == 0 || client == "" || len(client) > maxClientName || strings.ContainsFunc(client, invisible) {
		return
	}
	for _, name := range names {
		if len(header[name]) > 0 {
			return
		}
	}
	header[names[0]] = []string{client}
}

func invisible(c rune) bool { return c < ' ' || c > '~' }

// toAgent is a response as the door tells it: what it says of itself beside data and errors is for other clients.
func toAgent(response *graphql.Response) mcp.Answer {
	if response == nil {
		return mcp.Answer{}
	}
	notes, _ := response.Extensions["fallback"].([]fallback.Note)
	return mcp.Answer{Data: response.Data, Errors: response.Errors, Notes: notes}
}

// asAnswer is a refusal that was written for another door.
func (p *part) asAnswer() mcp.Answer {
	var told struct {
		Errors gqlerror.List `json:"errors"`
	}
	if err := json.Unmarshal(graphqlhttp.Restated(p.header, p.body.Bytes()), &told); err != nil {
		told.Errors = gqlerror.List{problem.Present(problem.New(problem.Internal, ""), "")}
	}
	return mcp.Answer{Errors: told.Errors}
}

package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
)

func TestAnAgentFindsTheToolsThatItsCallerMayUse(t *testing.T) {
	t.Parallel()
	p := start(t, with(withTools(t, with(standard, "auth", "anonymous: true"), tools()), "mcp", `instructions: "This is a shop."`))
	for as, want := range map[string][]string{
		"customer": {"both", "own_orders", "rename", "somebody"},
		"support":  {"both", "desk", "own_orders", "rename", "somebody"},
	} {
		session := p.agent(t, as, "")
		if got := session.InitializeResult().Instructions; got != "This is a shop." {
			t.Errorf("it is told %q", got)
		}
		if got := slices.Sorted(maps.Keys(toolsOf(t, session))); !cmp.Equal(want, got) {
			t.Errorf("%s finds %v, want %v", as, got, want)
		}
	}
	nobody, err := p.meets(t, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := toolsOf(t, nobody); len(got) > 0 {
		t.Errorf("nobody finds %v", got)
	}
}

func TestAToolSaysWhatItTakesAndDoes(t *testing.T) {
	t.Parallel()
	found := toolsOf(t, startTools(t).agent(t, "support", ""))
	open, additive := false, false
	for name, want := range map[string]*mcp.ToolAnnotations{
		"own_orders": {ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &open},
		"rename":     {IdempotentHint: true, OpenWorldHint: &open, DestructiveHint: &additive},
	} {
		if diff := cmp.Diff(want, found[name].Annotations); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	own := found["own_orders"]
	if own.Title != "Own orders" || own.Description != "The caller's first orders." {
		t.Errorf("it says %q, %q", own.Title, own.Description)
	}
	validates(t, own.InputSchema, fromJSONText(t, `{"first": 3, "lines": false}`))
	validates(t, own.InputSchema, fromJSONText(t, `{}`))
	validates(t, found["rename"].InputSchema, fromJSONText(t, `{"name": "Somebody Else"}`))
}

// A tool gives what GraphQL answers to the same document, by the same calls, whichever version of the protocol its client speaks.
func TestAToolGivesWhatGraphQLAnswers(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	for _, version := range mcp.SupportedProtocolVersions() {
		for _, as := range []string{"customer", "support"} {
			session := p.agent(t, as, version)
			if got := session.InitializeResult().ProtocolVersion; got != version {
				t.Errorf("a client of %s is spoken to by %s", version, got)
			}
			found := toolsOf(t, session)
			for _, each := range []struct{ tool, arguments string }{
				{"own_orders", `{}`},
				{"own_orders", `{"first": 3, "lines": false}`},
				{"somebody", `{"id": "8"}`},
				{"somebody", `{"id": "999999"}`},
				{"both", `{}`},
				{"desk", `{"id": "8"}`},
			} {
				if found[each.tool] != nil {
					p.compareDoors(t, session, as, found[each.tool], each.arguments)
				}
			}
		}
	}
}

// compareDoors calls a tool, and asks the first door for the same.
func (p *program) compareDoors(t *testing.T, session *mcp.ClientSession, as string, tool *mcp.Tool, arguments string) {
	t.Helper()
	p.services.ResetCalls()
	result := useTool(t, session, tool.Name, arguments)
	byTool := callsOf(p)
	p.services.ResetCalls()
	want := asToolsTell(t, p.run(t, operation{as: as, query: tools()[tool.Name], variables: json.RawMessage(arguments)}))
	if diff := cmp.Diff(want, result.StructuredContent); diff != "" {
		t.Errorf("%s of %s (-graphql +tool):\n%s", tool.Name, as, diff)
	}
	if diff := cmp.Diff(want, fromJSONText(t, result.Content[0].(*mcp.TextContent).Text)); diff != "" {
		t.Errorf("%s of %s as a text (-graphql +tool):\n%s", tool.Name, as, diff)
	}
	if diff := cmp.Diff(callsOf(p), byTool); diff != "" {
		t.Errorf("%s of %s calls otherwise (-graphql +tool):\n%s", tool.Name, as, diff)
	}
	validates(t, tool.OutputSchema, result.StructuredContent)
	if result.Meta["concierge/content"] != "untrusted" {
		t.Errorf("the result says %v of itself", result.Meta)
	}
}

// asToolsTell is an answer of GraphQL in the form that tools give.
func asToolsTell(t *testing.T, r reply) any {
	t.Helper()
	var answer struct {
		Data   any `json:"data"`
		Errors []struct {
			Message    string
			Path       []any
			Extensions struct {
				Code       string
				RetryAfter float64
			}
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		t.Fatal(err)
	}
	told := map[string]any{"data": answer.Data}
	var all []any
	for _, each := range answer.Errors {
		one := map[string]any{"message": each.Message, "code": each.Extensions.Code}
		if len(each.Path) > 0 {
			one["path"] = each.Path
		}
		if each.Extensions.RetryAfter > 0 {
			one["retryAfter"] = each.Extensions.RetryAfter
		}
		all = append(all, one)
	}
	if len(all) > 0 {
		told["errors"] = all
	}
	return told
}

func TestAToolThatWritesWritesOnce(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	session := p.agent(t, "customer", "")
	result := useTool(t, session, "rename", `{"name": "Called Otherwise"}`)
	want := fromJSONText(t, `{"data": {"updateProfile": {"user": {"id": "7", "name": "Called Otherwise"}, "userErrors": []}}}`)
	if diff := cmp.Diff(want, result.StructuredContent); diff != "" || result.IsError {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := callsOf(p); len(got) != 1 {
		t.Errorf("the services were called: %v", got)
	}
}

// What is wrong with a call is told to the model, with its place and without its values. What is wrong with a message is told to its
// client.
func TestAnAgentIsToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	session := p.agent(t, "customer", "")
	p.services.ResetCalls()
	for arguments, want := range map[string]string{
		`{"first": "` + canary + `"}`: "[] BAD_USER_INPUT 0 /first in the object of arguments must be a whole number of 32 bits",
		`{"first": 101}`:              "[] BAD_USER_INPUT 0 /first in the object of arguments must lie between 0 and 100",
		`{"` + canary + `": 1}`:       "",
	} {
		result := useTool(t, session, "own_orders", arguments)
		got := toolErrors(t, result)
		if !result.IsError || len(got) != 1 || want != "" && got[0] != want || !strings.Contains(got[0], "BAD_USER_INPUT") {
			t.Errorf("%s gives %q", arguments, got)
		}
	}
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services were called: %v", calls)
	}
	for _, name := range []string{"nothing", "desk"} { // the second is for others
		_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name})
		refused, ok := errors.AsType[*jsonrpc.Error](err)
		if want := fmt.Sprintf("there is no tool %q", name); !ok || refused.Code != jsonrpc.CodeInvalidParams || refused.Message != want {
			t.Errorf("a call of %s fails with %v", name, err)
		}
	}
	if _, err := session.ListPrompts(t.Context(), nil); err == nil {
		if list, _ := session.ListPrompts(t.Context(), nil); len(list.Prompts) > 0 {
			t.Errorf("there are prompts: %v", list.Prompts)
		}
	}
}

func TestWhatACallerMayNotSeeIsMissingFromWhatAToolGives(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	result := useTool(t, p.agent(t, "customer", ""), "both", `{}`)
	want := fromJSONText(t, `{"me": {"id": "7"}, "users": null}`)
	if diff := cmp.Diff(want, result.StructuredContent.(map[string]any)["data"]); diff != "" || result.IsError {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := toolErrors(t, result); len(got) != 1 || !strings.HasPrefix(got[0], "[users] FORBIDDEN 0 ") {
		t.Errorf("it fails with %q", got)
	}
	p.log.await(t, func(log string) bool {
		return strings.Contains(log, `"msg":"denied"`) && strings.Contains(log, `"operation":"both"`) &&
			strings.Contains(log, `"tool":"both","client_name":"tests"`)
	})
}

func TestALimitOfAToolHoldsForThatToolAlone(t *testing.T) {
	t.Parallel()
	p := start(t, limitedBy(withTools(t, standard, tools()), `
rules:
  - {name: slow, by: principal, door: mcp, tools: [somebody], limit: 2, per: 1h}
`))
	session := p.agent(t, "customer", "")
	for i := range 3 {
		result := useTool(t, session, "somebody", `{"id": "7"}`)
		got := toolErrors(t, result)
		if limited := len(got) == 1 && strings.HasPrefix(got[0], "[] RATE_LIMITED "); limited != (i == 2) || limited != result.IsError {
			t.Errorf("call %d gives %q", i+1, got)
		}
		if i == 2 && strings.HasPrefix(got[0], "[] RATE_LIMITED 0 ") {
			t.Errorf("it does not say when to come back: %q", got)
		}
	}
	for range 3 {
		if got := toolErrors(t, useTool(t, session, "both", `{}`)); len(got) != 1 || !strings.Contains(got[0], "FORBIDDEN") {
			t.Errorf("another tool gives %q", got)
		}
	}
	if got := toolErrors(t, useTool(t, p.agent(t, "support", ""), "somebody", `{"id": "7"}`)); len(got) > 0 {
		t.Errorf("another caller gets %q", got)
	}
}

func TestALimitOfRequestsHoldsForMessages(t *testing.T) {
	t.Parallel()
	p := start(t, limitedBy(withTools(t, standard, tools()), `
rules:
  - {name: agents, by: principal, door: mcp, limit: 2, per: 1h}
`))
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for i := range 3 {
		r := p.message(t, "customer", list)
		if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusOK}[i == 2]; r.status != want {
			t.Fatalf("message %d is answered with %d %s", i+1, r.status, r.body)
		}
		if i == 2 {
			refusal{429, problemJSON, "RATE_LIMITED", "", ""}.check(t, r)
			if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 {
				t.Errorf("Retry-After: %s", r.header.Get("Retry-After"))
			}
		}
	}
	if r := p.run(t, operation{query: `{ me { id } }`}); r.status != http.StatusOK {
		t.Errorf("another door is answered with %d %s", r.status, r.body)
	}
}

// A client whose token is not taken finds out by itself where to get another.
func TestAnAgentIsToldWhereToGetAToken(t *testing.T) {
	t.Parallel()
	yaml := strings.Replace(standard, "issuers: [{keys:", "issuers: [{issuer: https://login.example.com, keys:", 1)
	p := start(t, withTools(t, yaml, tools()))
	expired, err := auth.Sign(p.config.Auth, "7", nil, -time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, field := range map[string]string{"no token": "X-Nothing: ", "an expired token": "Authorization: Bearer " + expired} {
		r := p.message(t, "nobody", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, field)
		refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, r)
		challenge := r.header.Get("WWW-Authenticate")
		_, at, pointed := strings.Cut(challenge, `resource_metadata="`)
		at, _, _ = strings.Cut(at, `"`)
		if !pointed || at != p.public+"/.well-known/oauth-protected-resource/mcp" {
			t.Fatalf("%s: WWW-Authenticate: %s", name, challenge)
		}
		var metadata struct {
			Resource string
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		if err := json.Unmarshal(get(t, at).body, &metadata); err != nil {
			t.Fatal(err)
		}
		if metadata.Resource != p.public+"/mcp" || !slices.Equal(metadata.Servers, []string{"https://login.example.com"}) ||
			!slices.Equal(metadata.Scopes, []string{"orders:read"}) {
			t.Errorf("the metadata are %+v", metadata)
		}
	}
	if _, err := p.meets(t, expired, ""); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
		t.Errorf("the SDK's client connects with an expired token: %v", err)
	}
}

func TestToolsComeAndGoWithTheirDocuments(t *testing.T) {
	t.Parallel()
	folder := toolFolder(t, map[string]string{"both": tools()["both"]})
	p := start(t, withToolsIn(standard, folder))
	names := func() string { return fmt.Sprint(slices.Sorted(maps.Keys(toolsOf(t, p.agent(t, "customer", ""))))) }
	connected := p.agent(t, "customer", "")
	toolsOf(t, connected)
	rewrite(t, folder, "both", "")
	rewrite(t, folder, "shelf", `query shelf @tool(description: "A product.") { product(id: 3) { name } }`)
	waitFor(t, func() string { return "the tools are " + names() }, func() bool { return names() == "[shelf]" })
	if got := inJSON(useTool(t, connected, "shelf", `{}`).StructuredContent); got != nameOf3 {
		t.Errorf("a client that was there before gets %s", got)
	}
	if _, err := connected.CallTool(t.Context(), &mcp.CallToolParams{Name: "both"}); err == nil {
		t.Error("a tool that is gone is called")
	}
	rewrite(t, folder, "fourth", `query fourth @tool(description: "Good by itself.") { product(id: 4) { name } }
query twice @tool(name: "shelf", description: "The same name.") { product(id: 4) { name } }`)
	waitFor(t, func() string { return "the bad set is not noticed" }, func() bool { return counted(t, p, "concierge_persisted_current") == 0 })
	if got := names(); got != "[shelf]" {
		t.Errorf("a bad set has changed the tools: %s", got)
	}
	if !strings.Contains(p.log.String(), "fourth.graphql") {
		t.Errorf("the log does not tell what is wrong:\n%s", p.log)
	}
}

// Each of many who call at the same time gets what is its own.
func TestManyAgentsCallAtTheSameTime(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			id := strconv.Itoa(i + 10)
			token, err := auth.Sign(p.config.Auth, id, nil, time.Hour, time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			versions := mcp.SupportedProtocolVersions()
			session, err := p.meets(t, token, versions[i%len(versions)])
			if err != nil {
				t.Error(err)
				return
			}
			for range 3 {
				result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "own_orders", Arguments: map[string]any{"first": 1}})
				if err != nil || !strings.HasPrefix(inJSON(result.StructuredContent), `{"data":{"me":{"id":"`+id+`",`) {
					t.Errorf("user %s gets %v, %v", id, inJSON(result), err)
				}
			}
		})
	}
	all.Wait()
}

func TestADrainingGatewayEndsTheCallsOfAgents(t *testing.T) {
	t.Parallel()
	h := hold(t, withTools(t, standard, tools()))
	session := h.agent(t, "customer", "")
	result := make(chan string, 1)
	go func() {
		r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "somebody", Arguments: json.RawMessage(`{"id": 8}`)})
		if err != nil {
			result <- err.Error()
			return
		}
		result <- inJSON(r.StructuredContent)
	}()
	h.inFlight(t, 2)
	h.stop()
	eventually(t, "connections are accepted all the same", func() bool { return !h.accepts(t) })
	if _, err := h.meets(t, h.token(t, "customer"), ""); err == nil {
		t.Error("another agent connects all the same")
	}
	close(h.release)
	if got := <-result; !strings.HasPrefix(got, `{"data":{"user":{"id":"8",`) {
		t.Errorf("the call that was under way gives %s", got)
	}
	if err := <-h.ended; err != nil {
		t.Errorf("the gateway ended with: %v", err)
	}
}

func TestAnAgentThatLeavesEndsTheCallsMadeForIt(t *testing.T) {
	t.Parallel()
	p := start(t, patient(withTools(t, standard, tools())))
	p.services.SetFault(demo.User, demo.Fault{Path: "/users", Query: "ids=8", Hang: true})
	for _, version := range mcp.SupportedProtocolVersions() {
		ctx, leave := context.WithCancel(t.Context())
		session := p.agent(t, "support", version)
		ended := make(chan error, 1)
		go func() {
			_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "somebody", Arguments: json.RawMessage(`{"id": 8}`)})
			ended <- err
		}()
		p.inFlight(t, 1)
		leave()
		if err := <-ended; err == nil {
			t.Error("the call is answered")
		}
		p.inFlight(t, 0)
	}
}

func TestMessagesAndResultsHaveBounds(t *testing.T) {
	t.Parallel()
	p := start(t, with(with(withTools(t, standard, tools()), "mcp", "max_arguments: 1KiB"), "mcp", "max_result: 1KiB"))
	r := p.message(t, "customer", callOf("rename", `{"name": "`+strings.Repeat("x", 1024)+`"}`))
	refusal{413, problemJSON, "PAYLOAD_TOO_LARGE", "", ""}.check(t, r)
	result := useTool(t, p.agent(t, "customer", ""), "own_orders", `{"first": 20}`)
	if got := toolErrors(t, result); !result.IsError || len(got) != 1 || !strings.HasPrefix(got[0], "[] RESULT_TOO_LARGE 0 ") {
		t.Errorf("it gives %q", got)
	}
}

func TestAMessageThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for name, each := range map[string]struct {
		body, field string
		want        refusal
	}{
		"a batch":          {"[" + list + "," + list + "]", "Mcp-Protocol-Version: 2025-03-26", refusal{400, problemJSON, "BAD_USER_INPUT", "", ""}},
		"another form":     {list, "Content-Type: text/plain", refusal{415, problemJSON, "UNSUPPORTED_MEDIA_TYPE", "", ""}},
		"a foreign page":   {list, "Origin: https://elsewhere.example", refusal{403, problemJSON, "FORBIDDEN", "", ""}},
		"a page of a file": {list, "Origin: null", refusal{403, problemJSON, "FORBIDDEN", "", ""}},
	} {
		t.Run(name, func(t *testing.T) { each.want.check(t, p.message(t, "customer", each.body, each.field)) })
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut} {
		r := send(t, p.shows(t, method, "/mcp", "", "Authorization: Bearer "+p.token(t, "customer"), "Accept: text/event-stream"))
		refusal{405, problemJSON, "METHOD_NOT_ALLOWED", "", ""}.check(t, r)
		if got := r.header.Get("Allow"); got != http.MethodPost {
			t.Errorf("Allow: %s", got)
		}
	}
	for _, body := range []string{"", "{", "null", `{"jsonrpc":"2.0","id":1,"method":"nothing/such"}`, `{"jsonrpc":"1.0","id":1,"method":"tools/list"}`} {
		if r := p.message(t, "customer", body); r.status < 400 && !strings.Contains(string(r.body), `"error"`) {
			t.Errorf("%q is answered with %d %s", body, r.status, r.body)
		}
	}
	if r := p.message(t, "customer", list); r.status != http.StatusOK {
		t.Errorf("a good message is answered with %d %s", r.status, r.body)
	}
}

func TestThereIsNoDoorForAgentsUnlessItIsOpened(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	for _, path := range []string{"/mcp", "/.well-known/oauth-protected-resource/mcp"} {
		if r := get(t, p.public+path); r.status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, r.status)
		}
	}
}

// What a model writes by itself is bounded as a client's own document is, and changes nothing.
func TestAQueryOfAModelsOwnOnlyReads(t *testing.T) {
	t.Parallel()
	free := with(withTools(t, standard, tools()), "mcp", "free_query: {enabled: true}")
	const rename = `mutation B { updateProfile(input: {name: "x"}) { user { id } } }`
	p := start(t, free)
	agent := p.agent(t, "customer", "")
	for name, tt := range map[string]struct{ arguments, want string }{
		"a query":            {`{"query": "{ me { id } }", "variables": null}`, ""},
		"one of two":         {inJSON(map[string]any{"query": `query A { me { id } } ` + rename, "operationName": "A"}), ""},
		"the other":          {inJSON(map[string]any{"query": `query A { me { id } } ` + rename, "operationName": "B"}), "BAD_USER_INPUT"},
		"a mutation":         {inJSON(map[string]any{"query": rename}), "BAD_USER_INPUT"},
		"a subscription":     {`{"query": "subscription { orderChanged { id } }"}`, "GRAPHQL_VALIDATION_FAILED BAD_USER_INPUT"},
		"in parts":           {`{"query": "{ me { id ... @defer { username } } }"}`, ""},
		"a document's id":    {`{"query": "{ me { id } }", "extensions": {"persistedQuery": {"version": 1}}}`, "BAD_USER_INPUT"},
		"a name in capitals": {`{"Query": "{ me { id } }"}`, "BAD_USER_INPUT"},
	} {
		t.Run(name, func(t *testing.T) {
			result := useTool(t, agent, "graphql_query", tt.arguments)
			code := ""
			for _, each := range toolErrors(t, result) {
				code = strings.Fields(each)[1]
			}
			if (code == "") != (tt.want == "") || !strings.Contains(tt.want, code) {
				t.Errorf("it gives %s", inJSON(result.StructuredContent))
			}
			if name == "in parts" && !strings.Contains(inJSON(result.StructuredContent), "username") {
				t.Errorf("a part is missing from %s", inJSON(result.StructuredContent))
			}
		})
	}
	if calls := strings.Join(callsOf(p), "\n"); strings.Contains(calls, "PATCH") || strings.Contains(calls, "PUT") {
		t.Errorf("services are asked:\n%s", calls)
	}
	closed := strings.Replace(free, "persisted: {trusted: {", "persisted: {trusted: {safelist: documents, ", 1)
	result := useTool(t, start(t, closed).agent(t, "customer", ""), "graphql_query", `{"query": "{ me { username } }"}`)
	if got := toolErrors(t, result); !result.IsError || len(got) != 1 {
		t.Errorf("a document that is not trusted gives %s", inJSON(result.StructuredContent))
	}
}

func TestPagesOfBrowsersCallToolsWhereTheyMay(t *testing.T) {
	t.Parallel()
	yaml := with(withTools(t, standard, tools()), "server", `cors: {allowed_origins: ["https://page.example"]}`)
	p := start(t, with(yaml, "mcp", "resource: https://agents.example.com/mcp"))
	r := send(t, p.shows(t, http.MethodOptions, "/mcp", "", "Origin: https://page.example", "Access-Control-Request-Method: POST",
		"Access-Control-Request-Headers: authorization,content-type,mcp-method,mcp-name,mcp-protocol-version,mcp-session-id"))
	if got := r.header.Get("Access-Control-Allow-Headers"); !strings.Contains(got, "mcp-protocol-version") {
		t.Errorf("a preflight is answered with %d and %q", r.status, got)
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for origin, status := range map[string]int{
		"https://page.example": http.StatusOK, "https://agents.example.com": http.StatusOK,
		p.public: http.StatusForbidden, // which is what a page says whose name was led here
	} {
		r := p.message(t, "customer", list, "Origin: "+origin)
		if r.status != status {
			t.Errorf("a page of %s is answered with %d", origin, r.status)
		}
		exposed := r.header.Get("Access-Control-Expose-Headers")
		if origin == "https://page.example" && !strings.Contains(exposed, "Www-Authenticate") {
			t.Errorf("it may read %q", exposed)
		}
	}
}

func TestTheDoorForAgentsIsOpenedAndClosedByAReload(t *testing.T) {
	t.Parallel()
	p := startTools(t)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, open := range []bool{false, true, false, true} {
		p.reload(t, func(c *config.Config) { c.MCP.Enabled = open })
		r := p.message(t, "customer", list)
		if strings.Contains(string(r.body), "own_orders") != open || !open && r.status != http.StatusNotFound {
			t.Errorf("while it is %t, a message is answered with %d %s", open, r.status, r.body)
		}
	}
}

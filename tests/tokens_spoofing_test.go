package tests

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// spoof is what a client writes where only the gateway writes.
const spoof = "spoofed-7731"

// spoofed are header fields by which a client says who it is, where it comes from, or what it is called, in all spellings that some
// server takes for one another.
func spoofed() []string {
	var fields []string
	for _, name := range []string{
		"X-User-ID", "X-User-Scopes", "X-Gateway-Token", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server",
		"X-Forwarded-Prefix", "X-Real-IP", "Forwarded",
	} {
		for _, spelt := range []string{
			name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.Replace(name, "-", "_", 1),
			strings.ToLower(strings.ReplaceAll(name, "-", "_")), strings.ReplaceAll(name, "-", "."), strings.ReplaceAll(name, "-", "~"),
		} {
			if spelt != "Forwarded" || !slices.Contains(fields, "Forwarded: "+spoof) {
				fields = append(fields, spelt+": "+spoof)
			}
		}
	}
	return append(fields, "X-User-ID: 1", "X-User-ID: 1", "x-user-id: 1, 2", "X-User-Scopes: users:pii")
}

// claimed are the fields of a call that say who calls or where from, by how a server may read them.
func claimed(call demo.Call) map[string][]string {
	said := make(map[string][]string)
	for name, values := range call.Header {
		read := strings.ToLower(strings.NewReplacer("_", "-", ".", "-", "~", "-").Replace(name))
		for _, family := range []string{"x-user", "x-gateway", "x-forwarded", "x-real", "forwarded"} {
			if strings.HasPrefix(read, family) {
				said[read] = append(said[read], values...)
			}
		}
	}
	return said
}

// A request by each door, as bytes: trailers and doubled fields among them.
func TestServicesHearOfCallersFromTheGatewayAlone(t *testing.T) {
	yaml := withTools(t, with(withREST(nil, demoSection()), "auth", "anonymous: true"), tools())
	p := startBefore(t, recorded(t), with(yaml, "mcp", "resource: https://test/mcp"))
	const everything = `{"query": "{ order(id: 7) { user { name } items { product { name } } payment { status } } product(id: 1) { name } }"}`
	fields := strings.Join(spoofed(), "\r\n") + "\r\n"
	for name, c := range map[string]struct {
		as, line, body string
		user           string
	}{
		"a query":             {"customer", "POST /graphql", everything, "7"},
		"a query of nobody":   {"nobody", "POST /graphql", everything, ""},
		"a mutation":          {"customer", "POST /graphql", `{"query": "mutation { updateProfile(input: {phone: \"1\"}) { user { id } } }"}`, "7"},
		"a tool":              {"customer", "POST /mcp", callOf("own_orders", "{}"), "7"},
		"an endpoint":         {"support", "GET /v2/orders/7/summary", "", "2"},
		"a route":             {"customer", "GET /v1/users/8", "", "7"},
		"a list":              {"admin", "GET /v2/users?ids=7,8", "", "1"},
		"a route of nobody":   {"nobody", "GET /v2/products/1", "", ""},
		"whose a record is":   {"customer", "GET /v2/payments/4994", "", "7"},
		"a route that writes": {"customer", "PATCH /v2/me", `{"phone": "2"}`, "7"},
	} {
		for _, trailing := range []bool{false, true} {
			if trailing && c.body == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s, in trailers: %t", name, trailing), func(t *testing.T) {
				p.services.ResetCalls()
				head := c.line + " HTTP/1.1\r\nHost: test\r\n" + asAgents + "\r\n"
				if c.as != "nobody" {
					head += "Authorization: Bearer " + p.token(t, c.as) + "\r\n"
				}
				conn := dial(t, p)
				switch {
				case trailing:
					write(t, conn, fmt.Sprintf("%sContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n%s\r\n", head, len(c.body), c.body, fields))
				case c.body != "":
					write(t, conn, fmt.Sprintf("%sContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", head, fields, len(c.body), c.body))
				default:
					write(t, conn, head+fields+"\r\n")
				}
				if r := received(t, conn, http.MethodGet); r.status != http.StatusOK {
					t.Fatalf("it is answered with %d %s", r.status, r.body)
				}
				p.hearNothingOf(t, c.user)
			})
		}
	}
}

// hearNothingOf checks what the services were told: who calls, by the gateway, and nothing that a client wrote.
func (p *program) hearNothingOf(t *testing.T, user string) {
	t.Helper()
	calls := p.services.Calls()
	if len(calls) == 0 {
		t.Error("no service was called")
	}
	for _, call := range calls {
		said := claimed(call)
		if got := strings.Join(said["x-user-id"], "|"); got != user {
			t.Errorf("%s: the user is %q, want %q", call, got, user)
		}
		if scopes := said["x-user-scopes"]; len(scopes) > 1 || user == "" && len(scopes) > 0 || user == "7" && strings.Join(scopes, "") != "" {
			t.Errorf("%s: the scopes are %q", call, scopes)
		}
		if len(said["x-gateway-token"]) > 0 {
			t.Errorf("%s: there is a token that the gateway did not sign", call)
		}
		if strings.Contains(fmt.Sprint(said), spoof) {
			t.Errorf("%s: the service is told %v", call, said)
		}
	}
}

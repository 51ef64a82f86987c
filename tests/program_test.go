// Package tests holds what must be true of the whole gateway. Everything here goes through the real doors: a gateway on its own
// sockets, before sample services on theirs.
package tests

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport"
	"github.com/concierge-gateway/concierge/web"
)

// program is a gateway under test, with the services behind it.
type program struct {
	gateway  *gateway.Gateway
	services *demo.Services
	config   config.Config
	public   string
	admin    string
	redirect string // what leads to TLS, empty where nothing does
	log      *lines

	stop  context.CancelFunc
	ended chan error
}

// standard is the configuration that tests run with unless they bring their own.
//
//go:embed testdata/standard.yml
var standard string

// start runs a gateway until the test ends. Where the configuration says ${USER_URLS} and so on it means the sample services.
func start(t *testing.T, yaml string) *program {
	t.Helper()
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	return startBefore(t, services, yaml)
}

// startBefore runs a gateway before services that are there already.
func startBefore(t *testing.T, services *demo.Services, yaml string) *program {
	t.Helper()
	log := new(lines)
	p := launch(t, services, yaml, telling(log))
	p.log = log
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		p.stop()
		if err := <-p.ended; err != nil {
			t.Errorf("the gateway ended with: %v", err)
		}
	})
	return p
}

// telling is a log that leaves nothing out.
func telling(log io.Writer) slog.Handler {
	return slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// launch runs a gateway until its stop is called. It says how that went on ended.
func launch(t *testing.T, services *demo.Services, yaml string, log slog.Handler) *program {
	t.Helper()
	c, err := config.Parse([]byte(yaml), "test.yml", variables(services))
	if err != nil {
		t.Fatal(err)
	}
	obeyEnvironment(&c)
	keepIfAsked(&c, yaml)
	leaveAtOnce(&c, yaml)
	return launchWith(t, services, c, log)
}

// launchWith is launch with settings that have been read.
func launchWith(t *testing.T, services *demo.Services, c config.Config, log slog.Handler) *program {
	t.Helper()
	hurryNobody(&c)
	page := web.Settings{Endpoint: "/graphql", Query: demo.FirstQuery}
	g, err := gateway.New(c, page, slog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	listeners, err := g.Listen(ctx)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	p := &program{gateway: g, services: services, config: c, stop: stop, ended: make(chan error, 1)}
	p.public = "http://" + listeners.Public.Addr().String()
	p.admin = "http://" + listeners.Admin.Addr().String()
	if c.Server.TLS.Enabled() {
		p.public = "https://" + listeners.Public.Addr().String()
	}
	if listeners.Redirect != nil {
		p.redirect = "http://" + listeners.Redirect.Addr().String()
	}
	go func() { p.ended <- g.ServeOn(ctx, listeners) }()
	return p
}

// keepIfAsked keeps nothing unless a configuration says something of it: tests count what services are asked.
func keepIfAsked(c *config.Config, yaml string) {
	c.Cache.Enabled = c.Cache.Enabled && strings.Contains("\n"+yaml, "\ncache:")
}

// hurryNobody lets as much time pass as a busy machine takes, where the usual times are bounds. A test that is about a bound sets
// another one.
func hurryNobody(c *config.Config) {
	own, usual := &c.Server.Timeouts, config.Default().Server.Timeouts
	lengthen(&own.Header, usual.Header)
	lengthen(&own.Body, usual.Body)
	lengthen(&own.Write, usual.Write)
	lengthen(&c.GraphQL.Timeout, config.Default().GraphQL.Timeout)
	for _, each := range []*upstreams.Service{&c.Upstreams.User, &c.Upstreams.Order, &c.Upstreams.Product, &c.Upstreams.Payment} {
		hurryNoService(&each.Transport)
	}
	for name, each := range c.Upstreams.Others {
		hurryNoService(&each.Transport)
		c.Upstreams.Others[name] = each
	}
}

func hurryNoService(c *transport.Config) {
	usual := transport.DefaultConfig().Timeouts
	lengthen(&c.Timeouts.Connect, usual.Connect)
	lengthen(&c.Timeouts.Header, usual.Header)
	lengthen(&c.Timeouts.Total, usual.Total)
}

func lengthen(bound *time.Duration, usual time.Duration) {
	if *bound == usual {
		*bound = 10 * time.Minute
	}
}

// leaveAtOnce has no balancer to wait for unless a configuration says something of it.
func leaveAtOnce(c *config.Config, yaml string) {
	if !strings.Contains(yaml, "drain_delay") {
		c.Server.Timeouts.DrainDelay = 0
	}
}

// with is a configuration with one more line in a section.
func with(yaml, section, line string) string {
	head := "\n" + section + ":\n"
	if !strings.Contains(yaml, head) {
		return yaml + section + ":\n  " + line + "\n"
	}
	return strings.Replace(yaml, head, head+"  "+line+"\n", 1)
}

// unlimited is a configuration in which a caller may ask as often as a test does.
func unlimited(yaml string) string { return with(yaml, "limits", `mode: "off"`) }

// patient is a configuration that waits for services for longer than any test does.
func patient(yaml string) string {
	for _, service := range demo.Names() {
		head := "\n  " + service + ":\n"
		yaml = strings.Replace(yaml, head, head+"    timeouts: {connect: 10m, header: 10m, total: 10m}\n", 1)
	}
	return yaml
}

// variables are the environment of a test's configuration.
func variables(services *demo.Services) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if services == nil {
			return "", false
		}
		for _, service := range demo.Names() {
			urls := services.URLs(service)
			for i, suffix := range []string{"_URL", "_URL_2"} {
				if name == strings.ToUpper(service)+suffix {
					return urls[i], true
				}
			}
		}
		return "", false
	}
}

// principals are those of the demo, a second customer, who is a stranger to the first, and a machine that changes orders and reads
// none.
func principals() []demo.Principal {
	return append(demo.Principals(),
		demo.Principal{Name: "stranger", ID: "8"},
		demo.Principal{Name: "machine", ID: "packing-line", Scopes: []string{"orders:write"}})
}

// token is a development token for a principal.
func (p *program) token(t *testing.T, principal string) string {
	t.Helper()
	for _, each := range principals() {
		if each.Name == principal {
			signed, err := auth.Sign(p.config.Auth, each.ID, each.Scopes, time.Hour, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}
	}
	t.Fatalf("there is no principal %q", principal)
	return ""
}

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send makes a request and reads its answer.
func send(t *testing.T, req *http.Request) reply {
	t.Helper()
	return sendBy(t, http.DefaultClient, req)
}

// sendBy is send by a client of one's own.
func sendBy(t *testing.T, client *http.Client, req *http.Request) reply {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: res.StatusCode, header: res.Header, body: body}
}

// operation is a GraphQL request to be sent.
type operation struct {
	as        string // the principal; customer if empty, nobody sends no token
	query     string
	name      string
	variables json.RawMessage
}

func (p *program) request(t *testing.T, op operation) *http.Request {
	t.Helper()
	sent := map[string]any{"query": op.query}
	if op.name != "" {
		sent["operationName"] = op.name
	}
	if len(op.variables) > 0 {
		sent["variables"] = op.variables
	}
	body, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.public+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if op.as == "" {
		op.as = "customer"
	}
	if op.as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, op.as))
	}
	return req
}

// run sends an operation and returns its answer.
func (p *program) run(t *testing.T, op operation) reply {
	t.Helper()
	return send(t, p.request(t, op))
}

// get reads a URL of the public or the admin listener.
func get(t *testing.T, url string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, req)
}

package tests

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
)

// haproxyConfig sends nothing twice: what a gateway loses is lost. It uses connections again wherever it can, and notices within
// 200 ms that a gateway leaves or is gone.
const haproxyConfig = `
global
	nbthread 1
	stats socket %[1]s/stats level admin
defaults
	mode http
	retries 0
	timeout connect 10s
	timeout client 60s
	timeout server 60s
	timeout tunnel 60s
	http-reuse always
frontend clients
	bind %[2]s
	default_backend gateways
backend gateways
	balance roundrobin
	option httpchk GET /readyz
	http-check expect status 200
	default-server check inter 100ms fall 2 rise 1
	server one %[3]s port %[4]s
	server two %[5]s port %[6]s
`

// instance is a place where a gateway runs, in one process after the other.
type instance struct {
	name, public, admin string // addresses

	file    string // the configuration
	running *process
}

// balanced is two gateways behind a balancer, each a process.
type balanced struct {
	*program // as clients see it: public is the balancer

	services  *demo.Services
	stats     string // the balancer's socket
	instances []*instance
}

// leaveSlowly is more than twice as long as the balancer takes to notice.
const leaveSlowly = "timeouts: {drain_delay: 600ms, drain: 20s}"

func startBalanced(t *testing.T, more string) *balanced {
	t.Helper()
	inOneRun(t)
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := withREST(nil, demoSection()) + more
	b := &balanced{services: services}
	for _, name := range []string{"one", "two"} {
		i := &instance{name: name, public: freePort(t), admin: freePort(t)}
		own := strings.Replace(strings.Replace(yaml, "127.0.0.1:0", i.public, 1), "localhost:0", i.admin, 1)
		i.file = settings(t, with(own, "server", leaveSlowly))
		b.instances = append(b.instances, i)
	}
	c, err := config.Parse([]byte(yaml), "test.yml", variables(services))
	if err != nil {
		t.Fatal(err)
	}
	b.program = &program{services: services, config: c}
	for _, i := range b.instances {
		b.begin(t, i, built)
	}
	b.balance(t)
	return b
}

// begin starts a program in the place of an instance.
func (b *balanced) begin(t *testing.T, i *instance, program func() (string, error)) {
	t.Helper()
	i.running = runBuilt(t, program, environ(b.services), "serve", "--config", i.file)
	said(t, i.running.stderr, `"msg":"ready"`)
}

// balance starts the balancer, and waits until it sends to both.
func (b *balanced) balance(t *testing.T) {
	t.Helper()
	folder, address := t.TempDir(), freePort(t)
	one, two := b.instances[0], b.instances[1]
	_, onePort, _ := net.SplitHostPort(one.admin)
	_, twoPort, _ := net.SplitHostPort(two.admin)
	file := filepath.Join(folder, "haproxy.cfg")
	text := fmt.Sprintf(haproxyConfig, folder, address, one.public, onePort, two.public, twoPort)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log := new(lines)
	process := exec.CommandContext(context.WithoutCancel(t.Context()), needed(t, "haproxy"), "-db", "-f", file)
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
		if t.Failed() {
			t.Logf("the balancer says\n%s", log)
		}
	})
	b.public, b.stats = "http://"+address, filepath.Join(folder, "stats")
	for _, i := range b.instances {
		b.awaitUp(t, i, true)
	}
}

// awaitUp waits until the balancer sends to an instance, or does no longer.
func (b *balanced) awaitUp(t *testing.T, i *instance, up bool) {
	t.Helper()
	waitFor(t, func() string { return "the balancer never notices instance " + i.name }, func() bool {
		return strings.HasPrefix(b.sees(t, i)["status"], "UP") == up
	})
}

// sees is what the balancer knows of an instance.
func (b *balanced) sees(t *testing.T, i *instance) map[string]string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", b.stats)
	if err != nil {
		return nil // it is not there yet
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("show stat\n"))
	r := csv.NewReader(bufio.NewReader(conn))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("the balancer's statistics: %v", err)
	}
	names := rows[0]
	names[0] = strings.TrimPrefix(names[0], "# ")
	for _, row := range rows[1:] {
		seen := make(map[string]string)
		for at, value := range row {
			seen[names[at]] = value
		}
		if seen["pxname"] == "gateways" && seen["svname"] == i.name {
			return seen
		}
	}
	return nil
}

// restart ends an instance as a service manager does, and starts a program in its place.
func (b *balanced) restart(t *testing.T, i *instance, program func() (string, error)) {
	t.Helper()
	if err := i.running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := i.running.end(t); code != 0 {
		t.Errorf("instance %s exits with %d:\n%s", i.name, code, notable(i.running))
	}
	b.begin(t, i, program)
	b.awaitUp(t, i, true)
}

// notable are the lines of a log that are about no request.
func notable(p *process) string {
	var all strings.Builder
	for line := range strings.Lines(p.stderr.String()) {
		if !strings.Contains(line, `"msg":"request"`) {
			all.WriteString(line)
		}
	}
	return all.String()
}

// authorization is the header field of somebody who may write.
func (b *balanced) authorization(t *testing.T) string {
	t.Helper()
	token, err := auth.Sign(b.config.Auth, "7", []string{"users:read", "orders:read", "orders:write"}, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

// asking is a request that is sent again and again.
type asking struct{ name, method, path, body string }

// allKinds is the load: both doors, reads and writes.
func allKinds() []asking {
	return []asking{
		{"query", http.MethodPost, "/graphql", `{"query":"{ me { id orders(first: 2) { nodes { id items { product { name } } } } } }"}`},
		{"mutation", http.MethodPost, "/graphql", `{"query":"mutation { updateProfile(input: {phone: \"+1 555 10\"}) { user { phone } } }"}`},
		{"GET", http.MethodGet, "/v2/products/3", ""},
		{"PATCH", http.MethodPatch, "/v2/me", `{"phone": "+1 555 20"}`},
	}
}

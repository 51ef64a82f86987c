package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
)

// The memory that a gateway is given, and what the process may take beyond what the runtime keeps: its own text, and what comes
// between two measurements.
const (
	givenMemory  = 80 << 20
	besideMemory = 64 << 20
)

// outcomes counts how requests were answered.
type outcomes struct {
	mu sync.Mutex
	of map[string]int
}

func (o *outcomes) count(r reply) {
	o.mu.Lock()
	defer o.mu.Unlock()
	code := ""
	if found := regexp.MustCompile(`"code": ?"([A-Z_]+)"`).FindSubmatch(r.body); found != nil {
		code = " " + string(found[1])
	}
	o.of[strconv.Itoa(r.status)+code]++
}

// A process of which everybody wants more memory than it may have turns some away, answers others, lives, and is as before when
// they have gone.
func TestAGatewayThatIsShortOfMemoryLivesAndRecovers(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := unlimitedMemory()
	public, admin := freePort(t), freePort(t)
	file := settings(t, strings.Replace(strings.Replace(yaml, "127.0.0.1:0", public, 1), "localhost:0", admin, 1))
	running := run(t, append(environ(services), "GOMEMLIMIT="+strconv.Itoa(givenMemory)), "serve", "--config", file)
	said(t, running.stderr, `"msg":"ready"`)
	c, err := config.Parse([]byte(yaml), "test.yml", variables(services))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{services: services, config: c, public: "http://" + public, admin: "http://" + admin}
	if got := counted(t, p, "concierge_memory_limit_bytes"); got != givenMemory {
		t.Fatalf("the process knows of a limit of %v", got)
	}

	got := p.attackMemory(t)
	t.Log(got, "peak", peakOf(t, running)>>20, "MiB")
	if got["503 OVERLOADED"]+got["200 OVERLOADED"] == 0 || got["200"] == 0 || got["0 LOST"] > 0 {
		t.Errorf("some should be turned away and others answered: %v", got)
	}
	if peak := peakOf(t, running); peak > givenMemory+besideMemory {
		t.Errorf("the process took %d MiB, want no more than %d", peak>>20, (givenMemory+besideMemory)>>20)
	}
	services.SetFault(demo.Product)
	waitFor(t, func() string { return "the gateway does not recover" }, func() bool {
		r := p.run(t, operation{query: `{ product(id: 8) { name } }`})
		return r.status == http.StatusOK && strings.Contains(string(r.body), `"name":`)
	})
	waitFor(t, func() string { return "something is held after all have gone" }, func() bool {
		return counted(t, p, "concierge_memory_in_flight_bytes") == 0 && counted(t, p, "concierge_memory_pressure") <= 1
	})
}

// unlimitedMemory is the configuration without what else would turn the attackers away. It lets them take their time: they may have to
// wait for a processor for longer than a client may usually be silent.
func unlimitedMemory() string {
	leisurely := with(standard, "server", "timeouts: {header: 5m, body: 10m, write: 20m}")
	return with(unlimited(strings.Replace(leisurely, "limits:\n  rules: [{name: address, by: ip, limit: 10000000, per: 1m}, "+
		"{name: caller, by: principal, limit: 10000000, per: 1m}]\n", "", 1)), "log", "access_log: false")
}

// attackMemory sends long bodies, some of which become many values, and asks for long answers, of many clients at the same time.
func (p *program) attackMemory(t *testing.T) map[string]int {
	t.Helper()
	p.services.SetFault(demo.Product, demo.Fault{HugeBody: 7 << 20})
	text := json.RawMessage(`{"id":"` + strings.Repeat(`x`, 900_000) + `"}`)
	lists := json.RawMessage(`{"id":[` + strings.Repeat(`[],`, 50_000) + `[]]}`)
	long := p.request(t, operation{query: `query($id: ID) { user(id: $id) { name } }`, variables: text})
	deep := p.request(t, operation{query: `query($id: ID) { user(id: $id) { name } }`, variables: lists})
	huge := p.request(t, operation{query: `{ product(id: 8) { name } }`})
	modest := p.request(t, operation{query: `{ me { name } }`})
	got := &outcomes{of: make(map[string]int)}
	var clients sync.WaitGroup
	for i := range 240 {
		clients.Go(func() {
			for range 2 {
				r, err := exchange(t, []*http.Request{long, huge, modest, long, huge, deep}[i%6])
				if err != nil {
					t.Log(err)
					r.body = []byte(`"code":"LOST"`)
				}
				got.count(r)
			}
		})
	}
	clients.Wait()
	return got.of
}

// exchange sends a request on a connection of its own, and reads the answer whatever became of the rest of the request. Go's client
// gives up where it cannot send all of a body, which is so if the gateway answers before it, and closes half a second later.
func exchange(t *testing.T, asked *http.Request) (reply, error) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", asked.URL.Host)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	req := asked.Clone(t.Context())
	req.Close = true
	if req.Body, err = req.GetBody(); err != nil {
		return reply{}, err
	}
	go func() { _ = req.Write(conn) }() // until the connection is closed
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{status: res.StatusCode, header: res.Header, body: body}, err
}

// peakOf is the most memory that a process had, in bytes.
func peakOf(t *testing.T, p *process) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatalf("the process does not live: %v\n%s", err, p.stderr)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("the process does not live:\n%s", p.stderr)
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

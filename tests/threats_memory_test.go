package tests

import (
	"encoding/json"
	"fmt"
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

// unlimitedMemory is the configuration without what else would turn the attackers away.
func unlimitedMemory() string {
	return with(unlimited(strings.Replace(standard, "limits:\n  rules: [{name: address, by: ip, limit: 10000000, per: 1m}, "+
		"{name: caller, by: principal, limit: 10000000, per: 1m}]\n", "", 1)), "log", "access_log: false")
}

// attackMemory sends long bodies, some of which become many values, and asks for long answers, of many clients at the same time.
func (p *program) attackMemory(t *testing.T) map[string]int {
	t.Helper()
	p.services.SetFault(demo.Product, demo.Fault{HugeBody: 7 << 20})
	text := json.RawMessage(`{"id":"` + strings.Repeat(`x`, 900_000) + `"}`)
	lists := json.RawMessage(`{"id":[` + strings.Repeat(`[],`, 50_000) + `[]]}`)
	long := func() *http.Request {
		return p.request(t, operation{query: `query($id: ID) { user(id: $id) { name } }`, variables: text})
	}
	deep := func() *http.Request {
		return p.request(t, operation{query: `query($id: ID) { user(id: $id) { name } }`, variables: lists})
	}
	huge := func() *http.Request { return p.request(t, operation{query: `{ product(id: 8) { name } }`}) }
	modest := func() *http.Request { return p.request(t, operation{query: `{ me { name } }`}) }
	got := &outcomes{of: make(map[string]int)}
	var clients sync.WaitGroup
	for i := range 240 {
		clients.Go(func() {
			for range 2 {
				res, err := http.DefaultClient.Do([]func() *http.Request{long, huge, modest, long, huge, deep}[i%6]())
				if err != nil {
					t.Log(err)
					got.count(reply{body: []byte(`"code":"LOST"`)})
					continue
				}
				got.count(readReply(t, res))
			}
		})
	}
	clients.Wait()
	return got.of
}

// readReply reads an answer, as far as it comes.
func readReply(t *testing.T, res *http.Response) reply {
	t.Helper()
	defer res.Body.Close()
	var body strings.Builder
	if err := res.Write(&body); err != nil {
		t.Error(err)
	}
	return reply{status: res.StatusCode, header: res.Header, body: []byte(body.String())}
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

package tests

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// fleet is several gateways, each a process, that count in one Redis.
type fleet struct {
	redis   *redistest.Server
	token   string
	start   func() member
	members []member
}

type member struct {
	*process

	public, admin string
}

// startFleet runs so many gateways with this below limits.
func startFleet(t *testing.T, size int, limits string) *fleet {
	t.Helper()
	inOneRun(t)
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	f := &fleet{redis: redistest.Start(t)}
	yaml := usualLimits.ReplaceAllString(withREST(nil, demoSection()), "") + fmt.Sprintf("redis: {addresses: [%q]}\nlimits:\n%s", f.redis.Address,
		indented("shared: {timeout: 2s}\n"+strings.TrimSpace(limits), "  ")) // a busy machine shall not be taken for a Redis that is gone
	variables, file := environ(services), settings(t, yaml)
	c, err := config.Parse([]byte(yaml), "test.yml", func(name string) (string, bool) { return "http://" + name, true })
	if err != nil {
		t.Fatal(err)
	}
	if f.token, err = auth.Sign(c.Auth, "7", nil, time.Hour, time.Now()); err != nil {
		t.Fatal(err)
	}
	f.start = func() member {
		p := run(t, variables, "serve", "--config", file)
		found := said(t, p.stderr, `"msg":"listening","public":"([^"]+)","admin":"([^"]+)"`)
		return member{p, "http://" + found[1], "http://" + found[2]}
	}
	for range size {
		f.members = append(f.members, f.start())
	}
	f.await(t, "concierge_ratelimit_store_reachable 1")
	f.await(t, fmt.Sprintf("concierge_ratelimit_store_instances %d", size))
	return f
}

// environ are the variables of a test's configuration, for another process.
func environ(services *demo.Services) (all []string) {
	named := variables(services)
	for _, service := range demo.Names() {
		for _, suffix := range []string{"_URL", "_URL_2"} {
			name := strings.ToUpper(service) + suffix
			url, _ := named(name)
			all = append(all, name+"="+url)
		}
	}
	return all
}

// await waits until the metrics of each member have a line.
func (f *fleet) await(t *testing.T, line string) {
	t.Helper()
	for i, m := range f.members {
		eventually(t, fmt.Sprintf("gateway %d does not say %s", i, line), func() bool {
			metrics := sendBy(t, http.DefaultClient, request(t, http.MethodGet, m.admin+"/metrics"))
			return strings.Contains("\n"+string(metrics.body), "\n"+line+"\n")
		})
	}
}

func request(t *testing.T, method, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask sends so many requests to each member, several at the same time, and counts the answers' statuses by member.
func (f *fleet) ask(t *testing.T, path string, each int) []map[int]int {
	t.Helper()
	answers := make([]map[int]int, len(f.members))
	var all sync.WaitGroup
	for i, m := range f.members {
		answers[i] = make(map[int]int)
		var mu sync.Mutex
		for worker := range askers {
			all.Go(func() {
				for range each/askers + min(1, max(0, each%askers-worker)) {
					r := request(t, http.MethodGet, m.public+path)
					r.Header.Set("Authorization", "Bearer "+f.token)
					status := sendBy(t, http.DefaultClient, r).status
					mu.Lock()
					answers[i][status]++
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	return answers
}

// askers is how many send requests to a member at the same time.
const askers = 4

// sum are answers of all members.
func sum(answers []map[int]int) map[int]int {
	total := make(map[int]int)
	for _, each := range answers {
		for status, n := range each {
			total[status] += n
		}
	}
	return total
}

func TestThreeInstancesOnOneRedisLetThroughWhatOneWould(t *testing.T) {
	f := startFleet(t, 3, `
rules:
  - {name: caller, by: principal, limit: 500, per: 1h}
  - {name: all, by: global, limit: 700, per: 1h}
  - {name: month, by: principal, limit: 600, per: month}
`)
	got := sum(f.ask(t, "/v2/products/3", 300))
	if want := map[int]int{200: 500, 429: 400}; !maps.Equal(got, want) {
		t.Errorf("three gateways answer with %v, want %v", got, want)
	}
	usage := sendBy(t, http.DefaultClient, request(t, http.MethodGet, f.members[1].admin+"/usage?principal=7"))
	for _, want := range []string{
		`"name":"caller","by":"principal","counts":"requests","limit":500,"per":"1h","used":500,"remaining":0`,
		`"used":500,"remaining":200`, `"used":500,"remaining":100,"resets":"`,
	} {
		if !strings.Contains(string(usage.body), want) {
			t.Errorf("usage is %s, want %s in it", usage.body, want)
		}
	}
	_ = f.members[0].Process.Kill()
	f.members[0] = f.start()
	f.await(t, "concierge_ratelimit_store_reachable 1")
	if got := sum(f.ask(t, "/v2/products/3", 20)); got[429] != 60 {
		t.Errorf("after one was killed and started again, they answer with %v, want none that passes", got)
	}
}

func TestLimitsHoldWhileRedisIsGoneAndWhenItIsBack(t *testing.T) {
	for name, c := range map[string]struct{ gone, back func(*redistest.Server) }{
		"killed, and started without what it knew": {(*redistest.Server).Kill, (*redistest.Server).Start},
		"hung": {(*redistest.Server).Hang, (*redistest.Server).Continue},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFleet(t, 3, `
rules:
  - {name: caller, by: principal, limit: 300, per: 1h, routes: ["GET /products/{id}"]}
  - {name: closed, by: principal, limit: 1000, per: 1h, routes: ["GET /users/{id}"], versions: [v1], failing: closed}
  - {name: open, by: principal, limit: 10, per: 1h, routes: ["GET /users/{id}"], versions: [v2], failing: open}
`)
			if got := sum(f.ask(t, "/v2/products/3", 50)); got[200] != 150 {
				t.Fatalf("while all is well, the answers are %v", got)
			}
			c.gone(f.redis)
			// Each has let 50 through, and decides by itself about 100.
			for i, got := range f.ask(t, "/v2/products/3", 80) {
				if got[200] != 50 || got[429] != 30 {
					t.Errorf("without Redis, gateway %d answers with %v, want 50 that pass", i, got)
				}
			}
			if got := sum(f.ask(t, "/v1/users/7", 4)); got[503] != 12 {
				t.Errorf("a limit that is closed then answers with %v", got)
			}
			if got := sum(f.ask(t, "/v2/users/7", 20)); got[200] != 60 {
				t.Errorf("a limit that is open then answers with %v", got)
			}
			c.back(f.redis)
			f.await(t, "concierge_ratelimit_store_reachable 1")
			if got := sum(f.ask(t, "/v2/products/3", 20)); got[429] != 60 {
				t.Errorf("when Redis is back, the answers are %v, want none that passes", got)
			}
			if got := sum(f.ask(t, "/v1/users/7", 4)); got[200] != 12 {
				t.Errorf("when Redis is back, a limit that was closed answers with %v", got)
			}
			for i, m := range f.members {
				if n := strings.Count(m.stderr.String(), "the shared counters cannot be used"); n != 1 {
					t.Errorf("gateway %d says %d times that Redis is gone", i, n)
				}
			}
		})
	}
}

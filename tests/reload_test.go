package tests

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams"
)

// changing is a configuration by which all that lasts is there. Requests are not logged: the test would hold their lines.
func changing() string {
	return with(with(with(tellingEvents(standard), "cache", "enabled: true"), "log", "access_log: false"),
		"rest", `routes: [{match: "GET /people/{id}", upstream: user, to: "/users/{id}", returns: User}]`)
}

// reload puts another configuration in force: the first one, with a change.
func (p *program) reload(t *testing.T, change func(c *config.Config)) gateway.Version {
	t.Helper()
	c := p.config
	change(&c)
	version, err := p.gateway.Reload(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// reloadable is what reloads change in turn: what holds for requests alone, what lasts, and what others are built on.
func reloadable() []func(c *config.Config) {
	return []func(c *config.Config){
		func(*config.Config) {},
		func(c *config.Config) { c.Server.MaxBody *= 2 },
		func(c *config.Config) {
			for _, each := range []*upstreams.Service{&c.Upstreams.User, &c.Upstreams.Order, &c.Upstreams.Product} {
				each.Transport.Timeouts.Total += time.Second
			}
		},
		func(c *config.Config) { c.Cache.MaxAge = time.Minute },
		func(c *config.Config) { c.Auth.Anonymous = !c.Auth.Anonymous },
		func(c *config.Config) { c.Limits.Rules = c.Limits.Rules[:1] },
		func(c *config.Config) { c.Server.Admission.MaxConcurrency *= 2 },
		func(c *config.Config) { c.Cache.Stores.Memory *= 2 },
		func(c *config.Config) { c.Subscriptions.MaxConnections *= 2 },
		func(c *config.Config) { c.GraphQL.Plans.Enabled = !c.GraphQL.Plans.Enabled },
	}
}

// reloadsWanted is how many reloads a test makes: many in the run without plans, which is the one without the race detector, too.
func reloadsWanted(t *testing.T) int {
	t.Helper()
	usual := 2 * len(reloadable())
	if environment(withoutPlans) == "off" {
		usual = 200
	}
	return numberIn(t, "CONCIERGE_TEST_RELOADS", usual)
}

// asking asks by both doors until it is told to end.
type inquirer struct {
	stop          chan struct{}
	hangUp        func()
	all           sync.WaitGroup
	graphql, rest atomic.Int64 // answers
	wrong         sync.Map     // those that were not as they should be
}

func (p *program) askOn(t *testing.T) *inquirer {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	a := &inquirer{stop: make(chan struct{}), hangUp: transport.CloseIdleConnections}
	bearer := "Bearer " + p.token(t, "support")
	for _, each := range []struct {
		count                    *atomic.Int64
		method, path, body, want string
	}{
		{&a.graphql, http.MethodPost, "/graphql", `{"query":"{ user(id: 8) { id name orders(first: 2) { nodes { id } } } }"}`, `"id":"8"`},
		{&a.graphql, http.MethodPost, "/graphql", `{"query":"{ product(id: 1) { id name } }"}`, `"id":"1"`},
		{&a.rest, http.MethodGet, "/people/8", "", `"id"`},
	} {
		a.all.Go(func() {
			for a.goesOn() {
				req, err := http.NewRequestWithContext(context.Background(), each.method, p.public+each.path, strings.NewReader(each.body))
				if err != nil {
					panic(err)
				}
				req.Header.Set("Authorization", bearer)
				req.Header.Set("Content-Type", "application/json")
				said := answerTo(transport, req)
				if !strings.HasPrefix(said, "200 ") || !strings.Contains(said, each.want) || strings.Contains(said, `"errors"`) {
					a.wrong.Store(said, each.path)
				}
				each.count.Add(1)
			}
		})
	}
	return a
}

func answerTo(transport http.RoundTripper, req *http.Request) string {
	res, err := transport.RoundTrip(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return fmt.Sprint(res.StatusCode, " ", string(body), err)
}

func (a *inquirer) goesOn() bool {
	select {
	case <-a.stop:
		return false
	default:
		return true
	}
}

// end stops asking. Everything must have been answered well.
func (a *inquirer) end(t *testing.T) {
	t.Helper()
	close(a.stop)
	a.all.Wait()
	a.hangUp()
	a.wrong.Range(func(answer, path any) bool {
		t.Errorf("%v was answered by %v", path, answer)
		return true
	})
}

// resources are what a program takes.
type resources struct {
	goroutines, files, series int
	heap                      uint64
}

func (p *program) resources(t *testing.T) (r resources) {
	t.Helper()
	r.goroutines = steady(t)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	r.files = len(open)
	r.series = strings.Count(string(get(t, p.admin+"/metrics").body), "\n")
	r.heap = live()
	return r
}

// Whatever changes, however often: nothing fails, nothing is lost, and nothing is left behind.
func TestReloadsUnderLoadLoseNothingAndLeaveNothingBehind(t *testing.T) {
	label(t)
	p := start(t, changing())
	order, _ := p.orderOf(t, "customer")
	told := p.connect(t, "customer")
	told.subscribe("s", fmt.Sprintf(`subscription { orderStatusChanged(orderId: %d) { id } }`, order))
	p.subscribed(t, "websocket", 1)
	heard := make(chan string, 1)
	go func() { // who reads answers the gateway's pings as well
		_, text, err := told.conn.Read(t.Context())
		heard <- fmt.Sprint(nameless(string(text)), err)
	}()
	all, answered := reloadable(), int64(0)
	round := func(reloads int) resources {
		t.Helper()
		load := p.askOn(t)
		for i := range reloads {
			graphql, rest := load.graphql.Load(), load.rest.Load()
			p.reload(t, all[i%len(all)])
			waitFor(t, func() string { return "nothing is answered" }, func() bool {
				return load.graphql.Load() > graphql && load.rest.Load() > rest
			})
		}
		p.reload(t, func(*config.Config) {})
		load.end(t)
		answered += load.graphql.Load() + load.rest.Load()
		return p.resources(t)
	}
	first := round(len(all)) // from then on everything has been opened before
	last := round(reloadsWanted(t))
	// How many connections to services are kept differs by how many were wanted at the same time. What each reload left would be
	// 20 at least.
	const ends = 8
	if last.goroutines > first.goroutines+ends || last.files > first.files+ends || last.series > first.series+2 {
		t.Errorf("%+v became %+v", first, last)
	}
	if last.heap > first.heap+4<<20 {
		t.Errorf("a heap of %d bytes became one of %d", first.heap, last.heap)
	}
	if got := p.sum(t, `concierge_requests_total{door="graphql"`) + p.sum(t, `concierge_requests_total{door="rest"`); got < float64(answered) {
		t.Errorf("%v requests were counted of %d", got, answered)
	}
	p.happens(t, "order", order, order)
	want := fmt.Sprintf(`{"type":"next","id":"s","payload":{"data":{"orderStatusChanged":{"id":"%d"}}}}<nil>`, order)
	if got := <-heard; got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
}

// What has been counted counts, although the rule that it is held against is another.
func TestLimitsKeepTheirCountsOverAReload(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, standard)
	ask := func() int { return send(t, p.request(t, operation{query: `{ me { id } }`})).status }
	rate := func(limit int) func(c *config.Config) {
		return func(c *config.Config) {
			rule := c.Limits.Rules[1]
			rule.Limit.Limit = limit
			c.Limits.Rules = []ratelimit.Rule{rule}
		}
	}
	p.reload(t, rate(3))
	for range 3 {
		if got := ask(); got != http.StatusOK {
			t.Fatalf("the status is %d", got)
		}
	}
	p.reload(t, rate(2))
	if got := ask(); got != http.StatusTooManyRequests {
		t.Errorf("the status is %d after as many as may be", got)
	}
	p.reload(t, rate(5))
	for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if got := ask(); got != want {
			t.Errorf("the status is %d, want %d", got, want)
		}
	}
}

// What is kept is used, and connections too, where something else changes.
func TestCachesAndConnectionsOutliveAReload(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, strings.Replace(with(standard, "cache", "enabled: true"), "\n  product:\n", "\n  product:\n    cache: {depends: nothing, ttl: 10m}\n", 1))
	ask := func() {
		t.Helper()
		if got := p.run(t, operation{as: "support", query: `{ product(id: 1) { id name } }`}); strings.Contains(string(got.body), "errors") {
			t.Fatalf("the answer is %s", got.body)
		}
	}
	ask()
	calls := p.sum(t, `concierge_upstream_requests_total{`)
	if calls != 1 {
		t.Fatalf("there were %v calls for one record", calls)
	}
	for _, change := range []func(c *config.Config){
		func(*config.Config) {},
		func(c *config.Config) { c.Server.MaxBody *= 2 },
		func(c *config.Config) { c.Upstreams.User.Transport.Timeouts.Total += time.Second },
	} {
		p.reload(t, change)
		ask()
		if got := p.sum(t, `concierge_upstream_requests_total{`); got != calls {
			t.Errorf("%v calls were counted after %v: it was known", got, calls)
		}
	}
	entries := p.sum(t, "concierge_cache_entries")
	p.reload(t, func(c *config.Config) { c.Cache.Stores.Memory *= 2 })
	if got := p.sum(t, "concierge_cache_entries"); got != 0 || entries == 0 {
		t.Errorf("%v entries became %v in a memory of another size", entries, got)
	}
}

// Subscriptions that events do not reach any more end, so that their clients know, and begin anew over the same connection.
func TestSubscriptionsBeginAnewWhereEventsAreKeptOtherwise(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, changing())
	order, _ := p.orderOf(t, "customer")
	query := fmt.Sprintf(`subscription { orderStatusChanged(orderId: %d) { id } }`, order)
	told := p.connect(t, "customer")
	told.subscribe("first", query)
	p.subscribed(t, "websocket", 1)
	p.reload(t, func(c *config.Config) { c.Events.Kept.Buffer *= 2 })
	if got := told.hear(); !strings.Contains(got, `"type":"error","id":"first"`) || !strings.Contains(got, "SUBSCRIPTION_LOST") {
		t.Fatalf("heard %s", got)
	}
	told.subscribe("second", query)
	p.subscribed(t, "websocket", 1)
	p.happens(t, "order", order, order)
	told.want(fmt.Sprintf(`{"type":"next","id":"second","payload":{"data":{"orderStatusChanged":{"id":"%d"}}}}`, order))
}

// A change that cannot be made is refused, all of it, and says what it was.
func TestWhatCannotChangeIsRefusedWhole(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, standard)
	c := p.config
	c.Server.Listen, c.Admin.Listen, c.Server.MaxBody = "127.0.0.1:1", "127.0.0.1:2", 1
	_, err := p.gateway.Reload(t.Context(), c)
	const want = "cannot change while the gateway runs, and need a restart: server.listen, admin.listen"
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	if got := send(t, p.request(t, operation{query: `{ me { id } }`})); got.status != http.StatusOK {
		t.Errorf("the status is %d", got.status)
	}
}

// A change of the file, of a secret beside it, and a signal: each is taken, or refused with its line.
func TestAProcessTakesWhatItsFileSaysAndKeepsWhatWasGood(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	folder := t.TempDir()
	file, key := folder+"/gateway.yml", folder+"/jwt"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	yaml := strings.Replace(minimal, "${SECRET}", "${secret:jwt}", 1)
	write(key, strings.Repeat("first-", 10)+"\n")
	write(file, yaml)
	p := run(t, nil, "serve", "--config", file, "--secrets", folder)
	admin := "http://" + said(t, p.stderr, `"msg":"listening".*"admin":"([^"]+)"`)[1]
	version := func() string {
		for line := range strings.Lines(string(get(t, admin+"/config").body)) {
			return line
		}
		return ""
	}
	first := version()
	write(key, strings.Repeat("other-", 10)+"\n")
	said(t, p.stderr, `"msg":"another configuration is in force","version":"2 `)
	write(file, yaml+"graphql: {timeout: soon}\n")
	said(t, p.stderr, `"a mistake in the configuration".*"line":10.*"setting":"graphql.timeout"`)
	write(file, strings.Replace(yaml, `admin: {listen: "127.0.0.1:0"}`, `admin: {listen: "127.0.0.1:1"}`, 1))
	said(t, p.stderr, `need a restart: admin.listen`)
	write(file, yaml+"graphql: {timeout: 7s}\nreload: {watch: false}\n")
	said(t, p.stderr, `"msg":"another configuration is in force","version":"3 `)
	write(file, yaml+"graphql: {timeout: 8s}\n")
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	said(t, p.stderr, `"msg":"another configuration is in force","version":"4 `)
	if got := string(get(t, admin+"/config").body); version() == first || !strings.Contains(got, "timeout: 8s") ||
		strings.Contains(got, "other-other") {
		t.Errorf("the version was %sand now there is\n%s", first, got)
	}
	metrics := string(get(t, admin+"/metrics").body)
	for _, want := range []string{
		`concierge_config_reloads_total{result="taken"} 3`, `concierge_config_reloads_total{result="refused"} 2`,
		"concierge_config_reload_successful 1",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 0 {
		t.Errorf("it ended with %d: %s", code, p.stderr.String())
	}
	if text := p.stderr.String(); strings.Contains(text, "first-first") || strings.Contains(text, "other-other") {
		t.Errorf("the log shows a secret:\n%s", text)
	}
}

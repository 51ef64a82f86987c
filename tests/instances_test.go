package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// rollingLoad is requests that go on until it ends. Nobody repeats one.
type rollingLoad struct {
	base, authorization string

	stop   context.CancelFunc
	work   sync.WaitGroup
	counts [4]atomic.Int64 // answers as they should be, by kind
	again  atomic.Int64    // connections of subscribers that had to connect again

	mu    sync.Mutex
	wrong map[string]int // all other answers
}

// pace is the time between two requests of a kind.
const pace = 8 * time.Millisecond

// load sends requests of all kinds, and keeps a subscription of each kind.
func (b *balanced) load(t *testing.T, order string) *rollingLoad {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	l := &rollingLoad{base: b.public, authorization: b.authorization(t), stop: stop, wrong: make(map[string]int)}
	for kind, each := range allKinds() {
		l.work.Go(func() { l.send(ctx, kind, each) })
	}
	if order != "" {
		query := `subscription { orderStatusChanged(orderId: ` + order + `) { id } }`
		l.work.Go(func() { l.follow(ctx, query, l.listen) })
		l.work.Go(func() { l.follow(ctx, query, l.connect) })
	}
	t.Cleanup(l.end)
	return l
}

// end ends it once all that was sent has its answer.
func (l *rollingLoad) end() {
	l.stop()
	l.work.Wait()
}

func (l *rollingLoad) went(wrong string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong[wrong]++
}

// failures are all answers that should not be, by what they were.
func (l *rollingLoad) failures() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.wrong)
}

// each waits until there are so many more good answers of each kind.
func (l *rollingLoad) each(t *testing.T, more int64) {
	t.Helper()
	for kind := range l.counts {
		want := l.counts[kind].Load() + more
		waitFor(t, func() string { return fmt.Sprint("there are no more answers; others are ", l.failures()) }, func() bool {
			return l.counts[kind].Load() >= want
		})
	}
}

func (l *rollingLoad) send(ctx context.Context, kind int, a asking) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // on kept ones, Go repeats requests by itself
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if wrong := l.once(client, a); wrong != "" {
			l.went(a.name + ": " + wrong)
			continue
		}
		l.counts[kind].Add(1)
	}
}

// once sends a request and says what is wrong with its answer.
func (l *rollingLoad) once(client *http.Client, a asking) (wrong string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, a.method, l.base+a.path, strings.NewReader(a.body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Authorization", l.authorization)
	if a.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err.Error()
	case res.StatusCode != http.StatusOK:
		return strconv.Itoa(res.StatusCode)
	case strings.Contains(string(body), `"errors"`) || !json.Valid(body):
		return string(body)
	}
	return ""
}

// follow keeps a subscription, and connects again whenever it is told to.
func (l *rollingLoad) follow(ctx context.Context, query string, once func(ctx context.Context, query string) error) {
	for ctx.Err() == nil {
		if err := once(ctx, query); err != nil && ctx.Err() == nil {
			l.went(err.Error())
			return
		}
		if ctx.Err() == nil {
			l.again.Add(1)
		}
	}
}

// listen is told by server-sent events until the stream ends as it should: without an error, and without its last event.
func (l *rollingLoad) listen(ctx context.Context, query string) error {
	body, _ := json.Marshal(map[string]string{"query": query})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", l.authorization)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("sse: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("sse: %d", res.StatusCode)
	}
	said, err := io.ReadAll(bufio.NewReader(res.Body))
	if err != nil || strings.Contains(string(said), "event:") {
		return fmt.Errorf("sse ended with %w, having said %s", err, said)
	}
	return nil
}

// connect is told over a WebSocket until it is sent elsewhere.
func (l *rollingLoad) connect(ctx context.Context, query string) error {
	conn, _, err := websocket.Dial(ctx, l.base+"/graphql", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {l.authorization}}, Subprotocols: []string{"graphql-transport-ws"},
	})
	if err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	if _, said, err := conn.Read(ctx); err != nil || !strings.Contains(string(said), "connection_ack") {
		return fmt.Errorf("websocket: %w, having said %s", err, said)
	}
	payload := fmt.Appendf(nil, `{"id":"1","type":"subscribe","payload":{"query":%q}}`, query)
	if err := conn.Write(ctx, websocket.MessageText, payload); err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	if _, said, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		return fmt.Errorf("websocket ended with %w, having said %s", err, said)
	}
	return nil
}

// upgraded is the program of another version.
var upgraded = sync.OnceValues(func() (file string, err error) {
	file = filepath.Join(programFolder, "concierge-next")
	const stamp = "-X 'github.com/concierge-gateway/concierge/telemetry.stamp=v99.0.0 0123456789abcdef 2026-01-02T03:04:05Z'"
	build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w "+stamp, "-tags", "grpcnotrace",
		"-o", file, "..")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the next program: %w\n%s", err, said)
	}
	return file, nil
})

// Each instance in turn is ended and started again, and then another version takes its place. The balancer repeats nothing, and
// neither does a client.
func TestARollingRestartFailsNoRequest(t *testing.T) {
	t.Parallel()
	b := startBalanced(t, "events:\n  webhook: {path: /events, senders: [{name: services, secrets: [\""+eventsSecret+"\"], upstreams: [order]}]}\n")
	order, _ := b.orderOf(t, "customer")
	l := b.load(t, strconv.Itoa(order))
	l.each(t, 5)
	for _, program := range []func() (string, error){built, upgraded} {
		for _, i := range b.instances {
			b.restart(t, i, program)
			l.each(t, 5)
		}
	}
	l.end()
	if failed := l.failures(); len(failed) > 0 {
		t.Errorf("not answered as they should: %v", failed)
	}
	if n := l.again.Load(); n < 4 {
		t.Errorf("subscribers had to connect again %d times, and their instances were ended more often", n)
	}
	for _, i := range b.instances {
		if page := string(get(t, "http://"+i.admin+"/metrics").body); !strings.Contains(page, `version="v99.0.0"`) {
			t.Errorf("instance %s is of another version", i.name)
		}
		if log := notable(i.running); strings.Contains(log, `"level":"ERROR"`) {
			t.Errorf("instance %s says\n%s", i.name, log)
		}
	}
}

// What is lost with an instance is what was in flight on it, and what the balancer could not send before it noticed, which it counts.
func TestAKilledInstanceLosesOnlyWhatReachedIt(t *testing.T) {
	t.Parallel()
	b := startBalanced(t, "")
	l := b.load(t, "")
	l.each(t, 5)
	one, two := b.instances[0], b.instances[1]
	if err := one.running.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b.awaitUp(t, one, false)
	l.each(t, 1) // what was sent before the balancer noticed has its answer
	noticed := l.failures()
	l.each(t, 10)
	l.end()
	unsent, unanswered := 0, 0
	for what, n := range l.failures() {
		if strings.HasSuffix(what, ": 503") {
			unsent += n
		} else {
			unanswered += n
		}
		if n != noticed[what] {
			t.Errorf("%q came %d times after the balancer had noticed", what, n-noticed[what])
		}
	}
	if seen := b.sees(t, one); seen["econ"] != strconv.Itoa(unsent) || unanswered > len(l.counts) {
		t.Errorf("requests failed: %v; the balancer could not send %s, and one of each kind can have been in flight", l.failures(),
			seen["econ"])
	}
	if seen := b.sees(t, two); seen["econ"] != "0" || seen["eresp"] != "0" {
		t.Errorf("the other instance failed %s and %s requests", seen["econ"], seen["eresp"])
	}
	b.begin(t, one, built)
	b.awaitUp(t, one, true)
}

package discovery

import (
	"context"
	"log/slog"
	"net/netip"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/dns/dnsmessage"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// lines is a writer that passes each log line on.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// watched is a host that is being watched.
type watched struct {
	changes chan []netip.Addr
	log     lines
	end     func()
}

func watch(t *testing.T, config Config) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{changes: make(chan []netip.Addr, 100), log: make(lines, 1000)}
	r := New("user", config, NewMetrics(prometheus.NewRegistry()), slog.New(slog.NewTextHandler(w.log, nil)))
	var watching sync.WaitGroup
	watching.Go(func() { r.Watch(ctx, "user.test.", func(now []netip.Addr) { w.changes <- now }) })
	w.end = func() {
		cancel()
		watching.Wait()
	}
	t.Cleanup(w.end)
	return w
}

// next is what comes out of a channel next.
func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("it never came")
	}
	panic("not reached")
}

func (w *watched) becomes(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(addresses(want...), next(t, w.changes), compareAddrs); diff != "" {
		t.Fatalf("wrong change (-want +got):\n%s", diff)
	}
}

func (w *watched) stays(t *testing.T) {
	t.Helper()
	select {
	case now := <-w.changes:
		t.Fatalf("it changed to %v", now)
	default:
	}
}

func (w *watched) logs(t *testing.T, message string) {
	t.Helper()
	for line := ""; !strings.Contains(line, message); {
		line = next(t, w.log)
	}
}

// askedAgain waits until the answer that the server gives now has been taken in: of three questions, the first may have had the
// answer before, and the last may not be answered yet.
func (s *server) askedAgain(t *testing.T) {
	t.Helper()
	s.questions()
	for range 3 {
		next(t, s.asked)
	}
}

// brisk asks as often as a test wants to see it.
func brisk(s *server) Config {
	config := asking(s)
	config.MinTTL, config.MaxTTL = time.Millisecond, 5*time.Millisecond
	config.Timeout = 150 * time.Millisecond
	return config
}

func hosts(ips ...string) handler {
	var z zone
	for _, ip := range ips {
		z = append(z, address("user.test.", 0, ip))
	}
	return z.answer
}

func TestAChangeIsReportedOnce(t *testing.T) {
	s := newServer(t, hosts("192.0.2.2", "192.0.2.1"))
	w := watch(t, brisk(s))
	w.becomes(t, "192.0.2.1", "192.0.2.2")

	s.serve(hosts("192.0.2.1", "192.0.2.2")) // in another order
	s.askedAgain(t)
	w.stays(t)

	s.serve(hosts("192.0.2.3", "192.0.2.1"))
	w.becomes(t, "192.0.2.1", "192.0.2.3")
	s.askedAgain(t)
	w.stays(t)
}

func TestWhatGoesWrongAtAServerKeepsTheAddresses(t *testing.T) {
	for name, wrong := range map[string]handler{
		"no such host":       zone{}.answer,
		"no such address":    zone{address("user.test.", 0, "2001:db8::1")}.only(dnsmessage.TypeMX).answer,
		"a failure":          serverFailure,
		"no answer":          silence,
		"garbage":            garbage,
		"garbage over TCP":   overTCP(garbage),
		"no answer over TCP": overTCP(silence),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, hosts("192.0.2.1"))
			w := watch(t, brisk(s))
			w.becomes(t, "192.0.2.1")

			s.serve(wrong)
			w.logs(t, "look-up fails")
			s.askedAgain(t)
			w.stays(t)

			s.serve(hosts("192.0.2.7"))
			w.becomes(t, "192.0.2.7")
			w.logs(t, "look-up succeeds again")
		})
	}
}

// only is a zone whose records are of a kind that nobody asks for.
func (z zone) only(kind dnsmessage.Type) zone {
	return zone{record(z[0].Header.Name.String(), kind, 0, &dnsmessage.MXResource{MX: z[0].Header.Name})}
}

func overTCP(answers handler) handler {
	return func(question dnsmessage.Message, tcp bool) [][]byte {
		if !tcp {
			return truncated(question)
		}
		return answers(question, tcp)
	}
}

func TestAServerThatComesLateIsFound(t *testing.T) {
	s := newServer(t, silence)
	w := watch(t, brisk(s))
	w.logs(t, "look-up fails")
	w.stays(t)
	s.serve(hosts("192.0.2.1"))
	w.becomes(t, "192.0.2.1")
}

func TestAnAddressIsReportedOnceAndNotWatched(t *testing.T) {
	var changes [][]netip.Addr
	newResolver(DefaultConfig()).Watch(t.Context(), "192.0.2.1", func(now []netip.Addr) { changes = append(changes, now) })
	if diff := cmp.Diff([][]netip.Addr{addresses("192.0.2.1")}, changes, compareAddrs); diff != "" {
		t.Errorf("wrong changes (-want +got):\n%s", diff)
	}
}

// However a look-up stands when its watch ends, nothing of it is left. Package net would give up on a silent server after five
// seconds, so what ends only then is not waited for.
func TestNothingIsLeftOfAWatch(t *testing.T) {
	const times = 20
	standing := map[string]*server{ // by the question whose answer it waits for
		"A user.test.":     newServer(t, silence),
		"A user.test. tcp": newServer(t, overTCP(silence)),
	}
	run := func() {
		for question, s := range standing {
			config := asking(s)
			config.Timeout = time.Hour
			w := watch(t, config)
			for asked := ""; asked != question; {
				asked = next(t, s.asked)
			}
			w.end()
		}
	}
	run() // whatever is made once is made now
	before := runtime.NumGoroutine()
	for range times {
		run()
	}
	end := time.Now().Add(patience)
	for runtime.NumGoroutine() >= before+times {
		if time.Now().After(end) {
			var all strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
			t.Fatalf("%d goroutines became %d:\n%s", before, runtime.NumGoroutine(), &all)
		}
		runtime.Gosched()
	}
}

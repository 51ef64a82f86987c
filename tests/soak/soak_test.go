package soak

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// How a run goes is said behind -args.
var (
	program  = flag.String("program", "", "the gateway, without which nothing runs")
	length   = flag.Duration("for", 10*time.Minute, "how long everybody asks")
	reportTo = flag.String("report", "", "a file for what came of it")
	logs     = flag.String("logs", "", "a folder for configurations and logs, which are else thrown away")
)

// long is from which length on a run says whether something grows: before, caches are still being filled.
const long = 3 * time.Minute

func TestNothingIsWrongAndNothingGrows(t *testing.T) {
	if *program == "" {
		t.Skip("make soak and make check-soak run it")
	}
	o, err := consult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	place, err := newSite(t.Context(), folderOf(t), *program)
	if err != nil {
		t.Fatal(err, place.end())
	}
	s := newSoak(place, o)
	m := &meter{soak: s, begun: time.Now()}
	before, _ := m.measure()
	s.run(t, m, *length)
	s.checkQuiet(t, m, before)
	if err := place.end(); err != nil {
		t.Error(err)
	}
	s.checkLogs()
	text := fmt.Sprintf("%v, %d requests\n\n%s\n%s", *length, s.tally.all(), s.tell(), m.tell())
	t.Log("\n" + text)
	if err := report(*reportTo, text); err != nil {
		t.Error(err)
	}
	for _, each := range s.wrongOnes() {
		t.Error(each)
	}
	if *length >= long {
		for _, each := range m.grown() {
			t.Error(each)
		}
	}
}

// folderOf is where the logs are written, which are kept if somebody says where.
func folderOf(t *testing.T) string {
	t.Helper()
	if *logs == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(*logs, 0o700); err != nil {
		t.Fatal(err)
	}
	return *logs
}

// run lets everybody ask, and everything happen, for so long.
func (s *soak) run(t *testing.T, m *meter, length time.Duration) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var work sync.WaitGroup
	for n := range uint64(2) {
		work.Go(func() { s.askOperations(ctx, n, 20*time.Millisecond) })
		work.Go(func() { s.askRoutes(ctx, n, 20*time.Millisecond) })
	}
	for n := range int64(2) {
		work.Go(func() { s.newWriter(n).keepWriting(ctx, 200*time.Millisecond) })
	}
	r := rhythmOf(length)
	watcher := s.newBuyer(10)
	work.Go(func() { watcher.keepWatching(ctx, watcher.overSSE) })
	work.Go(func() { watcher.keepWatching(ctx, watcher.overWebSocket) })
	buyers := make([]*buyer, 6)
	for n := range buyers {
		buyers[n] = s.newBuyer(int64(n))
		work.Go(func() { buyers[n].keepBuying(ctx, r.buy) })
	}
	work.Go(func() { m.keepMeasuring(ctx) })
	s.trouble(ctx, &work, r)
	work.Wait()
	for _, each := range buyers {
		each.checkOrders(t.Context())
	}
}

func (s *soak) trouble(ctx context.Context, work *sync.WaitGroup, r rhythm) {
	turn, ended, outage := 0, 0, time.Now()
	for _, each := range []struct {
		what  string
		every time.Duration
		do    func(ctx context.Context) error
	}{
		{"reloads", r.reload, s.reload(&turn)},
		{"restarts of an instance", r.restart, s.restart(&ended)},
		{"kills of an instance", r.kill, s.kill},
		{"outages of Redis", r.redis, s.outageOfRedis},
		{"changes of the certificate", r.certificate, func(context.Context) error { return s.hosts.issue() }},
		{"changes of the issuer's key", r.keys, s.changeKeys},
		{"purges", r.purge, s.purge},
		{"faults", r.fault, s.fault(&outage, r.outage)},
	} {
		work.Go(func() { s.every(ctx, each.what, each.every, each.do) })
	}
}

// checkQuiet waits until nothing is left of what was asked.
func (s *soak) checkQuiet(t *testing.T, m *meter, before sample) {
	t.Helper()
	const spare = 60 // connections to services that are kept, and to Redis
	var now sample
	err := s.await(t.Context(), "it takes no more than before", func() bool {
		now, _ = m.measure()
		return now.values[2] <= before.values[2]+spare && now.values[3] <= before.values[3]+spare
	})
	if err != nil {
		t.Errorf("%v: %v goroutines and %v files, which were %v and %v", err, now.values[2], now.values[3], before.values[2], before.values[3])
	}
}

// checkLogs looks for what no gateway may say, whatever happens around it.
func (s *soak) checkLogs() {
	files, _ := filepath.Glob(filepath.Join(s.folder, "*-*.log"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.failf("logs", "%v", err)
		}
		for line := range strings.Lines(string(text)) {
			if unheardOf(line) {
				s.failf("logs", "%s says %s", filepath.Base(file), line)
			}
		}
	}
}

// unheardOf says whether a line of a log should not be there. The only mistakes are those of the configurations that are refused.
func unheardOf(line string) bool {
	for _, never := range []string{`"panic":`, `"code":"INTERNAL"`, "canary", "Bearer "} {
		if strings.Contains(line, never) {
			return true
		}
	}
	return strings.Contains(line, `"level":"ERROR"`) && !strings.Contains(line, "a configuration was refused") &&
		!strings.Contains(line, "a mistake in the configuration")
}

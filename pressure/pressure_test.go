package pressure

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/priority"
)

// scripted is a process that is as somebody says.
type scripted struct {
	now       sample
	collected int
}

func (s *scripted) measure() sample { return s.now }
func (s *scripted) collect() {
	s.collected++
	s.now.collections++
}

func newGauge(limit int64) (*Gauge, *scripted, *bytes.Buffer) {
	log := new(bytes.Buffer)
	g := New(DefaultConfig(), limit, prometheus.NewRegistry(), slog.New(slog.NewTextHandler(log, nil)))
	process := new(scripted)
	g.process = process
	return g, process, log
}

// refused are the classes that are.
func refused(g *Gauge) string {
	var all []string
	for _, class := range priority.Classes() {
		if g.Refuses(class) {
			all = append(all, class.String())
		}
	}
	return strings.Join(all, " ")
}

func TestTheNearerTheLimitTheMoreARequestMustMatter(t *testing.T) {
	g, _, log := newGauge(1000)
	for _, step := range []struct {
		live    int64
		tight   bool
		refused string
	}{
		{790, false, ""},
		{800, true, ""},
		{850, true, "batch"},
		{820, true, "batch"}, // not far enough below
		{920, true, "batch interactive"},
		{970, true, "batch interactive critical"},
		{930, true, "batch interactive critical"},
		{919, true, "batch interactive"},
		{860, true, "batch"},
		{799, true, ""},
		{749, false, ""},
		{2000, true, "batch interactive critical"}, // at once
		{10, false, ""},
	} {
		g.take(t.Context(), sample{live: step.live})
		if got := refused(g); got != step.refused || g.Tight() != step.tight || g.Full() != (step.refused == "batch interactive critical") {
			t.Errorf("with %d of 1000, these are refused: %q, tight %v, want %q, %v", step.live, got, g.Tight(), step.refused, step.tight)
		}
	}
	if got := strings.Count(log.String(), "memory is short"); got != 4 {
		t.Errorf("the log says %d times that memory is short, want 4:\n%s", got, log)
	}
	if got := strings.Count(log.String(), "no longer short"); got != 2 {
		t.Errorf("the log says %d times that it no longer is, want 2:\n%s", got, log)
	}
}

func TestWhatTheCollectorWouldFreeDoesNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		of   sample
		want int64
	}{
		"garbage":                 {sample{held: 1000, objects: 900, empty: 50, live: 100}, 150},
		"stacks":                  {sample{held: 600, objects: 100, empty: 0, live: 100}, 600},
		"more than the limit":     {sample{held: 1300, objects: 1200, empty: 50, live: 100}, 450},
		"nothing collected yet":   {sample{held: 10, objects: 8}, 2},
		"more objects than bytes": {sample{held: 10, objects: 12, live: 5}, 5}, // they are not counted at the same moment
	} {
		if got := c.of.counts(1000); got != c.want {
			t.Errorf("%s: %d count, want %d", name, got, c.want)
		}
	}
}

// Who refuses everything makes no garbage, so nothing would ever be collected again.
func TestAProcessThatRefusesIsCollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, process, _ := newGauge(1000)
		process.now = sample{live: 990}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan bool)
		var eased []bool
		go func() {
			g.Run(ctx, func(tight bool) { eased = append(eased, tight) })
			close(done)
		}()
		time.Sleep(5*time.Second + every/2)
		stop()
		<-done
		if process.collected < 2 || process.collected > 5 {
			t.Errorf("it was collected %d times in 5 seconds", process.collected)
		}
		if len(eased) != 50 || !eased[0] {
			t.Errorf("caches were told %d times: %v", len(eased), eased)
		}
	})
}

func TestWhereThereIsNoLimitNothingIsRefused(t *testing.T) {
	g := New(DefaultConfig(), 0, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	g.Run(t.Context(), func(bool) { t.Error("it was measured") })
	if g != nil || refused(g) != "" || g.Full() || g.Tight() || g.Hold() != nil {
		t.Error("something is")
	}
	if err := g.Hold().Take(1 << 40); err != nil {
		t.Error(err)
	}
	g.Hold().Close()
}

func TestTheProcessCanBeMeasured(t *testing.T) {
	s := newRuntimeProcess().measure()
	if s.held <= 0 || s.objects <= 0 || s.held < s.objects {
		t.Errorf("it is %+v", s)
	}
	p := newRuntimeProcess()
	p.collect()
	if after := p.measure(); after.collections <= s.collections || after.live <= 0 {
		t.Errorf("it was collected, and is %+v", after)
	}
}

func BenchmarkMeasure(b *testing.B) {
	p := newRuntimeProcess()
	for b.Loop() {
		p.measure()
	}
}

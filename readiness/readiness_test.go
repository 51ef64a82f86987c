package readiness_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/readiness"
)

// missing is a part that lacks a thing for as long as there is one.
type missing struct{ what atomic.Pointer[string] }

func (m *missing) set(what string) { m.what.Store(&what) }

func (m *missing) lines() []string {
	if what := m.what.Load(); what != nil && *what != "" {
		return []string{*what}
	}
	return nil
}

type site struct {
	*readiness.Readiness

	keys, services missing
	registry       *prometheus.Registry
	log            bytes.Buffer
}

func newSite(within time.Duration) *site {
	s := &site{registry: prometheus.NewRegistry()}
	s.keys.set("the keys of one issuer")
	s.Readiness = readiness.New(within, []readiness.Part{
		{Name: "keys", Missing: s.keys.lines}, {Name: "services", Missing: s.services.lines},
	}, s.registry, slog.New(slog.NewTextHandler(&s.log, nil)))
	return s
}

// run looks in the background until the test ends.
func (s *site) run(t *testing.T) (ended chan struct{}) {
	t.Helper()
	ended = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return ended
}

func (s *site) wants(t *testing.T, state readiness.State, metrics string) {
	t.Helper()
	if got := s.State(); got != state {
		t.Errorf("it is %s, want %s", got, state)
	}
	if err := testutil.GatherAndCompare(s.registry, strings.NewReader(metrics), "concierge_ready", "concierge_start_missing"); err != nil {
		t.Error(err)
	}
}

const (
	names = "# HELP concierge_ready Whether requests may be sent to this instance: 1 from the end of its start until it drains.\n" +
		"# TYPE concierge_ready gauge\nconcierge_ready "
	lacks = "\n# HELP concierge_start_missing What was not there when the start was last looked at, by part. More than 0 once ready: " +
		"the instance went on without.\n# TYPE concierge_start_missing gauge\n"
	allThere = lacks + "concierge_start_missing{part=\"keys\"} 0\nconcierge_start_missing{part=\"services\"} 0\n"
	noKeys   = lacks + "concierge_start_missing{part=\"keys\"} 1\nconcierge_start_missing{part=\"services\"} 0\n"
)

func TestAnInstanceIsReadyOnceAllIsThereAndStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(time.Minute)
		ended := s.run(t)
		time.Sleep(30 * time.Second)
		s.wants(t, readiness.Starting, names+"0"+noKeys)
		s.keys.set("")
		<-ended
		s.wants(t, readiness.Ready, names+"1"+allThere)
		s.services.set("all of them are down")
		s.wants(t, readiness.Ready, names+"1"+allThere)
		if diff := cmp.Diff([]readiness.Lack{{Part: "services", What: "all of them are down"}}, s.Missing()); diff != "" {
			t.Errorf("what is missing (-want +got):\n%s", diff)
		}
		s.Drain()
		s.wants(t, readiness.Draining, names+"0"+allThere)
	})
}

func TestWhatNeverComesIsWaitedForNoLongerThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(time.Minute)
		began := time.Now()
		<-s.run(t)
		if took := time.Since(began); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("it took %s", took)
		}
		s.wants(t, readiness.Ready, names+"1"+noKeys)
		if log := s.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "the keys of one issuer") {
			t.Errorf("the log does not say what is missing:\n%s", log)
		}
	})
}

func TestNothingIsWaitedForWhereThatIsSaid(t *testing.T) {
	newSite(0).wants(t, readiness.Ready, names+"1"+noKeys)
}

func TestAnInstanceThatDrainsWhileItStartsIsNeverReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(time.Minute)
		ended := s.run(t)
		synctest.Wait() // it has looked once
		s.Drain()
		<-ended
		s.keys.set("")
		s.wants(t, readiness.Draining, names+"0"+noKeys)
	})
}

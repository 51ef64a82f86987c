package telemetry_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/telemetry"
)

// stalled takes nothing until it is let go.
type stalled struct {
	letGo chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
}

func (s *stalled) Write(p []byte) (int, error) {
	<-s.letGo
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *stalled) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestAReaderWhoStallsLosesLinesAndStallsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &stalled{letGo: make(chan struct{})}
		output := telemetry.NewOutput(to, 100)
		_, _ = output.Write([]byte("first\n"))
		synctest.Wait() // it is being written
		for i := range 30 {
			if _, err := fmt.Fprintf(output, "line %04d\n", i); err != nil { // 10 bytes each
				t.Fatal(err)
			}
		}
		if got := output.Dropped(); got != 20 {
			t.Errorf("%d lines were dropped, want 20", got)
		}
		output.Close(time.Minute)
		if got := to.String(); got != "" {
			t.Errorf("it has written %q", got)
		}
		close(to.letGo)
		synctest.Wait()
		if got := to.String(); !strings.HasPrefix(got, "first\nline 0000\n") || strings.Count(got, "\n") != 11 {
			t.Errorf("it has written %q", got)
		}
	})
}

func TestWhatWaitsIsWrittenAtTheEnd(t *testing.T) {
	var to bytes.Buffer
	log, end := telemetry.Open(telemetry.DefaultConfig(), &to)
	for i := range 1000 {
		log.Info("line", "n", i)
	}
	end()
	if got := strings.Count(to.String(), "\n"); got != 1000 {
		t.Errorf("%d lines were written, want 1000", got)
	}
	end()
}

func TestLinesAreWrittenAtOnceWithoutABuffer(t *testing.T) {
	c := telemetry.DefaultConfig()
	c.Buffer = 0
	var to bytes.Buffer
	log, end := telemetry.Open(c, &to)
	defer end()
	log.Info("line")
	if to.Len() == 0 {
		t.Error("the line is not there yet")
	}
}

func TestLinesAreCountedByLevel(t *testing.T) {
	registry := prometheus.NewRegistry()
	log, end := telemetry.Open(telemetry.DefaultConfig(), new(bytes.Buffer))
	defer end()
	telemetry.Count(log, registry)
	telemetry.Count(slog.New(slog.DiscardHandler), registry)
	log.Info("x")
	log.With("a", 1).WithGroup("g").Warn("x")
	log.Warn("x")
	log.Error("x")
	log.Debug("x")
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`concierge_log_lines_total{level="debug"} 0`, `concierge_log_lines_total{level="info"} 1`,
		`concierge_log_lines_total{level="warn"} 2`, `concierge_log_lines_total{level="error"} 1`,
		`concierge_log_lines_dropped_total 0`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("there is no %s in\n%s", want, w.Body)
		}
	}
}

// sink takes lines and forgets them.
type sink struct{}

func (sink) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkOutput(b *testing.B) {
	output := telemetry.NewOutput(sink{}, 4<<20)
	defer output.Close(time.Second)
	line := bytes.Repeat([]byte("x"), 500)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = output.Write(line)
		}
	})
}

// broken takes some bytes and no more.
type broken struct{ takes int }

func (b broken) Write([]byte) (int, error) { return b.takes, errors.New("nobody reads it") }

func TestLinesThatNobodyTakesAreDropped(t *testing.T) {
	output := telemetry.NewOutput(broken{len("one\ntw")}, 100)
	_, _ = output.Write([]byte("one\ntwo\nthree\n"))
	output.Close(time.Minute)
	if got := output.Dropped(); got != 2 {
		t.Errorf("%d lines were dropped, want 2", got)
	}
}

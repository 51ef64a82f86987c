package telemetry_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/telemetry"
)

func TestLoggerWritesWhatIsAskedFor(t *testing.T) {
	tests := map[string]struct {
		level, format string
		prefix        string
		want          []string
	}{
		"debug as JSON":        {"debug", "json", "{", []string{"DEBUG", "INFO", "WARN", "ERROR"}},
		"info as text":         {"info", "text", "time=", []string{"INFO", "WARN", "ERROR"}},
		"warnings":             {"warn", "json", "{", []string{"WARN", "ERROR"}},
		"errors":               {"error", "json", "{", []string{"ERROR"}},
		"an unknown level":     {"loud", "json", "{", []string{"INFO", "WARN", "ERROR"}},
		"settings of no value": {"", "", "{", []string{"INFO", "WARN", "ERROR"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			logger := telemetry.NewLogger(telemetry.Config{Level: tt.level, Format: tt.format}, &log)
			logger.Debug("x")
			logger.Info("x")
			logger.Warn("x")
			logger.Error("x")
			var got []string
			for line := range strings.Lines(log.String()) {
				if !strings.HasPrefix(line, tt.prefix) {
					t.Errorf("%q does not begin with %q", line, tt.prefix)
				}
				for _, level := range []string{"DEBUG", "INFO", "WARN", "ERROR"} {
					if strings.Contains(line, level) {
						got = append(got, level)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRegistryTellsAboutTheProcess(t *testing.T) {
	w := httptest.NewRecorder()
	telemetry.Handler(telemetry.NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	for _, want := range []string{
		`concierge_build_info{go="go1.`, "go_goroutines ", "go_gc_gomemlimit_bytes ", `go_gc_duration_seconds{quantile="1"} `,
		"process_open_fds ", "process_max_fds ", "process_resident_memory_bytes ", "process_cpu_seconds_total ",
		"process_start_time_seconds ",
	} {
		if !strings.Contains(w.Body.String(), "\n"+want) {
			t.Errorf("no %s in\n%s", want, w.Body)
		}
	}
}

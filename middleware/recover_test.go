package middleware_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestRecover(t *testing.T) {
	tests := map[string]struct {
		handler  http.HandlerFunc
		answered bool
		logged   int
	}{
		"no panic": {
			handler:  func(http.ResponseWriter, *http.Request) {},
			answered: true,
		},
		"a panic before the answer becomes a problem": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.Header().Set("Content-Length", "9")
				panic("secret detail")
			},
			answered: true,
			logged:   1,
		},
		"a panic in the middle of the answer ends the connection": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic("secret detail")
			},
			logged: 1,
		},
		"giving up on purpose is silent": {
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		},
		"giving up on purpose is silent when wrapped, too": {
			handler: func(http.ResponseWriter, *http.Request) { panic(fmt.Errorf("copy: %w", http.ErrAbortHandler)) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var log, serverLog bytes.Buffer
			registry := prometheus.NewRegistry()
			metrics := middleware.NewMetrics(registry, nil)
			handler := middleware.RequestID(middleware.Observe()(
				middleware.Recover(slog.New(slog.NewJSONHandler(&log, nil)), metrics)(middleware.Compress(tt.handler))))
			server := httptest.NewUnstartedServer(handler)
			server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(&serverLog, nil), slog.LevelError)
			server.Start()
			defer server.Close()

			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("the body"))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err == nil {
				var body []byte
				body, err = io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if tt.logged > 0 && err == nil {
					wantInternalProblem(t, answer, body)
				}
			}
			if answered := err == nil; answered != tt.answered {
				t.Errorf("answered: %v (%v), want %v", answered, err, tt.answered)
			}
			server.Close()
			if serverLog.Len() > 0 {
				t.Errorf("net/http logged it a second time: %s", &serverLog)
			}
			wantPanicLines(t, log.String(), tt.logged)
			want := []string{fmt.Sprintf("concierge_panics_total %d", tt.logged)}
			if diff := cmp.Diff(want, scrape(t, registry, "concierge_panics")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func wantInternalProblem(t *testing.T, answer *http.Response, body []byte) {
	t.Helper()
	var got struct{ Code, Detail, RequestID string }
	if err := json.Unmarshal(bytes.Replace(body, []byte("request_id"), []byte("RequestID"), 1), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if answer.StatusCode != 500 || got.Code != "INTERNAL" || got.RequestID != answer.Header.Get("X-Request-ID") {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
	if strings.Contains(string(body), "secret") || answer.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %v %s", answer.Header, body)
	}
}

func wantPanicLines(t *testing.T, log string, want int) {
	t.Helper()
	if got := strings.Count(log, "\n"); got != want {
		t.Fatalf("%d lines, want %d:\n%s", got, want, log)
	}
	if want == 0 {
		return
	}
	for _, part := range []string{`"panic":"secret detail"`, "recover_test.go", `"request_id":"`, `"path":"/"`} {
		if !strings.Contains(log, part) {
			t.Errorf("no %s in %s", part, log)
		}
	}
	if strings.Contains(log, "the body") {
		t.Errorf("the request's body is in %s", log)
	}
}

func TestRecoverGivesUpWhereNobodyObserves(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panicked with %v, want http.ErrAbortHandler", err)
		}
	}()
	metrics := middleware.NewMetrics(prometheus.NewRegistry(), nil)
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") })
	middleware.Recover(slog.New(slog.DiscardHandler), metrics)(panics).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

func TestBodyLimit(t *testing.T) {
	reader := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			problem.Write(w, middleware.BodyError(err))
			return
		}
		_, _ = w.Write(body)
	}
	chain := middleware.Observe()(middleware.Compress(middleware.BodyLimit(8)(http.HandlerFunc(reader))))
	server := httptest.NewServer(chain)
	defer server.Close()

	tests := map[string]struct {
		body   string
		sized  bool
		status int
		closes bool // the connection, rather than reading what is left
	}{
		"no body":                 {"", true, 200, false},
		"as large as allowed":     {"12345678", true, 200, false},
		"too large, and says so":  {"123456789", true, 413, false},
		"allowed, in chunks":      {"12345678", false, 200, false},
		"too large, in chunks":    {strings.Repeat("x", 100), false, 413, true},
		"enormous, and says so":   {strings.Repeat("x", 1<<20), true, 413, true},
		"enormous, but in chunks": {strings.Repeat("x", 1<<20), false, 413, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(tt.body)
			if !tt.sized {
				body = io.MultiReader(body) // hides the length
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			got, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != tt.status || answer.Close != tt.closes {
				t.Errorf("status %d, closed %v, want %d, %v", answer.StatusCode, answer.Close, tt.status, tt.closes)
			}
			if tt.status == 200 && string(got) != tt.body {
				t.Errorf("read %q, want %q", got, tt.body)
			}
			refusal := `"detail":"the request body is larger than 8","code":"PAYLOAD_TOO_LARGE"`
			if tt.status == 413 && !strings.Contains(string(got), refusal) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestBodyLimitDoesNotReadWhatItRefuses(t *testing.T) {
	body := readerFunc(func([]byte) (int, error) {
		t.Error("the body was read")
		return 0, io.EOF
	})
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.ContentLength = 9
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })
	got := observed(t, middleware.BodyLimit(8)(handler), httptest.NewRecorder(), r)
	if got.Status != 413 || got.Code != "PAYLOAD_TOO_LARGE" {
		t.Errorf("got %+v", got)
	}
}

func TestBodyErrorNamesTheFault(t *testing.T) {
	tests := map[string]struct {
		err  error
		want problem.Kind
	}{
		"too large":       {&http.MaxBytesError{Limit: 8}, problem.TooLarge},
		"ends early":      {io.ErrUnexpectedEOF, problem.BadInput},
		"the caller left": {context.Canceled, problem.Cancelled},
		"already known":   {problem.New(problem.UnsupportedMediaType, ""), problem.UnsupportedMediaType},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := middleware.BodyError(tt.err)
			if problem.KindOf(got) != tt.want || !errors.Is(got, tt.err) {
				t.Errorf("got %v: %v", problem.KindOf(got), got)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

package middleware_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

func TestCompress(t *testing.T) {
	long := `{"data":"` + strings.Repeat("some words ", 1000) + `"}`
	write := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		}
	}
	conflict := func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, problem.New(problem.Conflict, "")) }
	const json = "application/json; charset=utf-8"
	tests := map[string]struct {
		accept  string
		handler http.HandlerFunc
		want    string
	}{
		"zstd":                        {"zstd", write(json, long), "zstd"},
		"gzip":                        {"gzip", write(json, long), "gzip"},
		"zstd rather than gzip":       {"gzip, deflate, br, zstd", write(json, long), "zstd"},
		"gzip where it is liked more": {"zstd;q=0.5, gzip", write(json, long), "gzip"},
		"GraphQL's own media type":    {"gzip", write("application/graphql-response+json", long), "gzip"},
		"nothing accepted":            {"", write(json, long), ""},
		"nothing we have accepted":    {"br", write(json, long), ""},
		"gzip refused":                {"gzip;q=0", write(json, long), ""},
		"a short answer":              {"gzip", write(json, `{"data":null}`), ""},
		"a picture":                   {"gzip", write("image/png", long), ""},
		"an event stream":             {"gzip", write("text/event-stream", long), ""},
		"no media type one can read":  {"gzip", write(";", long), ""},
		"a problem":                   {"gzip", conflict, ""},
		"what is compressed already": {"gzip", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			write(json, long)(w, r)
		}, "br"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			plain, got := httptest.NewRecorder(), httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			tt.handler.ServeHTTP(plain, r)
			r.Header.Set("Accept-Encoding", tt.accept)
			middleware.Compress(tt.handler).ServeHTTP(got, r)

			if encoding := got.Header().Get("Content-Encoding"); encoding != tt.want {
				t.Errorf("Content-Encoding %q, want %q", encoding, tt.want)
			}
			if vary := got.Header().Get("Vary"); vary != "Accept-Encoding" {
				t.Errorf("Vary %q", vary)
			}
			if body := expand(t, tt.want, got.Body); body != plain.Body.String() || got.Code != plain.Code {
				t.Errorf("%d %.100q, want %d %.100q", got.Code, body, plain.Code, plain.Body)
			}
		})
	}
}

func expand(t *testing.T, encoding string, body io.Reader) string {
	t.Helper()
	var err error
	switch encoding {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "zstd":
		body, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An HTTP/2 server may send from what it was given after its Write has failed. Answers of others must not be in there then.
func TestCompressLeavesAWriterThatFailedWhatItWasGiven(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) // which is hard to compress
	handler := middleware.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range 20 {
			_, _ = fmt.Fprintf(w, "%x", random.Perm(10_000))
		}
	}))
	for _, encoding := range []string{"zstd", "gzip"} {
		t.Run(encoding, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.ProtoMajor = 2
			r.Header.Set("Accept-Encoding", encoding)
			failing := &retaining{ResponseRecorder: httptest.NewRecorder()}
			handler.ServeHTTP(failing, r)
			was := string(failing.given)
			for range 5 {
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}
			if got := string(failing.given); got != was || was == "" {
				t.Errorf("the %d bytes that it was given are others now", len(was))
			}
		})
	}
}

// retaining fails to write what it was given, and keeps it.
type retaining struct {
	*httptest.ResponseRecorder
	given []byte
}

func (r *retaining) Write(p []byte) (int, error) {
	r.given = p
	return 0, errors.New("the stream is closed")
}

func TestCompressBlursTheSize(t *testing.T) {
	handler := middleware.Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, strings.Repeat("some words ", 1000)+r.URL.Path)
	}))
	sizes := make(map[int]bool)
	for _, guess := range []string{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, guess, nil)
		r.Header.Set("Accept-Encoding", "zstd")
		handler.ServeHTTP(w, r)
		sizes[w.Body.Len()] = true
	}
	if len(sizes) < 4 {
		t.Errorf("8 answers that differ in one letter have the sizes %v", sizes)
	}
}

func TestCompressLetsEachEventLeave(t *testing.T) {
	read := make(chan struct{})
	handler := middleware.Observe()(middleware.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-read
		_, _ = io.WriteString(w, "data: 2\n")
	})))
	server := httptest.NewServer(handler)
	defer server.Close()
	answer := get(t.Context(), t, server.URL)
	lines := bufio.NewReader(answer.Body)
	first, _ := lines.ReadString('\n')
	close(read)
	rest, _ := io.ReadAll(lines)
	if first != "data: 1\n" || !bytes.Equal(rest, []byte("data: 2\n")) {
		t.Errorf("read %q and %q", first, rest)
	}
}

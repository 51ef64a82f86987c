package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAPublishedTextIsServed(t *testing.T) {
	ask := func(text, method, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/", nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		published([]byte(text), "application/jwk-set+json", "public, max-age=300").ServeHTTP(w, r)
		return w
	}
	tag := ask("{}", http.MethodGet, "").Header().Get("ETag")
	for name, c := range map[string]struct {
		method, tag string
		status      int
		body        string
	}{
		"GET":             {http.MethodGet, "", http.StatusOK, "{}"},
		"HEAD":            {http.MethodHead, "", http.StatusOK, ""},
		"what is known":   {http.MethodGet, tag, http.StatusNotModified, ""},
		"what was before": {http.MethodGet, ask("[]", http.MethodGet, "").Header().Get("ETag"), http.StatusOK, "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask("{}", c.method, c.tag)
			header := w.Header()
			if w.Code != c.status || w.Body.String() != c.body || header.Get("ETag") != tag || header.Get("Cache-Control") != "public, max-age=300" {
				t.Errorf("%d %v %s", w.Code, header, w.Body)
			}
			if got := header.Get("Content-Type"); c.status == http.StatusOK && got != "application/jwk-set+json" {
				t.Errorf("it is of the type %s", got)
			}
		})
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if w := ask("{}", method, ""); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

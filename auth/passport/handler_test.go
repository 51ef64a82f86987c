package passport_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheKeySetIsServed(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	ask := func(method, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/.well-known/jwks.json", nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	tag := ask(http.MethodGet, "").Header().Get("ETag")
	for name, c := range map[string]struct {
		method, tag string
		status      int
		body        string
	}{
		"GET":             {"GET", "", 200, string(s.JWKS())},
		"HEAD":            {"HEAD", "", 200, ""},
		"what is known":   {"GET", tag, 304, ""},
		"what was before": {"GET", `"other"`, 200, string(s.JWKS())},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(c.method, c.tag)
			if diff := cmp.Diff(c.body, w.Body.String()); w.Code != c.status || diff != "" {
				t.Errorf("%d %s", w.Code, diff)
			}
			if got := w.Header().Get("Cache-Control"); got != "public, max-age=300" {
				t.Errorf("Cache-Control is %s", got)
			}
			if got := w.Header().Get("ETag"); got != tag || len(got) < 10 {
				t.Errorf("ETag is %s", got)
			}
			if got := w.Header().Get("Content-Type"); c.status == 200 && got != "application/jwk-set+json" {
				t.Errorf("Content-Type is %s", got)
			}
		})
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if w := ask(method, ""); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow is %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestTheTagFollowsTheKeys(t *testing.T) {
	tagOf := func(files ...string) string {
		s, _ := signer(t, settings(files[0], files[1:]...))
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Header().Get("ETag")
	}
	one, other := pkcs8(t, p256(t)), pkcs8(t, p256(t))
	tag := tagOf(one)
	if again := tagOf(one); again != tag {
		t.Error("the same keys have another tag")
	}
	if tagOf(other) == tag || tagOf(one, other) == tag {
		t.Error("other keys have the same tag")
	}
}

package introspection_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestAQuestionIsAPostByTheGateway(t *testing.T) {
	var got []string
	checker := at(t, func(w http.ResponseWriter, r *http.Request) {
		id, password, _ := r.BasicAuth()
		got = []string{
			r.Method, r.URL.String(), r.Header.Get("Content-Type"), r.Header.Get("Accept"), id, password,
			r.PostFormValue("token"), r.PostFormValue("token_type_hint"), strings.Join(r.Header["Idempotency-Key"], ","),
		}
		w.Write([]byte(`{"active":true,"sub":"7"}`))
	})
	if _, err := checker.Check(t.Context(), "a+token/&="); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST", "/introspect", "application/x-www-form-urlencoded", "application/json", "gateway", "a+secret+of+the+gateway",
		"a+token/&=", "access_token", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAClientIsNamedInAForm(t *testing.T) {
	tests := map[string]struct{ id, password, wantID, wantPassword string }{
		"a colon in the id":  {"a:b", "c:d", "a%3Ab", "c%3Ad"},
		"more than letters":  {"ü%", "+ &", "%C3%BC%25", "%2B+%26"},
		"no name is not one": {"", "", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := settings()
			c.ClientID = tt.id
			if err := c.ClientSecret.UnmarshalText([]byte(tt.password)); err != nil {
				t.Fatal(err)
			}
			var id, password string
			var named bool
			transport := roundTripper(func(r *http.Request) (*http.Response, error) {
				id, password, named = r.BasicAuth()
				return always(`{"active":true,"sub":"7"}`).RoundTrip(r)
			})
			if _, err := newChecker(t, c, transport).Check(t.Context(), "token"); err != nil {
				t.Fatal(err)
			}
			if id != tt.wantID || password != tt.wantPassword || named != (tt.id != "") {
				t.Errorf("the issuer saw %q and %q", id, password)
			}
			if plain, err := url.QueryUnescape(id); err != nil || plain != tt.id {
				t.Errorf("the issuer reads %q, %v", plain, err)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNothingButStatus200IsAnAnswer(t *testing.T) {
	for _, status := range []int{201, 204, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 503} {
		var paths []string
		checker := at(t, func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.URL.Path)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			if status != http.StatusNoContent {
				w.Write([]byte(`{"active":true,"sub":"7"}`))
			}
		})
		for range 2 {
			if _, err := checker.Check(t.Context(), "token"); !errors.Is(err, credential.ErrUnavailable) {
				t.Errorf("%d: got %v", status, err)
			}
		}
		if diff := cmp.Diff([]string{"/introspect", "/introspect"}, paths); diff != "" {
			t.Errorf("%d: %s", status, diff)
		}
	}
}

func TestNoRedirectIsFollowedByAClientThatWould(t *testing.T) {
	elsewhere := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			elsewhere++
			w.Write([]byte(`{"active":true,"sub":"7"}`))
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	c := settings()
	c.URL = server.URL
	if _, err := newChecker(t, c, server.Client().Transport).Check(t.Context(), "token"); !errors.Is(err, credential.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if elsewhere > 0 {
		t.Error("the token was sent elsewhere")
	}
}

func TestAServerThatIsAwayIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	c := settings()
	c.URL = server.URL
	server.Close()
	if _, err := newChecker(t, c, nil).Check(t.Context(), "token"); !errors.Is(err, credential.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyIsAskedAboutWhatIsNoToken(t *testing.T) {
	issuer := always(`{"active":true,"sub":"7"}`)
	checker := newChecker(t, settings(), issuer)
	for token, good := range map[string]bool{"": false, strings.Repeat("a", 8<<10): true, strings.Repeat("a", 8<<10+1): false} {
		if _, err := checker.Check(t.Context(), token); good != (err == nil) || !good && !errors.Is(err, credential.ErrInvalid) {
			t.Errorf("%d bytes: %v", len(token), err)
		}
	}
	if n := issuer.times(); n != 1 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

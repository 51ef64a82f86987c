package keys_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
)

// reading is a Set that asks an issuer over a network when it first needs to.
func reading(t *testing.T, idp http.Handler) *keys.Set {
	t.Helper()
	server := httptest.NewServer(idp)
	t.Cleanup(server.Close)
	return newWorld().open(t, remote(server.URL+"/keys"), nil)
}

func TestRunReadsKeysAndLeavesNothingBehind(t *testing.T) {
	idp := issuing(set(edKey(t, "a")))
	server := httptest.NewServer(idp)
	defer server.Close()
	w := newWorld()
	s := w.open(t, remote(server.URL), nil)
	if s.Ready() {
		t.Error("it is ready before it has read anything")
	}
	stop := run(t, s)
	wantKeys(t, s, "a", "EdDSA", 1) // it waits for what Run reads
	stop()
	if !s.Ready() {
		t.Error("it is not ready")
	}
	wantKeys(t, s, "a", "EdDSA", 1)
	wantError(t, s, "b", "EdDSA", credential.ErrInvalid)
	wantFetches(t, w, map[string]int{"ok": 1})
}

// run starts a Set's Run. What it returns ends it.
func run(t *testing.T, s *keys.Set) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

// ready waits until a Set knows keys, without asking it for any.
func ready(t *testing.T, s *keys.Set) {
	t.Helper()
	for !s.Ready() {
		select {
		case <-t.Context().Done():
			t.Fatal("it is never ready")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestANewKeyFailsNoRequest(t *testing.T) {
	const rounds = 20
	idp := issuing("")
	server := httptest.NewServer(idp)
	defer server.Close()
	// Each round is a Set of its own, since a Set does not ask at the wish of strangers again so soon.
	for range rounds {
		before, after := edKey(t, "old"), edKey(t, "new")
		idp.show(set(before))
		s := newWorld().open(t, remote(server.URL), server.Client())
		stop := run(t, s)
		ready(t, s)

		var signedWith atomic.Value
		signedWith.Store("old")
		var requests sync.WaitGroup
		for range 4 {
			requests.Go(func() {
				for range 50 {
					kid, _ := signedWith.Load().(string)
					if _, err := s.Find(t.Context(), kid, "EdDSA"); err != nil {
						t.Errorf("%s: %v", kid, err)
					}
				}
			})
		}
		idp.show(set(before, after))
		signedWith.Store("new")
		requests.Wait()
		wantKeys(t, s, "old", "EdDSA", 1)
		stop()
	}
}

func TestAnswersThatAreNoGoodAreNotTaken(t *testing.T) {
	good := set(edKey(t, "good"))
	tests := map[string]struct {
		answer http.HandlerFunc
		result string
	}{
		"a status":              {text(http.StatusInternalServerError, good), "refused"},
		"another success":       {text(http.StatusAccepted, good), "refused"},
		"no JSON":               {text(200, "<html>sensitive"), "unusable"},
		"no set":                {text(200, `["sensitive"]`), "unusable"},
		"one key and no set":    {text(200, edKey(t, "sensitive")), "unusable"},
		"an empty set":          {text(200, `{"keys": []}`), "unusable"},
		"keys for nothing":      {text(200, set(`{"kty": "sensitive"}`)), "unusable"},
		"too many keys":         {text(200, set(strings.Repeat("{},", 1000)+edKey(t, "sensitive"))), "unusable"},
		"too large":             {text(200, good+strings.Repeat(" ", 1<<20)), "unusable"},
		"cut short":             {cut(good), "unreachable"},
		"what is not HTTP":      {garbage("sensitive\r\n\r\n"), "unreachable"},
		"to another host":       {http.RedirectHandler("http://localhost.example/sensitive", http.StatusFound).ServeHTTP, "unreachable"},
		"redirects without end": {http.RedirectHandler("/keys", http.StatusFound).ServeHTTP, "unreachable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var bad atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if bad.Load() {
					tt.answer(w, r)
					return
				}
				text(200, good)(w, r)
			}))
			defer server.Close()
			w := newWorld()
			bad.Store(true)
			s := w.open(t, remote(server.URL+"/keys"), nil)
			wantError(t, s, "good", "EdDSA", credential.ErrUnavailable)
			wantFetches(t, w, map[string]int{tt.result: 1})
			if s.Ready() {
				t.Error("it is ready")
			}

			bad.Store(false)
			s = newWorld().open(t, remote(server.URL+"/keys"), nil)
			stop := run(t, s)
			defer stop()
			ready(t, s)
			bad.Store(true)
			wantError(t, s, "new", "EdDSA", credential.ErrUnavailable) // it may be there, had the issuer answered
			wantKeys(t, s, "good", "EdDSA", 1)

			if log := w.printed.String(); !strings.Contains(log, "reading keys fails") || strings.Contains(log, "sensitive") {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func cut(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, body)
	}
}

func garbage(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

func TestAnIssuerMayMoveItsKeysOnItsOwnHost(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/keys", http.RedirectHandler("/moved", http.StatusMovedPermanently))
	mux.Handle("/moved", issuing(set(edKey(t, "a"))))
	wantKeys(t, reading(t, mux), "a", "EdDSA", 1)
}

func TestARedirectFromHTTPSToHTTPIsNotFollowed(t *testing.T) {
	var calls atomic.Int64
	client := &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		calls.Add(1)
		res := answer(req, http.StatusFound, "")
		res.Header.Set("Location", "http://"+req.URL.Host+"/keys")
		return res, nil
	})}
	cfg := remote("https://idp.example/keys")
	cfg.Insecure = true
	wantError(t, newWorld().open(t, cfg, client), "a", "EdDSA", credential.ErrUnavailable)
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestOurOwnClientAsksForTLSThatItTrusts(t *testing.T) {
	server := httptest.NewUnstartedServer(issuing(set(edKey(t, "a"))))
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	wantKeys(t, newWorld().open(t, remote(server.URL), server.Client()), "a", "EdDSA", 1)
	wantError(t, newWorld().open(t, remote(server.URL), nil), "a", "EdDSA", credential.ErrUnavailable)
}

func TestARequestThatEndsDoesNotEndTheReadingForOthers(t *testing.T) {
	asked, proceed := make(chan struct{}), make(chan struct{})
	idp := issuing(set(edKey(t, "a")))
	s := reading(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-proceed
		idp.ServeHTTP(w, r)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.Find(ctx, "a", "EdDSA")
		left <- err
	}()
	<-asked
	cancel()
	if err := <-left; !errors.Is(err, credential.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v", err)
	}
	found := make(chan error)
	go func() {
		_, err := s.Find(t.Context(), "a", "EdDSA")
		found <- err
	}()
	close(proceed)
	if err := <-found; err != nil {
		t.Error(err)
	}
}

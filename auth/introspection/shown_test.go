package introspection_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/auth/introspection"
)

// echoes are answers that show the token in every place that an error might quote.
var echoes = map[string]func(w http.ResponseWriter, token string){
	"a good answer":     func(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{"active":true,"sub":"7","x":%q}`, token) },
	"inactive":          func(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{"active":false,"sub":%q}`, token) },
	"a member twice":    func(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{%q:1,%q:2}`, token, token) },
	"a member wrong":    func(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{"active":true,%q:}`, token) },
	"a text":            func(w http.ResponseWriter, token string) { io.WriteString(w, token) },
	"an error":          func(w http.ResponseWriter, token string) { http.Error(w, token, http.StatusInternalServerError) },
	"a redirect":        func(w http.ResponseWriter, token string) { w.Header().Set("Location", token); w.WriteHeader(307) },
	"a broken redirect": func(w http.ResponseWriter, token string) { w.Header().Set("Location", ":"+token); w.WriteHeader(307) },
	"no HTTP":           func(w http.ResponseWriter, token string) { hijack(w, token+"\r\n\r\n") },
	"no status":         func(w http.ResponseWriter, token string) { hijack(w, "HTTP/1.1 "+token+"\r\n\r\n") },
	"no header":         func(w http.ResponseWriter, token string) { hijack(w, "HTTP/1.1 200 OK\r\n"+token+"\r\n\r\n") },
	"no length": func(w http.ResponseWriter, token string) {
		hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: "+token+"\r\n\r\n")
	},
	"no coding": func(w http.ResponseWriter, token string) {
		hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: "+token+"\r\n\r\n")
	},
	"half a body": func(w http.ResponseWriter, token string) {
		hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"+token)
	},
	"a broken chunk": func(w http.ResponseWriter, token string) {
		hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+token)
	},
}

func hijack(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, text)
	conn.Close()
}

func TestNoTokenAndNoSecretIsShown(t *testing.T) {
	const token, password = "opaque-tok3n+x/y", "the.s3cret:of/gateway"
	for name, echo := range echoes {
		t.Run(name, func(t *testing.T) {
			var shown bytes.Buffer
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.String(), token) {
					t.Error("the token is in the URL")
				}
				echo(w, r.PostFormValue("token"))
			}))
			defer server.Close()
			c := settings()
			c.URL, c.ClientSecret = server.URL, password
			registry := prometheus.NewRegistry()
			checker, err := introspection.New(c, nil, registry, slog.New(slog.NewTextHandler(&shown, &slog.HandlerOptions{Level: slog.LevelDebug})))
			if err != nil {
				t.Fatal(err)
			}
			_, err = checker.Check(t.Context(), token)
			for each := err; each != nil; each = errors.Unwrap(each) {
				fmt.Fprintf(&shown, "%v %+v %#v\n", each, each, each)
			}
			fmt.Fprintf(&shown, "%v %+v %#v\n", c, c, c)
			families, err := registry.Gather()
			fmt.Fprintln(&shown, families, err)
			for _, hidden := range []string{token, url.QueryEscape(token), password, url.QueryEscape(password)} {
				if strings.Contains(shown.String(), hidden) {
					t.Errorf("%q is shown in %s", hidden, shown.String())
				}
			}
		})
	}
}

func TestAFailureIsLoggedOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		away := &issuer{answer: func(context.Context, string) (int, string, error) { return 503, "", nil }}
		checker, err := introspection.New(settings(), &http.Client{Transport: away}, nil, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for range 21 {
			checker.Check(t.Context(), "token")
			time.Sleep(time.Second)
		}
		if lines := strings.Count(log.String(), `error="the issuer answered with the status 503"`); lines != 3 {
			t.Errorf("got %d lines in 20 seconds:\n%s", lines, log.String())
		}
	})
}

func TestAnswersAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	issuer := &issuer{answer: func(_ context.Context, token string) (int, string, error) {
		return http.StatusOK, token, nil
	}}
	checker, err := introspection.New(settings(), &http.Client{Transport: issuer}, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{
		`{"active":true,"sub":"7"}`, `{"active":true,"sub":"7"}`, `{"active":true,"sub":"8"}`, `{"active":false}`, `{"active":false}`, `{`,
	} {
		checker.Check(t.Context(), answer)
	}
	got := make(map[string]float64)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	if diff := cmp.Diff(map[string]float64{"active": 2, "inactive": 1, "failed": 1, "remembered": 2}, got); diff != "" {
		t.Error(diff)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

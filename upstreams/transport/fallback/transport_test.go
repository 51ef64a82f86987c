package fallback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func says(status int, body string) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			sent, _ := io.ReadAll(req.Body)
			body += string(sent)
		}
		header := http.Header{Header: {"a lie"}}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func fails(err error) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
}

var (
	errOpen    = &attempt.WithheldError{Err: errors.New("the breaker is open")}
	errRefused = &net.OpError{Op: "dial", Err: errors.New("refused")}
)

var static = []Static{{Match: "GET /users", Body: `[]`}, {Match: "GET /users/{id}", Status: 404, Body: `{}`}}

func TestWhatAnswersInThePlaceOfAService(t *testing.T) {
	for name, c := range map[string]struct {
		call          string
		service       roundTripper
		static        []Static
		other         http.RoundTripper
		status        int
		body, sources string
	}{
		"the service answers":                    {"GET /users", says(200, "own"), static, says(200, "other"), 200, "own", ""},
		"it refuses":                             {"GET /users", says(404, "own"), static, says(200, "other"), 404, "own", ""},
		"it fails, and there is a fixed answer":  {"GET /users", says(500, "own"), static, says(200, "other"), 200, "[]", "static"},
		"it is open, and there is another":       {"GET /orders", fails(errOpen), static, says(200, "other"), 200, "other", "upstream"},
		"a fixed answer has a status":            {"GET /users/7", fails(io.ErrUnexpectedEOF), static, nil, 404, "{}", "static"},
		"nothing fits":                           {"GET /orders", says(503, "own"), static, nil, 503, "own", ""},
		"nothing is configured":                  {"GET /users", says(503, "own"), nil, nil, 503, "own", ""},
		"the other fails as well":                {"GET /users", says(502, "own"), nil, says(500, "other"), 502, "own", ""},
		"the other cannot be reached":            {"GET /users", says(502, "own"), nil, fails(errRefused), 502, "own", ""},
		"a write that failed stays failed":       {"POST /users", says(500, "own "), static, says(201, "other "), 500, "own write", ""},
		"a write that may have arrived":          {"POST /users", fails(io.ErrUnexpectedEOF), static, says(201, "other "), 0, "", ""},
		"a write that was never sent":            {"POST /users", fails(errRefused), static, says(201, "other "), 201, "other write", "upstream"},
		"a write while the breaker is open":      {"POST /users", fails(errOpen), static, says(201, "other "), 201, "other write", "upstream"},
		"a write is never given a fixed answer":  {"POST /users", fails(errOpen), static, nil, 0, "", ""},
		"a caller who has gone needs no answer":  {"GET /users", fails(context.Canceled), static, nil, 0, "", ""},
		"an answer that says it is one is known": {"GET /users", says(200, "own"), nil, nil, 200, "own", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := New("user", Config{Static: c.static}, NewMetrics(prometheus.NewRegistry()))
			if err != nil {
				t.Fatal(err)
			}
			ctx, notes := Collect(t.Context())
			if strings.Contains(name, "has gone") {
				gone, leave := context.WithCancel(ctx)
				leave()
				ctx = gone
			}
			method, path, _ := strings.Cut(c.call, " ")
			var body io.Reader
			if method == http.MethodPost {
				body = strings.NewReader("write")
			}
			req, err := http.NewRequestWithContext(ctx, method, "http://user"+path, body)
			if err != nil {
				t.Fatal(err)
			}
			res, err := f.Layer(c.service, c.other).RoundTrip(req)
			status, text, marked := 0, "", ""
			if err == nil {
				read, _ := io.ReadAll(res.Body)
				status, text, marked = res.StatusCode, string(read), res.Header.Get(Header)
			}
			if status != c.status || text != c.body || marked != c.sources {
				t.Errorf("%d %q marked %q (%v), want %d %q marked %q", status, text, marked, err, c.status, c.body, c.sources)
			}
			var want []Note
			if c.sources != "" {
				want = []Note{{Service: "user", Source: Source(c.sources)}}
			}
			if diff := cmp.Diff(want, notes.All()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotesAreKeptOnceAndInOrder(t *testing.T) {
	ctx, notes := Collect(t.Context())
	for _, note := range []Note{{"user", FromStatic}, {"order", FromUpstream}, {"user", FromStatic}, {"order", FromStatic}} {
		notesOf(ctx).add(note)
	}
	notesOf(t.Context()).add(Note{"nobody listens", FromStatic})
	want := []Note{{"order", FromStatic}, {"order", FromUpstream}, {"user", FromStatic}}
	if diff := cmp.Diff(want, notes.All()); diff != "" {
		t.Error(diff)
	}
}

func TestConfigRefusesAnswersThatNobodyWouldGet(t *testing.T) {
	bad := Config{Static: []Static{
		{Match: "POST /users", Body: "{}"},
		{Match: "GET users", Body: "{}"},
		{Match: "GET /users", Status: 500, Body: "{}"},
		{Match: "GET /orders", Body: "{"},
		{Match: "GET /products", Body: "{", ContentType: "text/plain"},
		{Match: "GET /products", Body: "[]"},
	}}
	var got []string
	bad.Validate(func(path, _ string) { got = append(got, path) })
	want := []string{"static[0].match", "static[1].match", "static[2].status", "static[3].body", "static[5].match"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := New("user", bad, NewMetrics(prometheus.NewRegistry())); err == nil {
		t.Error("patterns that cannot be told apart were accepted")
	}
}

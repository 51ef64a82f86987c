package tests

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saying is a service that answers every request with these bytes, and closes.
func saying(t *testing.T, answer string) string {
	t.Helper()
	return speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) { _, _ = io.WriteString(conn, answer) })
}

// nowhere is the URL of a service that nobody runs.
func nowhere(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

// A service that gives no answer is no answer of the service's: the gateway says so itself.
func TestProxySaysThatThereIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		url    string
		status int
		code   string
	}{
		"nobody listens":                 {nowhere(t), 503, "UPSTREAM_UNAVAILABLE"},
		"it closes without a word":       {saying(t, ""), 503, "UPSTREAM_UNAVAILABLE"},
		"it closes within the header":    {saying(t, "HTTP/1.1 200 OK\r\nContent-"), 503, "UPSTREAM_UNAVAILABLE"},
		"it speaks no HTTP":              {saying(t, "SSH-2.0-OpenSSH_9.2p1\r\n"), 503, "UPSTREAM_UNAVAILABLE"},
		"it speaks gibberish":            {saying(t, "\x00\x01\x02\xff\xfe"), 503, "UPSTREAM_UNAVAILABLE"},
		"its status is none":             {saying(t, "HTTP/1.1 abc OK\r\n\r\n"), 503, "UPSTREAM_UNAVAILABLE"},
		"its status is two digits":       {saying(t, "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"), 503, "UPSTREAM_UNAVAILABLE"},
		"its header has no colon":        {saying(t, "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), 503, "UPSTREAM_UNAVAILABLE"},
		"its length is none":             {saying(t, "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc"), 503, "UPSTREAM_UNAVAILABLE"},
		"it has two lengths":             {saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 503, "UPSTREAM_UNAVAILABLE"},
		"its coding is unknown":          {saying(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"), 503, "UPSTREAM_UNAVAILABLE"},
		"its header does not end":        {saying(t, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 100)), 503, "UPSTREAM_UNAVAILABLE"},
		"its body ends before it begins": {saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), 502, "UPSTREAM_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			s := securely(t, rawConfig(rawRoutes, c.url))
			for version, client := range s.clients(t) {
				t.Run(version, func(t *testing.T) {
					r := sendBy(t, client, s.to(t, http.MethodGet, "/file", nil))
					refusal{c.status, problemJSON, c.code, "", ""}.check(t, r)
					saysNothingOf(t, string(r.body), "malformed", "EOF", "refused", "net/http", "127.0.0.1", "OpenSSH")
				})
			}
		})
	}
}

// An answer that breaks off is one that the client must not take for whole.
func TestProxyNeverCompletesAnAnswerThatBreaksOff(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for name, answer := range map[string]string{
		"with a length":             "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
		"long, with a length":       "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + long,
		"in chunks":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"within a chunk":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\nde",
		"before the last chunk":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + long + "\r\n",
		"within the last chunk":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
		"in a chunk of no size":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
		"within the trailers":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n",
		"though it is an error":     "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 10\r\n\r\nabc",
		"in an event":               "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: a\n\r\n",
		"in a part":                 "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 10\r\n\r\nabc",
		"compressed, with a length": "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08",
	} {
		t.Run(name, func(t *testing.T) {
			s := securely(t, rawConfig(rawRoutes, saying(t, answer)))
			for version, client := range s.clients(t) {
				t.Run(version, func(t *testing.T) {
					req := s.to(t, http.MethodGet, "/file", nil)
					req.Header.Set("Accept-Encoding", "identity")
					res, err := client.Do(req)
					if err != nil {
						return // nothing of it had come
					}
					defer res.Body.Close()
					if body, err := io.ReadAll(res.Body); err == nil && res.StatusCode < 500 {
						t.Errorf("the client takes %d bytes for all, with %s", len(body), res.Status)
					}
				})
			}
			s.log.await(t, func(log string) bool { return strings.Count(log, `"msg":"request"`) >= 2 })
			for _, line := range requests(t, s.log.String()) {
				if line["aborted"] != true || line["code"] != "UPSTREAM_ERROR" {
					t.Errorf("the log has %v", line)
				}
			}
		})
	}
}

// What comes behind an answer belongs to no other request.
func TestProxyForgetsWhatAServiceSaysBeyondItsLength(t *testing.T) {
	var asked atomic.Int64
	s := before(t, speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, _ string) {
		for ok := true; ok; ok = headOf(in) != "" {
			n := asked.Add(1)
			answer := "answer " + strconv.FormatInt(n, 10)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(len(answer))+"\r\n\r\n"+answer+
				"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Forged: 1\r\n\r\nforged")
		}
	}))
	for i := range 10 {
		r := get(t, s.public+"/file")
		if want := "answer " + strconv.Itoa(i+1); string(r.body) != want || r.header.Get("X-Forged") != "" {
			t.Errorf("request %d is answered with %q, want %q", i+1, r.body, want)
		}
	}
}

// Of two endpoints one is dead. What can be asked twice is, and nobody learns of it.
func TestProxyAsksAnotherEndpointWhereThatIsSafe(t *testing.T) {
	var dead atomic.Int64
	dying := speakRaw(t, func(*net.TCPConn, *bufio.Reader, string) { dead.Add(1) })
	alive := serveRaw(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive") })
	s := before(t, dying, alive)
	for range 20 {
		if r := get(t, s.public+"/file"); r.status != http.StatusOK || string(r.body) != "alive" {
			t.Errorf("the answer is %d %s", r.status, r.body)
		}
	}
	if dead.Load() == 0 {
		t.Error("the endpoint that dies was never asked, so this shows nothing")
	}
}

// An upload that streams is nowhere kept, and cannot be sent again: not even one that may be repeated by its method.
func TestProxyNeverRepeatsAnUpload(t *testing.T) {
	var asked atomic.Int64
	dying := func() string {
		return speakRaw(t, func(_ *net.TCPConn, in *bufio.Reader, _ string) {
			asked.Add(1)
			_, _ = in.ReadByte()
		})
	}
	s := before(t, dying(), dying())
	for _, body := range []io.Reader{strings.NewReader("a body"), io.MultiReader(strings.NewReader("in chunks"))} {
		asked.Store(0)
		r := send(t, s.to(t, http.MethodPut, "/file", body))
		refusal{503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""}.check(t, r)
		if n := asked.Load(); n != 1 {
			t.Errorf("the service was asked %d times", n)
		}
	}
}

// What is logged and counted of raw requests, the good ones and the bad.
func TestProxyCountsAndLogsWhatPassed(t *testing.T) {
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			http.Error(w, "not here", http.StatusNotFound)
		case "/breaks":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "some")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		default:
			_, _ = io.Copy(w, r.Body)
			_, _ = w.Write(piece)
		}
	})
	s := before(t, url)
	do := func(method, path string, body io.Reader) {
		res, err := http.DefaultTransport.RoundTrip(s.to(t, method, path, body))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	do(http.MethodGet, "/whole", nil)
	do(http.MethodHead, "/head", nil)
	do(http.MethodPut, "/echo", strings.NewReader("12345"))
	do(http.MethodGet, "/missing", nil)
	do(http.MethodGet, "/breaks", nil)
	do(http.MethodPatch, "/no-route", strings.NewReader("12345"))

	const reads, writes = "GET,OPTIONS /{path...}", "DELETE,POST,PUT /{path...}"
	size := float64(len(piece))
	type entry struct{ Status, Bytes, Code, Route, Aborted any }
	for path, want := range map[string]entry{
		"/whole":    {200.0, size, nil, reads, nil},
		"/head":     {200.0, 0.0, nil, reads, nil},
		"/echo":     {200.0, size + 5, nil, writes, nil},
		"/missing":  {404.0, 9.0, nil, reads, nil},
		"/breaks":   {200.0, 4.0, "UPSTREAM_ERROR", reads, true},
		"/no-route": {405.0, nil, "METHOD_NOT_ALLOWED", nil, nil},
	} {
		line := s.line(t, path)
		got := entry{line["status"], line["bytes"], line["code"], line["route"], line["aborted"]}
		if path == "/no-route" {
			got.Bytes = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the line of %s (-want +got):\n%s", path, diff)
		}
	}
	for metric, want := range map[string]float64{
		`concierge_requests_total{door="rest",operation="` + reads + `",status="200"}`:  3,
		`concierge_requests_total{door="rest",operation="` + reads + `",status="404"}`:  1,
		`concierge_requests_total{door="rest",operation="` + writes + `",status="200"}`: 1,
		`concierge_requests_in_flight{door="rest"}`:                                     0,
		`concierge_upstream_requests_total{code="404",service="files"}`:                 1,
		`concierge_upstream_requests_in_flight{service="files"}`:                        0,
	} {
		if got := counted(t, s.program, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
}

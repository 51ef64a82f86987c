package tests

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// writing is a route for writing with settings of its own.
func writing(settings string) string {
	return `    - {match: "PUT /{path...}", upstream: files, raw: true, scopes: ["files:write"], ` + settings + `}` + "\n" +
		`    - {match: "GET /{path...}", upstream: files, raw: true, public: true, ` + settings + `}`
}

// reading is a service that reads a body, and says what came of it. It answers with how much that was.
func reading(t *testing.T) (url string, read <-chan error) {
	t.Helper()
	errs := make(chan error, 10)
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		errs <- err
		fmt.Fprint(w, n)
	}), errs
}

func TestProxyRefusesABodyThatSaysItIsTooLarge(t *testing.T) {
	url, read := reading(t)
	s := securely(t, rawConfig(writing("max_body: 1KiB"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			fits := sendBy(t, client, s.to(t, http.MethodPut, "/file", strings.NewReader(strings.Repeat("x", 1<<10))))
			if fits.status != http.StatusOK || string(fits.body) != "1024" {
				t.Errorf("a body that fits is answered with %d %s", fits.status, fits.body)
			}
			comes(t, read, "the service reads")
			r := sendBy(t, client, s.to(t, http.MethodPut, "/file", strings.NewReader(strings.Repeat("x", 1<<10+1))))
			refusal{413, problemJSON, "PAYLOAD_TOO_LARGE", "the request body is larger than 1KiB", ""}.check(t, r)
			if n := len(read); n > 0 {
				t.Error("the service was asked all the same")
			}
		})
	}
}

func TestProxyEndsTheCallOfABodyThatTurnsOutTooLarge(t *testing.T) {
	url, read := reading(t)
	s := securely(t, rawConfig(writing("max_body: 1KiB"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			body, say := io.Pipe()
			go func() {
				for {
					if _, err := say.Write(piece[:100]); err != nil {
						return
					}
				}
			}()
			r := sendBy(t, client, s.to(t, http.MethodPut, "/chunks", body))
			_ = body.Close()
			refusal{413, problemJSON, "PAYLOAD_TOO_LARGE", "the request body is larger than 1KiB", ""}.check(t, r)
			if err := comes(t, read, "the service learns of it"); err == nil {
				t.Error("the service takes the body for a whole one")
			}
		})
	}
	if line := s.line(t, "/chunks"); line["status"] != 413.0 || line["code"] != "PAYLOAD_TOO_LARGE" {
		t.Errorf("the log has %v", line)
	}
}

// trickle is a body that comes byte by byte.
type trickle struct {
	every time.Duration
	bytes int
}

func (s *trickle) Read(p []byte) (int, error) {
	if s.bytes == 0 {
		return 0, io.EOF
	}
	s.bytes--
	<-time.After(s.every)
	return copy(p, "x"), nil
}

func TestProxyEndsAClientThatTrickles(t *testing.T) {
	t.Parallel()
	url, read := reading(t)
	s := securely(t, rawConfig(writing("timeouts: {body: 2s}"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			req := s.to(t, http.MethodPut, "/file", &trickle{every: 10 * time.Millisecond, bytes: 1 << 20})
			res, err := client.Do(req)
			if err == nil {
				defer res.Body.Close()
				if res.StatusCode < 400 || res.StatusCode >= 500 {
					t.Errorf("the answer is %s", res.Status)
				}
			}
			if err := comes(t, read, "the service learns of it"); err == nil {
				t.Error("the service takes the body for a whole one")
			}
		})
	}
}

// A route's own time counts, be it longer than the server's, and where it has none, a stream may take as long as something comes.
func TestProxyLetsAnUploadTakeLongerThanTheServerAllows(t *testing.T) {
	t.Parallel()
	url, read := reading(t)
	for name, settings := range map[string]string{"a time of its own": "timeouts: {body: 1m}", "no time": "timeouts: {idle: 1m}"} {
		t.Run(name, func(t *testing.T) {
			yaml := with(rawConfig(writing(settings), url), "server", "timeouts: {header: 2s, body: 2s, write: 2100ms}")
			s := securely(t, with(yaml, "graphql", "timeout: 2s"))
			for version, client := range s.clients(t) {
				t.Run(version, func(t *testing.T) {
					const bytes = 20
					r := sendBy(t, client, s.to(t, http.MethodPut, "/file", &trickle{every: 125 * time.Millisecond, bytes: bytes}))
					if r.status != http.StatusOK || string(r.body) != strconv.Itoa(bytes) {
						t.Errorf("the answer is %d %s", r.status, r.body)
					}
					if err := comes(t, read, "the service reads"); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func TestProxyWaitsForTheHeaderFromTheEndOfTheUpload(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
			close(silent)
			return
		}
		fmt.Fprint(w, n)
	})
	s := startRaw(t, rawConfig(writing("timeouts: {header: 2s}"), url))
	r := send(t, s.to(t, http.MethodPut, "/file", &trickle{every: 100 * time.Millisecond, bytes: 25}))
	if r.status != http.StatusOK || string(r.body) != "25" {
		t.Errorf("the answer is %d %s", r.status, r.body)
	}
	r = send(t, s.to(t, http.MethodPut, "/silent", &trickle{every: time.Millisecond, bytes: 25}))
	refusal{504, problemJSON, "UPSTREAM_TIMEOUT", "", ""}.check(t, r)
	comes(t, silent, "the service learns of it")
}

// ticking is a service that says a word now and then, as long as somebody listens.
func ticking(t *testing.T, every time.Duration, words int) (url string, left <-chan error) {
	t.Helper()
	ended := make(chan error, 10)
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		next := time.NewTicker(every)
		defer next.Stop()
		for range words {
			_, _ = io.WriteString(w, "tick\n")
			if err := http.NewResponseController(w).Flush(); err != nil {
				ended <- err
				return
			}
			select {
			case <-next.C:
			case <-r.Context().Done():
				ended <- r.Context().Err()
				return
			}
		}
		ended <- nil
	}), ended
}

// listened reads a stream to its end.
func listened(t *testing.T, client *http.Client, req *http.Request) (words int, err error) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewScanner(res.Body)
	for in.Scan() {
		words++
	}
	return words, in.Err()
}

func TestProxyLetsAStreamGoOnWhileSomethingComes(t *testing.T) {
	t.Parallel()
	url, left := ticking(t, 250*time.Millisecond, 10)
	yaml := with(rawConfig(writing("timeouts: {idle: 1500ms}"), url), "server", "timeouts: {header: 2s, body: 2s, write: 2100ms}")
	s := securely(t, with(yaml, "graphql", "timeout: 2s"))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			words, err := listened(t, client, s.to(t, http.MethodGet, "/stream", nil))
			if words != 10 || err != nil {
				t.Errorf("%d words came, and %v", words, err)
			}
			if err := comes(t, left, "the service ends"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProxyEndsAStreamOnWhichNothingComes(t *testing.T) {
	t.Parallel()
	left := make(chan struct{}, 10)
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/short" { // whose length is known
			w.Header().Set("Content-Length", "100")
		}
		_, _ = io.WriteString(w, "tick\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		left <- struct{}{}
	})
	s := securely(t, rawConfig(writing("timeouts: {idle: 1s}"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			for _, path := range []string{"/stream", "/short"} {
				words, err := listened(t, client, s.to(t, http.MethodGet, path, nil))
				if words != 1 || err == nil {
					t.Errorf("%s: %d words came, and %v", path, words, err)
				}
				comes(t, left, "the service learns of it")
			}
		})
	}
	line := s.line(t, "/stream")
	if line["status"] != 200.0 || line["aborted"] != true || line["bytes"] != 5.0 {
		t.Errorf("the log has %v", line)
	}
}

// What a client does not take in time, nobody needs to bring.
func TestProxyEndsAStreamThatItsClientDoesNotRead(t *testing.T) {
	t.Parallel()
	left := make(chan struct{}, 10)
	url := serveRaw(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(piece); err != nil {
				left <- struct{}{}
				return
			}
		}
	})
	s := securely(t, rawConfig(writing("timeouts: {idle: 1s}"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			res, err := client.Do(s.to(t, http.MethodGet, "/stream", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			comes(t, left, "the service learns of it")
			s.log.await(t, func(log string) bool { return strings.Contains(log, `"aborted":true`) })
		})
	}
}

func TestProxyEndsAnUploadOnWhichNothingComes(t *testing.T) {
	t.Parallel()
	url, read := reading(t)
	s := securely(t, rawConfig(writing("timeouts: {idle: 1s}"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			body, say := io.Pipe()
			go func() { _, _ = io.WriteString(say, "some") }()
			r := sendBy(t, client, s.to(t, http.MethodPut, "/file", body))
			refusal{504, problemJSON, "UPSTREAM_TIMEOUT", "", ""}.check(t, r)
			if err := comes(t, read, "the service learns of it"); err == nil {
				t.Error("the service takes the body for a whole one")
			}
		})
	}
}

func TestProxyEndsAStreamWhoseTimeIsUp(t *testing.T) {
	t.Parallel()
	url, left := ticking(t, 20*time.Millisecond, 1_000)
	s := securely(t, rawConfig(writing("timeouts: {total: 2s, header: 2s}"), url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			if words, err := listened(t, client, s.to(t, http.MethodGet, "/stream", nil)); words == 0 || err == nil {
				t.Errorf("%d words came, and %v", words, err)
			}
			if err := comes(t, left, "the service learns of it"); err == nil {
				t.Error("the service was heard to its end")
			}
		})
	}
}

// A client that is slow to say the rest of a body that nobody wants does not keep its connection.
func TestProxyClosesAConnectionWhoseBodyNobodyWants(t *testing.T) {
	gone, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	s := startRaw(t, rawConfig(writing("timeouts: {idle: 1s}"), "http://"+gone.Addr().String()))
	conn := dial(t, s.program)
	write(t, conn, "PUT /file HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\nContent-Length: 1000\r\n\r\nsome")
	if got := toTheEnd(t, conn); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("the answer is %q", got)
	}
}

func TestProxyGivesUpACallWhoseClientLeaves(t *testing.T) {
	url, left := ticking(t, 5*time.Millisecond, 1_000_000)
	begun, read := make(chan struct{}, 10), make(chan error, 10)
	upload := serveRaw(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1))
		begun <- struct{}{}
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})
	download := securely(t, rawConfig(rawRoutes, url))
	uploads := securely(t, rawConfig(rawRoutes, upload))
	for version, client := range download.clients(t) {
		t.Run(version, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			res, err := client.Do(download.to(t, http.MethodGet, "/stream", nil).WithContext(ctx))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			leave()
			if err := comes(t, left, "the service learns of it"); err == nil {
				t.Error("the service was heard to its end")
			}
		})
	}
	for version, client := range uploads.clients(t) {
		t.Run(version, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			body, say := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				res, err := client.Do(uploads.to(t, http.MethodPut, "/file", body).WithContext(ctx))
				if err == nil {
					err = res.Body.Close()
				}
				ended <- err
			}()
			_, _ = say.Write(piece)
			comes(t, begun, "the service reads")
			leave()
			_ = say.CloseWithError(context.Canceled) // net/http waits for whoever reads a body
			if err := comes(t, ended, "the client leaves"); !errors.Is(err, context.Canceled) {
				t.Errorf("the client got %v", err)
			}
			if err := comes(t, read, "the service learns of it"); err == nil {
				t.Error("the service takes the body for a whole one")
			}
		})
	}
	if line := uploads.line(t, "/file"); line["status"] != 499.0 && line["status"] != 400.0 {
		t.Errorf("the log has %v", line)
	}
}

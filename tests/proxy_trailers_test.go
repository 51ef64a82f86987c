package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProxyHandsOnTrailersOfAnUpload(t *testing.T) {
	type seen struct {
		before, after http.Header
		body          string
	}
	got := make(chan seen, 1)
	url := serveRaw(t, func(_ http.ResponseWriter, r *http.Request) {
		all := seen{before: r.Trailer.Clone()}
		body, _ := io.ReadAll(r.Body)
		all.body, all.after = string(body), r.Trailer
		got <- all
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			body, say := io.Pipe()
			req := s.to(t, http.MethodPut, "/file", body)
			req.Trailer = http.Header{"X-Sum": nil, "X-Rows": nil}
			go func() {
				_, _ = io.WriteString(say, "a body")
				req.Trailer["X-Sum"], req.Trailer["X-Rows"] = []string{"123", "456"}, []string{"7"}
				_ = say.Close()
			}()
			if r := sendBy(t, client, req); r.status != http.StatusOK {
				t.Errorf("the answer is %d", r.status)
			}
			want := seen{
				before: http.Header{"X-Sum": nil, "X-Rows": nil}, body: "a body",
				after: http.Header{"X-Sum": {"123", "456"}, "X-Rows": {"7"}},
			}
			if diff := cmp.Diff(want, comes(t, got, "the service is asked"), cmp.AllowUnexported(seen{})); diff != "" {
				t.Errorf("what the service saw (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProxyHandsOnTrailersOfAnswers(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	for name, c := range map[string]struct {
		answer string
		want   http.Header
	}{
		"announced":         {chunked + "Trailer: X-Sum, X-Rows\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\nX-Rows: 7\r\n\r\n", http.Header{"X-Sum": {"1", "2"}, "X-Rows": {"7"}}},
		"announced in vain": {chunked + "Trailer: X-Sum, X-Rows\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", http.Header{"X-Sum": {"1"}, "X-Rows": nil}},
		"unannounced":       {chunked + "\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", http.Header{"X-Sum": {"1"}}},
		"as gRPC has them": {
			chunked + "Content-Type: application/grpc\r\nTrailer: Grpc-Status\r\n\r\n3\r\nabc\r\n0\r\nGrpc-Status: 0\r\nGrpc-Message: ok\r\n\r\n",
			http.Header{"Grpc-Status": {"0"}, "Grpc-Message": {"ok"}},
		},
		"that are for one hop": {chunked + "Trailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nKeep-Alive: 5\r\nProxy-Authenticate: Basic\r\n\r\n", http.Header{"X-Sum": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := securely(t, rawConfig(rawRoutes, speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
				_, _ = io.WriteString(conn, c.answer)
			})))
			for version, client := range s.clients(t) {
				t.Run(version, func(t *testing.T) {
					req := s.to(t, http.MethodGet, "/file", nil)
					req.Header.Set("TE", "trailers")
					res, err := client.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					defer res.Body.Close()
					if body, err := io.ReadAll(res.Body); err != nil || string(body) != "abc" {
						t.Errorf("the body is %q, %v", body, err)
					}
					if diff := cmp.Diff(c.want, res.Trailer); diff != "" {
						t.Errorf("the trailers (-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}

// Clients of HTTP/1.0 know neither chunks nor connections that stay, unless they say so.
func TestProxyAnswersClientsOfHTTP10(t *testing.T) {
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/chunks":
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "first,")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "second")
			w.Header().Set("X-Sum", "1")
		case "/echo":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s, host %t", body, r.Host != "")
		default:
			_, _ = io.WriteString(w, "short")
		}
	})
	s := before(t, url)
	for name, c := range map[string]struct{ request, status, fields, without, body string }{
		"a short answer":    {"GET /short HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK", "Content-Length: 5\r\n", "keep-alive", "short"},
		"chunks":            {"GET /chunks HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK", "", "chunked", "first,second"},
		"HEAD":              {"HEAD /short HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK", "Content-Length: 5\r\n", "keep-alive", ""},
		"a body":            {"PUT /echo HTTP/1.0\r\nAuthorization: TOKEN\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.0 200 OK", "", "chunked", "abc, host true"},
		"Connection: close": {"GET /short HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK", "Connection: close\r\n", "keep-alive", "short"},
		"one that stays": {
			"GET /short HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /short HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK",
			"Connection: keep-alive\r\n", "chunked", "short",
		},
		"one that stays for two": {
			"GET /short HTTP/1.1\r\nHost: test\r\n\r\nGET /short HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK",
			"", "keep-alive", "short",
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s.program)
			write(t, conn, strings.Replace(c.request, "TOKEN", s.writer(t), 1))
			got := toTheEnd(t, conn)
			head, body, _ := strings.Cut(got, "\r\n\r\n")
			if !strings.HasPrefix(head, c.status) || !strings.Contains(head+"\r\n", c.fields) || strings.Contains(head, c.without) ||
				!strings.HasSuffix(body, c.body) {
				t.Errorf("the answer is %q", got)
			}
			if n, want := strings.Count(got, c.status), strings.Count(c.request, " HTTP/1."); n != want {
				t.Errorf("%d answers came, want %d", n, want)
			}
		})
	}
}

// The two sides of the gateway have connections of their own.
func TestProxyKeepsItsConnectionThoughTheClientCloses(t *testing.T) {
	ports := make(chan string, 10)
	s := before(t, serveRaw(t, func(_ http.ResponseWriter, r *http.Request) {
		ports <- r.RemoteAddr + r.Header.Get("Connection")
	}))
	seen := make(map[string]bool)
	for range 5 {
		conn := dial(t, s.program)
		write(t, conn, "GET /any HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
		toTheEnd(t, conn)
		seen[comes(t, ports, "the service is asked")] = true
	}
	if len(seen) != 1 {
		t.Errorf("the service saw the connections %v", seen)
	}
}

package tests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A client that asks first is told by the service that it does not want the body, and sends none.
func TestProxyAsksTheServiceBeforeItTakesABody(t *testing.T) {
	rest := make(chan string, 1)
	url := speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, head string) {
		if !strings.Contains(head, "Expect: 100-continue\r\n") || !strings.Contains(head, "Content-Length: 9\r\n") {
			t.Errorf("the service is not asked:\n%s", head)
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\nX-Reason: large\r\n\r\nno")
		all, _ := io.ReadAll(in)
		rest <- string(all)
	})
	s := before(t, url)
	conn := dial(t, s.program)
	write(t, conn, "PUT /file HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
	r := received(t, conn, http.MethodPut)
	if r.status != http.StatusExpectationFailed || string(r.body) != "no" || r.header.Get("X-Reason") != "large" {
		t.Errorf("the answer is %d %v %q", r.status, r.header, r.body)
	}
	if got := comes(t, rest, "the service's connection ends"); got != "" {
		t.Errorf("the service got a body all the same: %q", got)
	}
	if got := s.line(t, "/file")["status"]; got != 417.0 {
		t.Errorf("the log has the status %v", got)
	}
}

func TestProxyHandsOnThatTheServiceWantsTheBody(t *testing.T) {
	asked, want := make(chan struct{}), make(chan struct{})
	url := speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, _ string) {
		asked <- struct{}{}
		<-want
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		body := make([]byte, 9)
		_, _ = io.ReadFull(in, body)
		fmt.Fprintf(conn, "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n%s", body)
	})
	s := before(t, url)
	conn := dial(t, s.program)
	write(t, conn, "PUT /file HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
	comes(t, asked, "the service is asked")
	close(want)
	in := bufio.NewReader(conn)
	if head := headOf(in); head != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("the client is told %q", head)
	}
	write(t, conn, "123456789")
	r := received(t, in, http.MethodPut)
	if r.status != http.StatusCreated || string(r.body) != "123456789" {
		t.Errorf("the answer is %d %q", r.status, r.body)
	}
}

// A service that knows nothing of the question gets the body after a while, and one that reads at once asks for it by that.
func TestProxyAsksForABodyThatTheServiceReads(t *testing.T) {
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v", body, err)
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for _, version := range []string{"--http1.1", "--http2"} {
		r := curl(t, version, "-H", "Authorization: "+s.writer(t), "-H", "Expect: 100-continue", "--data-binary", "a body",
			"-X", "PUT", s.public+"/file")
		if r.status != http.StatusOK || string(r.body) != "a body <nil>" {
			t.Errorf("curl %s got %d %q", version, r.status, r.body)
		}
	}
}

// nginx judges by the header alone that a body is too large. curl then sends none of it.
func TestProxySparesCurlABodyThatNginxRefuses(t *testing.T) {
	s := before(t, nginx(t))
	large := strings.Repeat("x", 90<<10)
	sent := filepath.Join(t.TempDir(), "sent")
	r := curl(t, "--http1.1", "-H", "Authorization: "+s.writer(t), "-H", "Expect: 100-continue", "--expect100-timeout", "20",
		"-X", "PUT", "--data-binary", large, "--trace-ascii", sent, s.public+"/plain.txt")
	if r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("the answer is %d %s", r.status, r.body)
	}
	said, err := os.ReadFile(sent)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(said, []byte("=> Send header")) || bytes.Contains(said, []byte("=> Send data")) {
		t.Errorf("curl tells that it sent the body:\n%.4000s", said)
	}
}

// earlier are the answers before the answer that a client of net/http has got.
type earlier struct {
	codes   []int
	headers []textproto.MIMEHeader
}

// by notes those of a request.
func (e *earlier) by(req *http.Request) *http.Request {
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			e.codes, e.headers = append(e.codes, code), append(e.headers, header)
			return nil
		},
	}))
}

func TestProxyHandsOnEarlyHintsWithoutWhatIsForOneHop(t *testing.T) {
	goOn := make(chan struct{})
	url := speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
		_, _ = io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nLink: </app.js>; rel=preload\r\n"+
			"Connection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n"+
			"HTTP/1.1 102 Processing\r\nX-Progress: 50\r\n\r\n")
		<-goOn
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Last: 1\r\n\r\nok")
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			var hints earlier
			req := s.to(t, http.MethodGet, "/page", nil)
			seen := make(chan struct{}, 2)
			req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
					if code == http.StatusProcessing {
						goOn <- struct{}{} // only now does the service answer
					}
					seen <- struct{}{}
					return nil
				},
			}))
			r := sendBy(t, client, hints.by(req))
			if r.status != http.StatusOK || string(r.body) != "ok" || r.header.Get("X-Last") != "1" {
				t.Errorf("the answer is %d %q %v", r.status, r.body, r.header)
			}
			if !slices.Equal(hints.codes, []int{103, 102}) {
				t.Fatalf("before it came %v", hints.codes)
			}
			want := textproto.MIMEHeader{"Link": {"</style.css>; rel=preload", "</app.js>; rel=preload"}}
			if diff := cmp.Diff(want, hints.headers[0]); diff != "" {
				t.Errorf("the early hints (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(textproto.MIMEHeader{"X-Progress": {"50"}}, hints.headers[1]); diff != "" {
				t.Errorf("the progress (-want +got):\n%s", diff)
			}
			for _, name := range []string{"Link", "X-Progress", "X-Secret"} {
				if r.header.Get(name) != "" {
					t.Errorf("%s stands in the answer too", name)
				}
			}
			if n := len(seen); n != 2 {
				t.Errorf("%d answers came before the answer", n)
			}
		})
	}
}

// RFC 9110, section 15.2: a client of HTTP/1.0 knows none.
func TestProxyKeepsEarlyHintsFromClientsOfHTTP10(t *testing.T) {
	url := serveRaw(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "ok")
	})
	s := before(t, url)
	conn := dial(t, s.program)
	write(t, conn, "GET /page HTTP/1.0\r\n\r\n")
	if got := toTheEnd(t, conn); !strings.HasPrefix(got, "HTTP/1.0 200 OK\r\n") || strings.Contains(got, "103") || !strings.HasSuffix(got, "\r\n\r\nok") {
		t.Errorf("the answer is %q", got)
	}
}

// A service that goes on hinting for ever is no service.
func TestProxyEndsAServiceThatOnlyHints(t *testing.T) {
	url := speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
		for i := 0; ; i++ {
			if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nX-Number: "+strconv.Itoa(i)+"\r\n\r\n"); err != nil {
				return
			}
		}
	})
	s := startRaw(t, rawConfig(`    - {match: "GET /{path...}", upstream: files, raw: true, public: true, timeouts: {header: 200ms}}`, url))
	res, err := http.DefaultTransport.RoundTrip(s.to(t, http.MethodGet, "/page", nil))
	if err == nil {
		_ = res.Body.Close()
		if res.StatusCode < 500 {
			t.Errorf("the answer is %s", res.Status)
		}
		return
	}
	if errors.Is(err, io.EOF) {
		t.Errorf("there is no answer: %v", err)
	}
}

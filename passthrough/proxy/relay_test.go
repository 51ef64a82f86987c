package proxy

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

func TestAnAnswerComesAsTheServiceGaveIt(t *testing.T) {
	const head = "HTTP/1.1 %s\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nServer: other\r\n%s\r\n%s"
	tests := map[string]struct {
		method, status, header, body string
		want                         http.Header // beside Date, Server and what the gateway set
		length                       int64
		content                      string
	}{
		"a body": {
			"GET", "200 OK", "Content-Length: 4\r\nContent-Type: text/x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: Zo\xeb\r\nETag: \"a\"\r\n", "body",
			http.Header{"Content-Length": {"4"}, "Content-Type": {"text/x"}, "Set-Cookie": {"a=1", "b=2"}, "X-Name": {"Zo\xeb"}, "Etag": {`"a"`}},
			4, "body",
		},
		"no type is not guessed":      {"GET", "200 OK", "Content-Length: 6\r\n", "<html>", http.Header{"Content-Length": {"6"}}, 6, "<html>"},
		"nothing, of a length":        {"GET", "200 OK", "Content-Length: 0\r\n", "", http.Header{"Content-Length": {"0"}}, 0, ""},
		"a length alone":              {"HEAD", "200 OK", "Content-Length: 1234\r\n", "", http.Header{"Content-Length": {"1234"}}, 1234, ""},
		"not even a length":           {"HEAD", "200 OK", "Transfer-Encoding: chunked\r\n", "", http.Header{}, -1, ""},
		"no content":                  {"DELETE", "204 No Content", "ETag: \"a\"\r\n", "", http.Header{"Etag": {`"a"`}}, 0, ""},
		"a part":                      {"GET", "206 Partial Content", "Content-Range: bytes 0-3/9\r\nContent-Length: 4\r\n", "body", http.Header{"Content-Range": {"bytes 0-3/9"}, "Content-Length": {"4"}}, 4, "body"},
		"what the client has already": {"GET", "304 Not Modified", "ETag: W/\"a\"\r\nCache-Control: max-age=1\r\n", "", http.Header{"Etag": {`W/"a"`}, "Cache-Control": {"max-age=1"}}, 0, ""},
		"somewhere else":              {"GET", "302 Found", "Location: /there\r\nContent-Length: 0\r\n", "", http.Header{"Location": {"/there"}, "Content-Length": {"0"}}, 0, ""},
		"a refusal":                   {"GET", "418 Whatever", "Content-Length: 3\r\n", "tea", http.Header{"Content-Length": {"3"}}, 3, "tea"},
		"until the connection ends":   {"GET", "200 OK", "", "body", http.Header{}, -1, "body"},
		"what is for one hop": {
			"GET", "200 OK", "Connection: X-Hop, x-other\r\nConnection: keep-alive\r\nX-Hop: 1\r\nX-Other: 1\r\nKeep-Alive: 5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-End: 1\r\nContent-Length: 4\r\n", "body",
			http.Header{"X-End": {"1"}, "Content-Length": {"4"}},
			4, "body",
		},
		"fields of both": {
			"GET", "200 OK", "X-Request-ID: service\r\nVary: Accept\r\nContent-Length: 0\r\n", "",
			http.Header{"Vary": {"Origin", "Accept"}, "Content-Length": {"0"}},
			0, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for name, protocol := range protocols() {
				t.Run(name, func(t *testing.T) {
					g := &gateway{service: saying(t, fmt.Sprintf(head, tt.status, tt.header, tt.body))}
					server := open(t, g, protocol)
					res, body := fetch(t, server, get(t, server, tt.method))
					want := tt.want.Clone()
					want["X-Request-Id"] = []string{"gateway"}
					want["Date"], want["Server"] = []string{"Tue, 01 Jan 2030 00:00:00 GMT"}, []string{"other"}
					if want["Vary"] == nil {
						want["Vary"] = []string{"Origin"}
					}
					if diff := cmp.Diff(want, res.Header); diff != "" {
						t.Error(diff)
					}
					length := tt.length
					if protocol == 2 && res.Request.Method == "HEAD" && length < 0 {
						length = 0 // as its client says it
					}
					if !strings.HasPrefix(tt.status, res.Status[:3]) || body != tt.content || res.ContentLength != length && protocol == 1 {
						t.Errorf("got %s %q of length %d, want %s %q of %d", res.Status, body, res.ContentLength, tt.status, tt.content, length)
					}
					if err := g.outcome(t); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func TestTheServiceHearsWhatTheClientSaid(t *testing.T) {
	heard := make(chan string, 1)
	service := speaking(t, func(conn net.Conn, in *bufio.Reader, head string) {
		heard <- head
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	server := open(t, &gateway{service: service}, 1)
	c := dial(t, server)
	c.say("DELETE /a%2Fb?x=%zz&y HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\nX-Name: Zo\xeb\r\nAccept-Encoding: br\r\nx_user_ID: 1\r\n\r\n")
	c.head()
	want := "DELETE /a%2Fb?x=%zz&y HTTP/1.1\r\nHost: " + service + "\r\nContent-Length: 0\r\n" +
		"Accept-Encoding: br\r\nVia: 1.1 concierge\r\nX-Name: Zo\xeb\r\n\r\n"
	if got := receive(t, heard); got != want {
		t.Errorf("the service heard %q, want %q", got, want)
	}
}

func TestWhatHasComeIsSentBeforeMoreIsWaitedFor(t *testing.T) {
	for name, header := range map[string]string{
		"events":               "Content-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n",
		"chunks":               "Transfer-Encoding: chunked\r\n",
		"events of a length":   "Content-Type: Text/Event-Stream\r\nContent-Length: 10\r\n",
		"a body of any length": "Content-Length: 10\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for name, protocol := range protocols() {
				t.Run(name, func(t *testing.T) {
					heard := make(chan bool)
					g := &gateway{service: speaking(t, func(conn net.Conn, _ *bufio.Reader, _ string) {
						piece := "01234"
						if strings.Contains(header, "chunked") {
							piece = "5\r\n01234\r\n"
						}
						io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+header+"\r\n")
						if !strings.HasPrefix(header, "Content-Length") {
							<-heard // the header alone
						}
						io.WriteString(conn, piece)
						<-heard
						io.WriteString(conn, piece)
						if strings.Contains(header, "chunked") {
							io.WriteString(conn, "0\r\n\r\n")
						}
					})}
					server := open(t, g, protocol)
					res, err := server.Client().Transport.RoundTrip(get(t, server, "GET"))
					if err != nil {
						t.Fatal(err)
					}
					defer res.Body.Close()
					if !strings.HasPrefix(header, "Content-Length") {
						heard <- true
					}
					for i := range 2 {
						piece := make([]byte, 5)
						if _, err := io.ReadFull(res.Body, piece); err != nil || string(piece) != "01234" {
							t.Fatalf("heard %q, %v", piece, err)
						}
						if i == 0 {
							heard <- true
						}
					}
					if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
						t.Errorf("then %q, %v", rest, err)
					}
				})
			}
		})
	}
}

func TestAShortAnswerIsOneWrite(t *testing.T) {
	g := &gateway{service: saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")}
	open(t, g, 1)
	w := &countingWriter{ResponseRecorder: httptest.NewRecorder()}
	if err := g.serve(w, httptest.NewRequest("GET", "/", nil)); err != nil {
		t.Fatal(err)
	}
	if w.writes != 1 || w.flushes != 0 {
		t.Errorf("%d writes and %d flushes", w.writes, w.flushes)
	}
}

type countingWriter struct {
	*httptest.ResponseRecorder
	writes, flushes int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	return w.ResponseRecorder.Write(p)
}

func (w *countingWriter) FlushError() error {
	w.flushes++
	return nil
}

// An HTTP/2 server may send from what it was given after its Write has failed. Answers of others must not be in there then.
func TestWhatAWriterThatFailedWasGivenIsNotUsedAgain(t *testing.T) {
	text := strings.Repeat("a", 40_000)
	for name, rewrite := range map[string]func(io.Writer, io.Reader) error{"as it is": nil, "rewritten": upper} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{rewrite: rewrite, service: saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n"+text)}
			open(t, g, 1)
			failing := &retaining{ResponseRecorder: httptest.NewRecorder()}
			if err := g.serve(failing, httptest.NewRequest("GET", "/", nil)); err == nil {
				t.Fatal("it did not fail")
			}
			was := string(failing.given)
			g.service = saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n"+strings.Repeat("b", 40_000))
			for range 20 {
				if err := g.serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)); err != nil {
					t.Fatal(err)
				}
			}
			if got := string(failing.given); got != was || was == "" {
				t.Errorf("what it was given, %.20q, became %.20q", was, got)
			}
		})
	}
}

// retaining fails to write what it was given, and keeps it.
type retaining struct {
	*httptest.ResponseRecorder
	given []byte
}

func (r *retaining) Write(p []byte) (int, error) {
	r.given = p
	return 0, errors.New("the stream is closed")
}

func TestALargeBodyPassesBothWays(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			const size = 5 << 20
			for _, length := range []int64{size, -1} {
				g := &gateway{opts: Options{Stream: true}, service: serving(t, func(w http.ResponseWriter, r *http.Request) {
					if length > 0 {
						w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
					}
					if r.ContentLength != length {
						t.Errorf("the service is told %d, want %d", r.ContentLength, length)
					}
					http.NewResponseController(w).EnableFullDuplex()
					_, _ = io.Copy(w, r.Body)
				})}
				server := open(t, g, protocol)
				sent, heard := sha256.New(), sha256.New()
				source := io.LimitReader(io.TeeReader(counter{new(byte)}, sent), size)
				r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, source)
				if err != nil {
					t.Fatal(err)
				}
				r.ContentLength = length
				res, err := server.Client().Transport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(heard, res.Body)
				res.Body.Close()
				if err != nil || n != size || !bytes.Equal(sent.Sum(nil), heard.Sum(nil)) {
					t.Errorf("of %d bytes came %d, %v", size, n, err)
				}
			}
		})
	}
}

// counter is a body that is never the same for long.
type counter struct{ at *byte }

func (c counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = *c.at
		*c.at += 7
	}
	return len(p), nil
}

func TestTrailersPassBothWays(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			heard := make(chan http.Header, 1)
			g := &gateway{opts: Options{Stream: true}, service: serving(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Trailer", "X-Sum, X-Absent")
				w.Header().Set("Connection", "X-Hop")
				_, _ = io.Copy(w, r.Body)
				heard <- r.Trailer
				w.Header().Set("X-Sum", "announced")
				w.Header().Set(http.TrailerPrefix+"X-Late", "unannounced")
				w.Header().Set(http.TrailerPrefix+"X-Hop", "for one hop")
				w.Header().Set(http.TrailerPrefix+"Keep-Alive", "for one hop")
			})}
			server := open(t, g, protocol)
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, io.MultiReader(strings.NewReader("body")))
			if err != nil {
				t.Fatal(err)
			}
			r.Trailer = http.Header{"X-Request-Sum": {"sum"}, "X-User-Id": {"1"}, "X_user_id": {"1"}}
			res, body := fetch(t, server, r)
			if diff := cmp.Diff(http.Header{"X-Request-Sum": {"sum"}}, receive(t, heard)); diff != "" {
				t.Errorf("the service: %s", diff)
			}
			want := http.Header{"X-Sum": {"announced"}, "X-Late": {"unannounced"}, "X-Absent": nil}
			if diff := cmp.Diff(want, res.Trailer); diff != "" || body != "body" {
				t.Errorf("the client: %q %s", body, diff)
			}
		})
	}
}

func TestUnannouncedTrailersFollowAShortBody(t *testing.T) {
	g := &gateway{service: saying(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Late: 1\r\n\r\n")}
	c := dial(t, open(t, g, 1))
	c.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	has(t, c.head(), "Transfer-Encoding: chunked")
	if got := c.rest(); got != "4\r\nbody\r\n0\r\nX-Late: 1\r\n\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestAnAnswerThatBreaksOffNeverLooksWhole(t *testing.T) {
	for name, answer := range map[string]string{
		"with a length":   "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody",
		"in chunks":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		"within a chunk":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nbody",
		"with bad chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nzz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for name, protocol := range protocols() {
				t.Run(name, func(t *testing.T) {
					g := &gateway{service: saying(t, answer)}
					server := open(t, g, protocol)
					res, err := server.Client().Transport.RoundTrip(get(t, server, "GET"))
					if err == nil {
						_, err = io.ReadAll(res.Body)
						res.Body.Close()
					}
					if err == nil {
						t.Error("the client takes it for whole")
					}
					var broken *Error
					if err := g.outcome(t); !errors.As(err, &broken) || !broken.Sent || problem.KindOf(err) != problem.UpstreamError {
						t.Errorf("got %v", err)
					}
				})
			}
		})
	}
}

func TestAnAnswerThatBreaksOffBeforeItsBodyCanBeAnotherAnswer(t *testing.T) {
	g := &gateway{service: saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Secret: 1\r\n\r\n")}
	server := open(t, g, 1)
	res, body := fetch(t, server, get(t, server, "GET"))
	if res.StatusCode != http.StatusBadGateway || res.Header.Get("X-Secret") != "" || !strings.Contains(body, "UPSTREAM_ERROR") {
		t.Errorf("got %s %v %s", res.Status, res.Header, body)
	}
	var broken *Error
	if err := g.outcome(t); !errors.As(err, &broken) || broken.Sent {
		t.Errorf("got %v", err)
	}
}

func TestACallEndsWhenItsClientLeaves(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			gone := make(chan bool, 1)
			g := &gateway{service: serving(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusOK)
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
				gone <- true
			})}
			server := open(t, g, protocol)
			res, err := server.Client().Transport.RoundTrip(get(t, server, "GET"))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			receive(t, gone)
			var broken *Error
			if err := g.outcome(t); !errors.As(err, &broken) || !broken.Sent || problem.KindOf(err) != problem.Cancelled {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnAnswerMadeWithoutAServiceHasItsLength(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Access-Control-Allow-Origin", "https://shop.example")
	res := &http.Response{
		StatusCode: 200, Header: http.Header{"Access-Control-Allow-Origin": {"*"}, "X-Frame-Options": {"DENY"}}, ContentLength: 4, Body: io.NopCloser(strings.NewReader("body")),
	}
	if err := Relay(w, inbound(nil), res, nil); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Access-Control-Allow-Origin": {"https://shop.example"}, "X-Frame-Options": {"DENY"}, "Content-Length": {"4"}, "Content-Type": nil,
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Error(diff)
	}
}

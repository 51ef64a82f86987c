package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/listening/prepared"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestAnAnswerBeforeTheAnswerPassesWithoutWhatIsForOneHop(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			g := &gateway{service: saying(t, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\n"+
				"HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")}
			server := open(t, g, protocol)
			var early []http.Header
			r := get(t, server, "GET")
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
					if code != http.StatusEarlyHints {
						t.Errorf("got %d", code)
					}
					early = append(early, http.Header(header))
					return nil
				},
			}))
			res, body := fetch(t, server, r)
			want := []http.Header{{"Link": {"</a.css>"}}, {"Link": {"</b.css>"}}}
			if diff := cmp.Diff(want, early); diff != "" {
				t.Error(diff)
			}
			if res.StatusCode != 200 || body != "body" || res.Header.Get("X-Request-ID") != "gateway" || res.Header.Get("Link") != "" {
				t.Errorf("got %s %v %q", res.Status, res.Header, body)
			}
		})
	}
}

// taking is the writer of a server that takes what is prepared.
type taking struct {
	*httptest.ResponseRecorder

	list  prepared.List
	early []int // for each answer before the answer, how much stood beside its header
}

func (t *taking) Prepared() *prepared.List { return &t.list }

func (t *taking) WriteHeader(status int) {
	if status < http.StatusOK {
		t.early = append(t.early, len(t.list.All()))
	}
}

func TestWhatIsPreparedIsSaidOfTheAnswerAlone(t *testing.T) {
	out, err := Outgoing(inbound(http.Header{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &taking{ResponseRecorder: httptest.NewRecorder()}
	prepared.Set(w, prepared.New(http.Header{"X-Frame-Options": {"DENY"}}))
	_, err = Send(w, out, roundTrip(func(r *http.Request) (*http.Response, error) {
		sees, _ := r.Context().Value(attempt.EarlyKey{}).(attempt.Early)
		return nil, errors.Join(sees.Informational(http.StatusEarlyHints, nil), errors.New("broken"))
	}))
	if err == nil || !slices.Equal(w.early, []int{0}) || len(w.list.All()) != 1 {
		t.Errorf("%v, beside the early hints was %v, and %v is left", err, w.early, w.list.All())
	}
}

func TestAClientOfHTTP10GetsOneAnswer(t *testing.T) {
	g := &gateway{service: saying(t, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")}
	c := dial(t, open(t, g, 1))
	c.say("GET / HTTP/1.0\r\n\r\n")
	if got := c.rest(); !strings.HasPrefix(got, "HTTP/1.0 200 OK\r\n") || !strings.HasSuffix(got, "\r\n\r\nbody") {
		t.Errorf("got %q", got)
	}
}

func TestNobodyWritesToTheClientOnceTheCallIsOver(t *testing.T) {
	out, err := Outgoing(inbound(http.Header{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	late := make(chan func(), 1)
	_, err = Send(w, out, roundTrip(func(r *http.Request) (*http.Response, error) {
		sees, _ := r.Context().Value(attempt.EarlyKey{}).(attempt.Early)
		late <- func() { _ = sees.Informational(http.StatusEarlyHints, nil) }
		return nil, errors.New("broken")
	}))
	(<-late)() // of an attempt that nobody waits for
	if err == nil || w.Code != http.StatusOK {
		t.Errorf("%v, status %d", err, w.Code)
	}
}

func TestTheServiceDecidesWhetherABodyIsSent(t *testing.T) {
	const ask = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	t.Run("yes", func(t *testing.T) {
		asked := make(chan string, 1)
		g := &gateway{opts: Options{Stream: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, head string) {
			asked <- head
			io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
			body := make([]byte, 4)
			io.ReadFull(in, body)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"+string(body))
		})}
		c := dial(t, open(t, g, 1))
		c.say(ask)
		has(t, receive(t, asked), "Expect: 100-continue")
		c.hear("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
		c.say("bodyGET / HTTP/1.0\r\n\r\n")
		has(t, c.head(), "Content-Length: 4", "X-Request-Id: gateway")
		c.hear("body")
	})
	t.Run("no", func(t *testing.T) {
		g := &gateway{opts: Options{Stream: true}, service: saying(t, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")}
		c := dial(t, open(t, g, 1))
		c.say(ask)
		head := c.head()
		if !strings.HasPrefix(head, "HTTP/1.1 413 ") {
			t.Errorf("got %q", head)
		}
		has(t, head, "Connection: close")
		c.Conn.(*net.TCPConn).CloseWrite()
		if got := c.rest(); got != "no" {
			t.Errorf("then %q", got)
		}
	})
	t.Run("it is not asked", func(t *testing.T) {
		asked := make(chan string, 1)
		g := &gateway{service: speaking(t, func(conn net.Conn, in *bufio.Reader, head string) {
			asked <- head
			io.ReadFull(in, make([]byte, 4))
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		})}
		c := dial(t, open(t, g, 1))
		c.say(ask)
		c.hear("HTTP/1.1 100 Continue\r\n\r\n")
		c.say("body")
		if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 204 ") {
			t.Errorf("got %q", head)
		}
		hasNot(t, receive(t, asked), "expect")
	})
}

// A 103 may come while the gateway asks for the body, and both are written to the same connection.
func TestEarlyHintsAndTheQuestionForTheBodyDoNotMix(t *testing.T) {
	g := &gateway{service: speaking(t, func(conn net.Conn, in *bufio.Reader, _ string) {
		io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
		io.ReadFull(in, make([]byte, 4))
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})}
	server := open(t, g, 1)
	for range 50 {
		c := dial(t, server)
		c.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
		first, second := c.head(), c.head()
		if first > second {
			first, second = second, first
		}
		if first != "HTTP/1.1 100 Continue\r\n\r\n" || second != "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" {
			t.Fatalf("got %q and %q", first, second)
		}
		c.say("body")
		if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 204 ") {
			t.Errorf("got %q", head)
		}
		c.Close()
	}
}

func TestAnAnswerThatComesBeforeTheEndOfTheBodyIsNotHeldUp(t *testing.T) {
	g := &gateway{opts: Options{Stream: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, _ string) {
		in.Peek(4)
		io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
		io.Copy(io.Discard, in) // until the gateway gives up
	})}
	c := dial(t, open(t, g, 1))
	c.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbody")
	head := c.head()
	has(t, head, "Connection: close", "Content-Length: 2")
	c.hear("no")
	// What follows is the rest of the body, and no request.
	c.say(strings.Repeat("x", 50) + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
	c.Conn.(*net.TCPConn).CloseWrite()
	if rest := c.rest(); rest != "" {
		t.Errorf("then %q", rest)
	}
}

func TestBothSidesMaySpeakAtOnce(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			g := &gateway{opts: Options{Stream: true}, service: serving(t, func(w http.ResponseWriter, r *http.Request) {
				controller := http.NewResponseController(w)
				controller.EnableFullDuplex()
				piece := make([]byte, 4)
				for {
					if _, err := io.ReadFull(r.Body, piece); err != nil {
						return
					}
					w.Write(piece)
					controller.Flush()
				}
			})}
			server := open(t, g, protocol)
			source, sink := io.Pipe()
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, source)
			if err != nil {
				t.Fatal(err)
			}
			go io.WriteString(sink, "ping")
			res, err := server.Client().Transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			for range 3 {
				piece := make([]byte, 4)
				if _, err := io.ReadFull(res.Body, piece); err != nil || string(piece) != "ping" {
					t.Fatalf("heard %q, %v", piece, err)
				}
				io.WriteString(sink, "ping")
			}
			sink.Close()
			if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "ping" {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func TestAConnectionIsUsedAgainWhenTheBodyWasRead(t *testing.T) {
	g := &gateway{opts: Options{Stream: true}, service: serving(t, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })}
	c := dial(t, open(t, g, 1))
	for range 3 {
		c.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
		hasNot(t, c.head(), "Connection")
		c.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")
		hasNot(t, c.head(), "Connection")
	}
}

func TestABufferedBodyLeavesTheConnectionOpen(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("body"))
	out, err := Outgoing(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	SetBody(out, []byte("other"))
	w := httptest.NewRecorder()
	if _, err := Send(w, out, roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.EOF })); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	if got := w.Header().Get("Connection"); got != "" {
		t.Errorf("Connection: %s", got)
	}
}

func TestAClientThatBreaksOffIsToBlame(t *testing.T) {
	for name, body := range map[string]string{
		"with a length": "Content-Length: 100\r\n\r\nbody",
		"in chunks":     "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		"bad chunks":    "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nzz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan error, 1)
			g := &gateway{opts: Options{Stream: true}, service: serving(t, func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				ended <- err
			})}
			server := open(t, g, 1)
			judged := make(chan error, 1)
			inner := g.next
			g.next = roundTrip(func(r *http.Request) (*http.Response, error) {
				res, err := inner.RoundTrip(r)
				judged <- r.Context().Err()
				return res, err
			})
			c := dial(t, server)
			c.say("POST / HTTP/1.1\r\nHost: a\r\n" + body)
			c.Conn.(*net.TCPConn).CloseWrite()
			if err := g.outcome(t); problem.KindOf(err) != problem.BadInput && problem.KindOf(err) != problem.Cancelled {
				t.Errorf("got %v", err)
			}
			if err := receive(t, judged); err == nil {
				t.Error("the transport takes it for the service's fault")
			}
			if err := receive(t, ended); err == nil {
				t.Error("the service takes the body for whole")
			}
		})
	}
}

func TestARequestOfSomebodyElseIsSentAsItIs(t *testing.T) {
	r, _ := http.NewRequestWithContext(context.Background(), "GET", "http://a/", nil)
	want := new(http.Response)
	got, err := Send(httptest.NewRecorder(), r, roundTrip(func(*http.Request) (*http.Response, error) { return want, nil }))
	if got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAServiceThatCannotBeReachedIsTheTransportsToTell(t *testing.T) {
	broken := errors.New("broken")
	out, err := Outgoing(inbound(http.Header{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Send(httptest.NewRecorder(), out, roundTrip(func(*http.Request) (*http.Response, error) { return nil, broken })); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// HTTP/2's transport waits for whoever reads the upload when the body of an answer is closed.
func TestAnAnswerByHTTP2ThatComesBeforeTheEndOfTheBodyIsNotHeldUp(t *testing.T) {
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, len("some")))
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(w, r.Proto)
	}))
	service.EnableHTTP2 = true
	service.StartTLS()
	t.Cleanup(service.Close)
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			g := &gateway{opts: Options{Stream: true}, service: service.Listener.Addr().String()}
			server := open(t, g, protocol)
			g.next = secure{service.Client().Transport}
			body, say := io.Pipe()
			t.Cleanup(func() { say.Close() })
			go io.WriteString(say, "some") // and no more before the answer
			r := get(t, server, http.MethodPut)
			r.Body = body
			if res, text := fetch(t, server, r); res.StatusCode != http.StatusRequestEntityTooLarge || text != "HTTP/2.0" {
				t.Errorf("the answer is %s %q", res.Status, text)
			}
		})
	}
}

// secure sends requests by HTTPS.
type secure struct{ http.RoundTripper }

func (s secure) RoundTrip(r *http.Request) (*http.Response, error) {
	r.URL.Scheme = "https"
	return s.RoundTripper.RoundTrip(r)
}

package framing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/problem"
)

// patience is how long a test waits for what must come. Nobody waits so long unless something is broken.
const patience = 20 * time.Second

// guarded is a server behind a guard.
type guarded struct {
	guard   *Guard
	metrics *prometheus.Registry
	server  *http.Server
	address string
}

func newGuarded(handler http.Handler, settings Settings) *guarded {
	g := &guarded{metrics: prometheus.NewRegistry()}
	g.guard = New(settings, g.metrics, slog.New(slog.DiscardHandler))
	g.server = &http.Server{Handler: answering(handler), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	g.guard.Attach(g.server)
	return g
}

// serve answers on a socket until the test ends.
func serve(t testing.TB, handler http.Handler) *guarded {
	t.Helper()
	g := newGuarded(handler, Settings{MaxHeader: limit})
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.serveOn(t, g.guard.Listen(inner))
	return g
}

func (g *guarded) serveOn(t testing.TB, l net.Listener) {
	t.Helper()
	g.address = l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- g.server.Serve(l) }()
	t.Cleanup(func() {
		_ = g.server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// answering answers what was refused, as the gateway does.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, ok := Refused(r.Context()); ok {
			problem.Write(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// echo answers with what it was asked.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		problem.Write(w, err)
		return
	}
	_, _ = fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, content)
})

func (g *guarded) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// answersOn reads everything that comes until the connection is closed, as "status body".
func answersOn(t testing.TB, conn io.Reader) (all []string) {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return all
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("after %q: %v", all, err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatalf("after %q: %v", all, err)
		}
		if res.Header.Get("Content-Type") == problem.ContentType {
			all = append(all, fmt.Sprint(res.StatusCode, " problem"))
			continue
		}
		all = append(all, fmt.Sprint(res.StatusCode, " ", string(body)))
	}
}

func ask(t testing.TB, conn io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

const (
	get     = "GET /get HTTP/1.1\r\nHost: test\r\n\r\n"
	last    = "GET /last HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
	post    = "POST /post HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"
	chunked = "POST /chunks HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
	bad     = "GET /bad HTTP/1.1\nHost: test\r\n\r\n"
)

func TestRequestsAreAnsweredInOrder(t *testing.T) {
	const gotGet, gotPost, gotLast, gotChunks = `200 GET /get ""`, `200 POST /post "hello"`, `200 GET /last ""`, `200 POST /chunks "hello"`
	const refused = "400 problem"
	g := serve(t, echo)
	for name, c := range map[string]struct {
		sent string
		want []string
	}{
		"one":                              {last, []string{gotLast}},
		"several at once":                  {get + post + get + last, []string{gotGet, gotPost, gotGet, gotLast}},
		"chunks":                           {chunked + "2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\n\r\n" + last, []string{gotChunks, gotLast}},
		"chunks with trailers":             {chunked + "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n" + last, []string{gotChunks, gotLast}},
		"an empty line behind a form":      {post + "\r\n" + last, []string{gotPost, gotLast}},
		"two empty lines":                  {post + "\r\n\r\n" + last, []string{gotPost, refused}},
		"a bad one":                        {bad + last, []string{refused}},
		"a bad one behind good ones":       {get + post + bad + last, []string{gotGet, gotPost, refused}},
		"a bad size":                       {chunked + "5\r\nhello\r\n+0\r\n\r\n" + last, []string{refused}},
		"a bad size at first":              {chunked + "5\nhello\r\n0\r\n\r\n" + last, []string{refused}},
		"a bad end of a chunk":             {chunked + "5\r\nhello0\r\n\r\n" + last, []string{refused}},
		"a bad trailer":                    {chunked + "5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n" + last, []string{refused}},
		"a bad trailer behind a good one":  {get + chunked + "0\r\nX: y\r\nX : y\r\n\r\n" + last, []string{gotGet, refused}},
		"far too much":                     {strings.Repeat("x", 64<<10), []string{"431 problem"}},
		"a bad one before a lot":           {bad + strings.Repeat(get, 1000), []string{refused}},
		"a request in a bad one's content": {strings.Replace(chunked, "Transfer-Encoding", "Content-Length: 40\r\nTransfer-Encoding", 1) + "0\r\n\r\n" + last, []string{refused}},
		"nothing":                          {"", nil},
		"half a request":                   {"GET / HTTP/1.1\r\nHo", nil},
	} {
		t.Run(name, func(t *testing.T) {
			for manner, send := range map[string]func(io.Writer) error{
				"at once": func(w io.Writer) error { _, err := io.WriteString(w, c.sent); return err },
				"byte by byte": func(w io.Writer) error {
					_, err := io.Copy(struct{ io.Writer }{w}, iotest.OneByteReader(strings.NewReader(c.sent)))
					return err
				},
			} {
				if len(c.sent) > 4<<10 && manner == "byte by byte" {
					continue
				}
				conn := g.dial(t)
				sent := make(chan error, 1)
				go func() {
					err := send(conn)
					_ = conn.(*net.TCPConn).CloseWrite()
					sent <- err
				}()
				if diff := cmp.Diff(c.want, answersOn(t, conn)); diff != "" {
					t.Errorf("the answers, sent %s (-want +got):\n%s", manner, diff)
				}
				<-sent // what is sent after the end may fail
			}
		})
	}
}

// However a handler treats the content, what is behind it is never answered.
func TestNothingBehindBadContentIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		want   []string
	}{
		"it is not read": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, []string{"404 "}},
		"the answer begins before": {func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprint(w, problem.KindOf(err) == problem.BadInput)
		}, []string{"200 true"}},
		"it is read after the answer": {func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex()
			_ = http.NewResponseController(w).Flush()
			_, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprint(w, problem.KindOf(err) == problem.BadInput, r.Context().Err())
		}, []string{"200 true <nil>"}},
	} {
		for place, content := range map[string]string{
			"size":    "5\r\nhello\r\n5 \r\nhello\r\n0\r\n\r\n",
			"end":     "5\r\nhello\n0\r\n\r\n",
			"trailer": "5\r\nhello\r\n0\r\nHost: other\r\n\r\n",
		} {
			t.Run(name+", "+place, func(t *testing.T) {
				g := serve(t, c.handle)
				conn := g.dial(t)
				ask(t, conn, chunked+content+get+get)
				if diff := cmp.Diff(c.want, answersOn(t, conn)); diff != "" {
					t.Errorf("the answers (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	g := serve(t, echo)
	for _, sent := range []string{bad, bad, chunked + "x\r\n"} {
		conn := g.dial(t)
		ask(t, conn, sent)
		answersOn(t, conn)
	}
	want := `
		# HELP concierge_framing_refused_total HTTP/1 requests refused because their bytes can be read in more than one way, by what was wrong with them.
		# TYPE concierge_framing_refused_total counter
		concierge_framing_refused_total{reason="bare_lf"} 2
		concierge_framing_refused_total{reason="chunk_size"} 1
	`
	zeros := new(strings.Builder)
	for r := none + 1; r < reasons; r++ {
		if r != bareLF && r != chunkSize {
			_, _ = fmt.Fprintf(zeros, "concierge_framing_refused_total{reason=%q} 0\n", r.words().label)
		}
	}
	if err := testutil.GatherAndCompare(g.metrics, strings.NewReader(want+zeros.String())); err != nil {
		t.Error(err)
	}
}

// A handler sees nothing of a refused request, and no request can be made to look like one.
func TestARefusedRequestShowsNothing(t *testing.T) {
	var seen []string
	metrics := prometheus.NewRegistry()
	guard := New(Settings{MaxHeader: limit}, metrics, slog.New(slog.DiscardHandler))
	handler := guard.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, refused := Refused(r.Context())
		seen = append(seen, fmt.Sprint(r.Method, " ", r.URL, " ", r.RequestURI, " ", r.Host, " ", r.Header, " ", refused))
	}))
	for _, target := range []string{
		guard.secret + "02", guard.secret + "99", guard.secret + "0x", guard.secret + "2",
		"/" + strings.Repeat("0", len(guard.secret)-2) + "/02",
	} {
		r := newRequest(t, target)
		handler.ServeHTTP(recorder{}, r)
	}
	for i, got := range seen {
		if want := i == 0; strings.HasSuffix(got, "true") != want {
			t.Errorf("target %d is taken for a refusal: %t (%s)", i, !want, got)
		}
	}
	if want := "GET / /  map[] true"; seen[0] != want {
		t.Errorf("the handler sees %q, want %q", seen[0], want)
	}
	other := New(Settings{MaxHeader: limit}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if other.secret == guard.secret {
		t.Error("two guards have the same secret")
	}
}

func newRequest(t *testing.T, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = target
	return r
}

type recorder struct{}

func (recorder) Header() http.Header         { return make(http.Header) }
func (recorder) Write(b []byte) (int, error) { return len(b), nil }
func (recorder) WriteHeader(int)             {}

// While a handler works, net/http reads one byte ahead to see whether the client leaves. What the guard holds then must not be lost,
// and must not pass for a client that has left.
func TestHalfARequestThatComesDuringAnAnswerIsCompletedLater(t *testing.T) {
	goOn, begun := make(chan bool), make(chan bool)
	g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- true
			<-goOn
		}
		_, _ = fmt.Fprint(w, r.URL.Path, r.Context().Err())
	}))
	conn := g.dial(t)
	half := len(last) / 2
	ask(t, conn, strings.Replace(get, "/get", "/slow", 1)+last[:half])
	<-begun
	ask(t, conn, last[half:half+3])
	goOn <- true
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(res.Body); string(body) != "/slow<nil>" {
		t.Errorf("the first answer is %q", body)
	}
	ask(t, conn, last[half+3:])
	if diff := cmp.Diff([]string{"200 /last<nil>"}, answersOn(t, conn)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}

func TestAHandlerLearnsThatTheClientLeft(t *testing.T) {
	for name, sent := range map[string]string{"a request": get, "a request and half of another": get + get[:7]} {
		t.Run(name, func(t *testing.T) {
			begun, gone := make(chan bool), make(chan error, 1)
			g := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				begun <- true
				<-r.Context().Done()
				gone <- r.Context().Err()
			}))
			conn := g.dial(t)
			ask(t, conn, sent)
			<-begun
			_ = conn.Close()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("the context ended with %v", err)
			}
		})
	}
}

// large is more than the buffers of a connection hold.
var large = strings.Repeat("0123456789abcdef", 256<<10)

func TestLargeContentPassesUnchanged(t *testing.T) {
	g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprint(w, err, " ", string(got) == large)
	}))
	for name, body := range map[string]io.Reader{"with a length": strings.NewReader(large), "in chunks": io.MultiReader(strings.NewReader(large))} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+g.address, body)
			if err != nil {
				t.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got, _ := io.ReadAll(res.Body); string(got) != "<nil> true" {
				t.Errorf("the handler says %q", got)
			}
		})
	}
}

// net/http gives a connection up whose content it does not want to read to its end. It tells so by the type of the content, so
// nobody may change that.
func TestContentThatIsLeftUnreadEndsTheConnection(t *testing.T) {
	const given = 256 << 10 // that net/http reads by itself
	g := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = fmt.Fprint(w, r.URL)
		_ = http.NewResponseController(w).Flush()
	}))
	content := strings.Repeat("x", given) + get
	conn := g.dial(t)
	go func() {
		_, _ = fmt.Fprintf(conn, "%s%x\r\n%s\r\n0\r\n\r\n%s", chunked, len(content), content, last)
	}()
	if diff := cmp.Diff([]string{"200 /chunks"}, answersOn(t, conn)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}

// The answer to a refused request reaches a client that has a lot more to send.
func TestARefusalReachesAClientThatStillSends(t *testing.T) {
	g := serve(t, echo)
	for name, sent := range map[string]string{"header": bad, "content": chunked + "x\r\n"} {
		t.Run(name, func(t *testing.T) {
			conn := g.dial(t)
			go func() { _, _ = io.WriteString(conn, sent+large) }()
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusBadRequest || !res.Close {
				t.Errorf("it is answered with %d, and the connection is closed: %t", res.StatusCode, res.Close)
			}
		})
	}
}

// takeOver answers an upgrade and gives back what comes then; with no, it stays with HTTP.
var takeOver = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "no" || r.Method != http.MethodConnect && r.Header.Get("Upgrade") == "" {
		echo(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		problem.Write(w, err)
		return
	}
	defer conn.Close()
	_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
	_ = rw.Flush()
	var nine [9]byte
	_, _ = io.ReadFull(rw, nine[:])
	_, _ = conn.Write(nine[:])
})

func TestWhatComesAfterAnUpgradeIsNotJudged(t *testing.T) {
	const ask101 = "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n"
	const no101 = "GET /no HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: no\r\n\r\n"
	const connect = "CONNECT test:1 HTTP/1.1\r\nHost: test:1\r\n\r\n"
	const frames = "\x81\x00\n\n\x00 \r\x00\xff"
	g := serve(t, takeOver)
	for name, c := range map[string]struct {
		sent, later string
		want        []string
	}{
		"it comes later":                       {ask101, frames, []string{"200 " + frames}},
		"it comes early":                       {ask101 + frames, "", []string{"200 " + frames}},
		"some of it comes early":               {ask101 + frames[:4], frames[4:], []string{"200 " + frames}},
		"behind another request":               {get + ask101 + frames, "", []string{`200 GET /get ""`, "200 " + frames}},
		"behind CONNECT":                       {connect + frames, "", []string{"200 " + frames}},
		"behind content":                       {strings.Replace(ask101, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nabc", 1) + frames, "", []string{"200 " + frames}},
		"the handler stays with HTTP":          {no101 + last, "", []string{`200 GET /no ""`, `200 GET /last ""`}},
		"it stays, and a bad request comes":    {no101 + bad + last, "", []string{`200 GET /no ""`, "400 problem"}},
		"it stays, and an upgrade comes then":  {no101 + get + ask101 + frames, "", []string{`200 GET /no ""`, `200 GET /get ""`, "200 " + frames}},
		"it stays, and no request comes later": {no101, last, []string{`200 GET /no ""`, `200 GET /last ""`}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := g.dial(t)
			ask(t, conn, c.sent)
			if c.later != "" {
				r := bufio.NewReader(conn)
				if _, err := r.Peek(20); err != nil {
					t.Fatal(err)
				}
				ask(t, conn, c.later)
				if diff := cmp.Diff(c.want, answersOn(t, r)); diff != "" {
					t.Errorf("the answers (-want +got):\n%s", diff)
				}
				return
			}
			if diff := cmp.Diff(c.want, answersOn(t, conn)); diff != "" {
				t.Errorf("the answers (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that sends without end before it knows what the other side speaks is not held for ever.
func TestTooMuchBeforeTheAnswerToAnUpgradeEndsTheRequest(t *testing.T) {
	ended := make(chan error, 1)
	g := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		ended <- r.Context().Err()
	}))
	conn := g.dial(t)
	go func() { _, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: test\r\n\r\n"+large) }()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the request goes on")
	}
}

// pipes is a listener of connections within the process, which a bubble's clock can run.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) Close() error   { close(p.closed); return nil }

func TestASlowHeaderSectionIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		before string        // sent at once
		slow   time.Duration // how long the handler of /slow takes
		then   string        // sent when the answers to before are there, or at once where one is slow
		want   time.Duration // when the connection is closed
	}{
		"the first":                           {"", 0, get[:5], 5 * time.Second},
		"a later one":                         {get, 0, get[:5], 5 * time.Second},
		"a later one, whose end is missing":   {get, 0, get[:len(get)-1], 5 * time.Second},
		"none that is later":                  {get, 0, "", time.Minute},
		"one that began during a slow answer": {strings.Replace(get, "/get", "/slow", 1), 20 * time.Second, get[:5], 25 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGuarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/slow" {
						time.Sleep(c.slow)
					}
					_, _ = fmt.Fprint(w, r.Context().Err())
				}), Settings{MaxHeader: limit, HeaderTimeout: 5 * time.Second})
				g.server.ReadHeaderTimeout, g.server.IdleTimeout = 5*time.Second, time.Minute
				l := &pipes{make(chan net.Conn), make(chan struct{})}
				served := make(chan error)
				go func() { served <- g.server.Serve(g.guard.Listen(l)) }()
				client, server := net.Pipe()
				begun := time.Now()
				l.conns <- server
				r := bufio.NewReader(client)
				answer := func() {
					res, err := http.ReadResponse(r, nil)
					if err != nil {
						t.Fatal(err)
					}
					if body, _ := io.ReadAll(res.Body); string(body) != "<nil>" {
						t.Errorf("the answer is %s", body)
					}
				}
				ask(t, client, c.before)
				if c.before != "" && c.slow == 0 {
					answer()
				}
				ask(t, client, c.then)
				if c.slow > 0 {
					answer()
				}
				if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
					t.Errorf("then came %q and %v", rest, err)
				}
				if got := time.Since(begun); got != c.want {
					t.Errorf("the connection is closed after %v, want %v", got, c.want)
				}
				_ = g.server.Close()
				<-served
			})
		})
	}
}

// A header section's time does not run into the time for content, and a slow client's content takes what the server allows.
func TestTheTimeOfAHeaderSectionEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded(echo, Settings{MaxHeader: limit, HeaderTimeout: 5 * time.Second})
		g.server.ReadHeaderTimeout, g.server.ReadTimeout, g.server.IdleTimeout = 5*time.Second, 30*time.Second, time.Minute
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error)
		go func() { served <- g.server.Serve(g.guard.Listen(l)) }()
		client, server := net.Pipe()
		l.conns <- server
		at := strings.Index(post, "hello")
		go func() {
			for _, part := range []string{post[:9], post[9:at], post[at : at+2], post[at+2:], last} {
				_, _ = io.WriteString(client, part)
				time.Sleep(4 * time.Second)
			}
			for _, part := range []string{post[:9], post[9 : at+1], post[at+1:]} { // the connection is closed by now
				_, _ = io.WriteString(client, part)
			}
		}()
		want := []string{`200 POST /post "hello"`, `200 GET /last ""`}
		if diff := cmp.Diff(want, answersOn(t, client)); diff != "" {
			t.Errorf("the answers (-want +got):\n%s", diff)
		}
		_ = g.server.Close()
		<-served
		time.Sleep(time.Minute)
	})
}

// A connection that is idle holds no memory of the guard's.
func TestAnIdleConnectionHoldsNothing(t *testing.T) {
	guard := New(Settings{MaxHeader: limit}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	client, server := net.Pipe()
	defer client.Close()
	c := guard.watch(server)
	go func() {
		for _, part := range []string{get[:3], get[3:], get + get[:9], get[9:]} {
			_, _ = io.WriteString(client, part)
		}
	}()
	got, buffer := "", make([]byte, 7)
	for len(got) < 3*len(get) {
		n, err := c.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buffer[:n])
	}
	if got != get+get+get || c.held.bytes != nil || c.held.block != nil {
		t.Errorf("after %q it holds %d bytes", got, cap(c.held.bytes))
	}
}

// replay is a connection on which the same request comes again and again, each after the answer to the one before.
type replay struct {
	net.Conn
	request string
	at      int
	left    int
	aborted chan bool
	closed  chan bool
}

// Read gives some of the request. Reads of one byte are net/http's, to see whether the client leaves: they wait to be interrupted.
func (r *replay) Read(p []byte) (int, error) {
	switch {
	case len(p) == 1:
		<-r.aborted
		return 0, os.ErrDeadlineExceeded
	case r.left == 0:
		return 0, io.EOF
	}
	n := copy(p, r.request[r.at:])
	r.at += n
	if r.at == len(r.request) {
		r.at = 0
		r.left--
	}
	return n, nil
}

func (r *replay) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		r.aborted <- true
	}
	return nil
}

func (r *replay) Write(p []byte) (int, error)      { return len(p), nil }
func (r *replay) Close() error                     { close(r.closed); return nil }
func (r *replay) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (r *replay) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (r *replay) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkServer is net/http's own loop, with the guard and without.
func BenchmarkServer(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	withContent := strings.Replace(browserRequest, "GET", "POST", 1)
	withContent = strings.Replace(withContent, "\r\n\r\n", "\r\nContent-Length: 1000\r\n\r\n", 1) + strings.Repeat("x", 1000)
	for kind, request := range map[string]string{"GET": browserRequest, "POST": withContent} {
		for _, with := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/guard=%t", kind, with), func(b *testing.B) {
				g := newGuarded(handler, Settings{MaxHeader: limit})
				l := &pipes{make(chan net.Conn), make(chan struct{})}
				conn := &replay{request: request, left: b.N, aborted: make(chan bool), closed: make(chan bool)}
				go func() {
					if with {
						_ = g.server.Serve(g.guard.Listen(l))
						return
					}
					g.server.Handler, g.server.ConnState, g.server.ConnContext = handler, nil, nil
					_ = g.server.Serve(l)
				}()
				b.ReportAllocs()
				b.ResetTimer()
				l.conns <- conn
				<-conn.closed
				b.StopTimer()
				_ = g.server.Close()
			})
		}
	}
}

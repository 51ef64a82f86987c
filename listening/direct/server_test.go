package direct_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/listening"
)

// told answers with the path that was asked for.
var told = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, r.URL.Path+string(body))
})

// next reads the next answer of a connection.
func next(t testing.TB, reader *bufio.Reader) string {
	t.Helper()
	res, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// ends waits until the other side has closed a connection.
func ends(t testing.TB, reader io.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
		t.Errorf("the connection ends with %q, %v, want it to be closed", rest, err)
	}
}

const (
	post    = "POST /post HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"
	chunked = "POST /chunks HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
)

func TestRequestsThatComeTogetherAreAnsweredOneAfterTheOther(t *testing.T) {
	d := open(t, true, generous(), told)
	conn := d.dial(t)
	ask(t, conn, post+"\r\n"+get+post+get+last)
	reader := bufio.NewReader(conn)
	var got []string
	for range 5 {
		got = append(got, next(t, reader))
	}
	if diff := cmp.Diff([]string{"/posthello", "/get", "/posthello", "/get", "/last"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ends(t, reader)
}

func TestARequestThatIsNotSimpleTakesItsConnectionAlong(t *testing.T) {
	for reason, unusual := range map[string]string{
		"content":     chunked,
		"refused":     "GET /bad HTTP/1.1\nHost: test\r\n\r\n",
		"upgrade":     "GET /get HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
		"old_version": "GET /get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"expectation": "POST /post HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"target":      "GET http://test/get HTTP/1.1\r\nHost: test\r\n\r\n",
	} {
		for name, apart := range map[string]bool{"apart": true, "together": false} {
			t.Run(reason+", "+name, func(t *testing.T) {
				d := open(t, true, generous(), told)
				conn := d.dial(t)
				reader := bufio.NewReader(conn)
				first := get
				if apart {
					ask(t, conn, get)
					_ = next(t, reader)
					first = ""
				}
				ask(t, conn, first+unusual+get+last)
				all, _ := io.ReadAll(reader) // what is behind a refused request may end the connection with a reset
				if n := strings.Count(string(all), " 200 OK") + strings.Count(string(all), " 400 "); reason == "refused" && n == 0 || reason != "refused" && n < 3 {
					t.Errorf("got %q, want all answers", all)
				}
				if d.handed(t, reason) != 1 {
					t.Error("the connection was not handed over")
				}
			})
		}
	}
}

func TestAClientThatLeavesEndsItsRequestsContext(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan error, 1)
	d := open(t, true, generous(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(begun)
		select {
		case <-r.Context().Done():
			ended <- nil
		case <-time.After(patience):
			ended <- errors.New("nobody has noticed")
		}
	}))
	conn := d.dial(t)
	ask(t, conn, post)
	<-begun
	_ = conn.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAClientThatWaitsHasNotLeft(t *testing.T) {
	d := open(t, true, generous(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const looks = 300 * time.Millisecond
		select {
		case <-r.Context().Done():
			t.Error("its context has ended")
		case <-time.After(looks):
		}
		_, _ = io.WriteString(w, "x")
	}))
	for name, more := range map[string]string{"one": "", "of two": last} {
		t.Run(name, func(t *testing.T) {
			conn := d.dial(t)
			ask(t, conn, get+more)
			reader := bufio.NewReader(conn)
			for range strings.Count(get+more, "\r\n\r\n") {
				if got := next(t, reader); got != "x" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

func TestAContextEndsWithItsRequest(t *testing.T) {
	contexts := make(chan context.Context, 1)
	d := open(t, true, generous(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { contexts <- r.Context() }))
	conn := d.dial(t)
	ask(t, conn, get)
	_ = next(t, bufio.NewReader(conn))
	if err := (<-contexts).Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("it is %v, want it canceled", err)
	}
}

func TestAPanicEndsItsConnectionAndIsLogged(t *testing.T) {
	d := open(t, true, generous(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/get" {
			panic("oh dear")
		}
		panic(http.ErrAbortHandler)
	}))
	for _, request := range []string{get, last} {
		conn := d.dial(t)
		ask(t, conn, request)
		ends(t, conn)
	}
	if text := d.log.String(); strings.Count(text, "panic serving") != 1 || !strings.Contains(text, "oh dear") {
		t.Errorf("the log says %q, want one panic", text)
	}
}

func TestWhoIsSlowIsGivenUp(t *testing.T) {
	const short = 500 * time.Millisecond
	for name, c := range map[string]struct {
		bounds func() (header, body, write, idle time.Duration)
		said   string
		want   string
	}{
		"who says nothing": {func() (h, b, w, i time.Duration) { return short, patience, patience, patience }, "", ""},
		"in the head":      {func() (h, b, w, i time.Duration) { return short, patience, patience, patience }, "GET / HT", ""},
		"in a later head":  {func() (h, b, w, i time.Duration) { return short, patience, patience, patience }, get + "GET / HT", "/get"},
		"in the content": {
			func() (h, b, w, i time.Duration) { return patience, short, patience, patience }, strings.TrimSuffix(post, "lo"), "i/o timeout\n",
		},
		"between requests": {func() (h, b, w, i time.Duration) { return patience, patience, patience, short }, get, "/get"},
	} {
		t.Run(name, func(t *testing.T) {
			bounds := generous()
			bounds.Header, bounds.Body, bounds.Write, bounds.Idle = c.bounds()
			d := open(t, true, bounds, told)
			conn := d.dial(t)
			ask(t, conn, c.said)
			reader := bufio.NewReader(conn)
			if c.want != "" {
				if got := next(t, reader); !strings.HasSuffix(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
			ends(t, reader)
		})
	}
}

func TestWhoDoesNotReadIsGivenUp(t *testing.T) {
	bounds := generous()
	bounds.Write = 50 * time.Millisecond
	failed := make(chan error, 1)
	d := open(t, true, bounds, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		some := make([]byte, 1<<20)
		for {
			if _, err := w.Write(some); err != nil {
				failed <- errors.Join(err, r.Context().Err())
				return
			}
		}
	}))
	conn := d.dial(t)
	ask(t, conn, get)
	err := <-failed
	timeout, ok := errors.AsType[net.Error](err)
	if !ok || !timeout.Timeout() || !errors.Is(err, context.Canceled) {
		t.Errorf("writing failed by %v, want a timeout and an ended context", err)
	}
}

func TestASlowClientOfAKeptConnectionHasAllOfItsTime(t *testing.T) {
	bounds := generous()
	bounds.Header, bounds.Idle = time.Second, patience
	d := open(t, true, bounds, told)
	conn := d.dial(t)
	reader := bufio.NewReader(conn)
	for range 3 {
		ask(t, conn, get)
		if got := next(t, reader); got != "/get" {
			t.Errorf("got %q", got)
		}
		<-time.After(1200 * time.Millisecond) // longer than a head may take
	}
}

// held is a handler whose answers wait.
type held struct{ begun, release chan struct{} }

func newHeld() held { return held{make(chan struct{}), make(chan struct{})} }

// ServeHTTP answers /wait once it is released, and everything else at once.
func (h held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/wait" {
		h.begun <- struct{}{}
		<-h.release
	}
	_, _ = io.WriteString(w, r.URL.Path)
}

const wait = "GET /wait HTTP/1.1\r\nHost: test\r\n\r\n"

func TestShutdownWaitsForAnswersAndClosesTheOtherConnections(t *testing.T) {
	handler := newHeld()
	d := open(t, true, generous(), handler)
	idle, busy, handed := d.dial(t), d.dial(t), d.dial(t)
	idleReader, handedReader := bufio.NewReader(idle), bufio.NewReader(handed)
	ask(t, idle, get)
	_ = next(t, idleReader)
	ask(t, handed, chunked)
	_ = next(t, handedReader)
	ask(t, busy, wait)
	<-handler.begun
	down := make(chan error, 1)
	go func() { down <- d.Shutdown(t.Context()) }()
	ends(t, idleReader)
	ends(t, handedReader)
	select {
	case err := <-down:
		t.Fatalf("it ended with %v before the answer", err)
	default:
	}
	close(handler.release)
	res, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil || !res.Close {
		t.Errorf("got %+v, %v, want an answer that is the last", res, err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestShutdownThatTakesTooLongLeavesTheRestToClose(t *testing.T) {
	handler := newHeld()
	d := open(t, true, generous(), handler)
	busy := d.dial(t)
	ask(t, busy, wait)
	<-handler.begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v, want it to give up", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	ends(t, busy)
	close(handler.release)
}

func TestAnEmptyLineBehindAFormGoesNowhere(t *testing.T) {
	for name, following := range map[string]string{"here": get, "handed over": chunked} {
		t.Run(name, func(t *testing.T) {
			d := open(t, true, generous(), told)
			conn := d.dial(t)
			ask(t, conn, post+"\r\n"+following+last)
			reader := bufio.NewReader(conn)
			for _, want := range []string{"/post", "/", "/last"} {
				if got := next(t, reader); !strings.HasPrefix(got, want) {
					t.Errorf("got %q, want %s", got, want)
				}
			}
			ends(t, reader)
		})
	}
}

// net/http panics where content is left that was to be read at the same time as the answer is written. Here the next request follows.
func TestContentThatIsNotReadInFullDuplexIsSkippedBehindTheAnswer(t *testing.T) {
	d := open(t, true, generous(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	conn := d.dial(t)
	reader := bufio.NewReader(conn)
	begun, rest := post[:len(post)-2], post[len(post)-2:]
	ask(t, conn, begun)
	if got := next(t, reader); got != "/post" {
		t.Errorf("got %q before the content was there", got)
	}
	ask(t, conn, rest+last)
	if got := next(t, reader); got != "/last" {
		t.Errorf("got %q behind the content", got)
	}
	ends(t, reader)
}

func TestARequestThatComesByteByByteIsOneRequest(t *testing.T) {
	d := open(t, true, generous(), told)
	conn := d.dial(t)
	reader := bufio.NewReader(conn)
	for range 2 {
		for i := range len(post) {
			ask(t, conn, post[i:i+1])
		}
		if got := next(t, reader); got != "/posthello" {
			t.Errorf("got %q", got)
		}
	}
	for i := range len(chunked) {
		ask(t, conn, chunked[i:i+1])
	}
	if got := next(t, reader); got != "/chunkshello" {
		t.Errorf("got %q", got)
	}
}

func TestAClientBehindABalancerIsSeenWhateverCameWithItsAddress(t *testing.T) {
	const word = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n"
	long := "GET /long HTTP/1.1\r\nHost: test\r\nX-Long: " + strings.Repeat("y", 9000) + "\r\n\r\n"
	for name, parts := range map[string][]string{
		"alone":           {word, post + get + last},
		"with a request":  {word + post + get, last},
		"with a part":     {word + post[:20], post[20:] + get + last},
		"with its start":  {word + post[:len(post)-3], post[len(post)-3:] + get + last},
		"with all":        {word + post + get + last},
		"with a long one": {word + long + get, last},
		"with chunks":     {word + chunked + get, last},
		"byte by byte":    append([]string{word}, strings.Split(post+get+last, "")...),
	} {
		t.Run(name, func(t *testing.T) {
			settings := listening.DefaultProtocols().ProxyProtocol
			settings.From = []string{"127.0.0.1"}
			balancers, err := listening.OpenBalancers(settings, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			d := openOn(t, balancers.Listen(listen(t)), true, generous(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, r.RemoteAddr)
			}))
			conn := d.dial(t)
			for _, part := range parts {
				ask(t, conn, part)
			}
			reader := bufio.NewReader(conn)
			for range 3 {
				if got := next(t, reader); got != "192.0.2.7:4711" {
					t.Errorf("got %q", got)
				}
			}
			ends(t, reader)
			if d.handed(t, "no_socket") != 0 {
				t.Error("the loop did not get the connection")
			}
		})
	}
}

func TestAConnectionThatIsHandedOverWhileTheServerLeavesIsAnswered(t *testing.T) {
	for range 50 {
		d := open(t, true, generous(), told)
		conn, other := d.dial(t), d.dial(t)
		reader := bufio.NewReader(conn)
		ask(t, other, get)
		_ = next(t, bufio.NewReader(other)) // connections are taken one after the other, so that both were
		ask(t, conn, chunked[:len(chunked)-5])
		down := make(chan error, 1)
		go func() { down <- d.Shutdown(t.Context()) }()
		ask(t, conn, chunked[len(chunked)-5:])
		if got := next(t, reader); got != "/chunkshello" {
			t.Errorf("got %q", got)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
	}
}

func TestWhoKeepsContentReadsNothingOfTheNextRequest(t *testing.T) {
	kept := make(chan io.Reader, 1)
	d := open(t, true, generous(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case kept <- r.Body:
			return // nothing is read of it
		default:
		}
		if n, err := (<-kept).Read(make([]byte, 1)); n > 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("read %d bytes, %v", n, err)
		}
		body, err := io.ReadAll(r.Body)
		_, _ = w.Write(body)
		if err != nil {
			t.Error(err)
		}
	}))
	conn := d.dial(t)
	ask(t, conn, post+post)
	reader := bufio.NewReader(conn)
	for _, want := range []string{"", "hello"} {
		if got := next(t, reader); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAClientThatSaysNoMoreIsTakenForOneThatHasLeft(t *testing.T) {
	for name, fast := range map[string]bool{"by the loop": true, "by net/http": false} {
		t.Run(name, func(t *testing.T) {
			d := open(t, fast, generous(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				_, _ = io.WriteString(w, r.URL.Path)
			}))
			conn := d.dial(t)
			ask(t, conn, get)
			_ = conn.(*net.TCPConn).CloseWrite()
			if got := next(t, bufio.NewReader(conn)); got != "/get" {
				t.Errorf("got %q", got)
			}
		})
	}
}

package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

const (
	upgradeRequest = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
		"Sec-WebSocket-Key: a2V5\r\nSec-WebSocket-Version: 13\r\n\r\n"
	upgradeAnswer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\n" +
		"Sec-WebSocket-Accept: YWNjZXB0\r\n\r\n"
)

func TestAWebSocketPasses(t *testing.T) {
	asked := make(chan string, 1)
	g := &gateway{opts: Options{Upgrade: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, head string) {
		asked <- head
		io.WriteString(conn, upgradeAnswer+"first") // in one packet
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(conn, strings.ToUpper(line))
			if line == "bye\n" {
				return
			}
		}
	})}
	c := dial(t, open(t, g, 1))
	c.say(upgradeRequest + "early\n") // before anybody has agreed
	has(t, receive(t, asked), "Connection: Upgrade", "Upgrade: websocket", "Sec-Websocket-Key: a2V5", "Sec-Websocket-Version: 13")
	head := c.head()
	has(t, head, "Connection: Upgrade", "Upgrade: websocket", "Sec-Websocket-Accept: YWNjZXB0", "X-Request-Id: gateway")
	hasNot(t, head, "x-hop", "content-", "transfer-encoding")
	c.hear("firstEARLY\n")
	c.say("more\n")
	c.hear("MORE\n")
	c.say("bye\n")
	c.hear("BYE\n")
	if rest := c.rest(); rest != "" {
		t.Errorf("then %q", rest)
	}
	c.Close()
	if err := g.outcome(t); err != nil {
		t.Error(err)
	}
}

func TestAWebSocketEndsWhenEitherSideDoes(t *testing.T) {
	t.Run("the client", func(t *testing.T) {
		closed := make(chan bool, 1)
		g := &gateway{opts: Options{Upgrade: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, _ string) {
			io.WriteString(conn, upgradeAnswer)
			io.Copy(io.Discard, in)
			closed <- true
		})}
		c := dial(t, open(t, g, 1))
		c.say(upgradeRequest)
		c.head()
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close() // by a reset
		receive(t, closed)
		if err := g.outcome(t); err != nil {
			t.Error(err)
		}
		nobodyLeft(t)
	})
	t.Run("the client has finished, and listens", func(t *testing.T) {
		g := &gateway{opts: Options{Upgrade: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, _ string) {
			io.WriteString(conn, upgradeAnswer)
			all, _ := io.ReadAll(in)
			io.WriteString(conn, strings.ToUpper(string(all)))
		})}
		c := dial(t, open(t, g, 1))
		c.say(upgradeRequest + "all of it")
		c.head()
		c.Conn.(*net.TCPConn).CloseWrite()
		if rest := c.rest(); rest != "ALL OF IT" {
			t.Errorf("heard %q", rest)
		}
		if err := g.outcome(t); err != nil {
			t.Error(err)
		}
		nobodyLeft(t)
	})
	t.Run("the service", func(t *testing.T) {
		g := &gateway{opts: Options{Upgrade: true}, service: saying(t, upgradeAnswer+"bye")}
		c := dial(t, open(t, g, 1))
		c.say(upgradeRequest)
		c.head()
		if rest := c.rest(); rest != "bye" {
			t.Errorf("heard %q", rest)
		}
		c.Close()
		if err := g.outcome(t); err != nil {
			t.Error(err)
		}
		nobodyLeft(t)
	})
}

// nobodyLeft waits until no goroutine works for a tunnel, as it must soon be when the tunnel has ended.
func nobodyLeft(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for began := time.Now(); time.Since(began) < patience; runtime.Gosched() {
		if !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("proxy.(*tunnel)")) {
			return
		}
	}
	t.Error("a goroutine is left")
}

func TestAnUpgradeThatIsAnsweredOtherwiseIsAnAnswer(t *testing.T) {
	g := &gateway{opts: Options{Upgrade: true}, service: saying(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")}
	c := dial(t, open(t, g, 1))
	c.say(upgradeRequest)
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 403 ") {
		t.Errorf("got %q", head)
	}
	c.hear("no")
}

func TestOtherProtocolsAreNotChangedTo(t *testing.T) {
	for name, tt := range map[string]struct {
		upgrade         bool
		request, answer string
	}{
		"nobody asked":         {true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", upgradeAnswer},
		"it may not":           {false, upgradeRequest, upgradeAnswer},
		"another than asked":   {true, upgradeRequest, strings.ReplaceAll(upgradeAnswer, "websocket", "h2c")},
		"one more than asked":  {true, upgradeRequest, strings.ReplaceAll(upgradeAnswer, "websocket", "websocket, h2c")},
		"none":                 {true, upgradeRequest, strings.ReplaceAll(upgradeAnswer, "Upgrade: websocket\r\n", "")},
		"h2c, and nobody asks": {true, strings.ReplaceAll(upgradeRequest, "Upgrade: WebSocket", "Upgrade: h2c"), strings.ReplaceAll(upgradeAnswer, "websocket", "h2c")},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan string, 1)
			g := &gateway{opts: Options{Upgrade: tt.upgrade}, service: speaking(t, func(conn net.Conn, _ *bufio.Reader, head string) {
				asked <- head
				io.WriteString(conn, tt.answer)
			})}
			c := dial(t, open(t, g, 1))
			c.say(tt.request)
			head := c.head()
			if !strings.HasPrefix(head, "HTTP/1.1 502 ") {
				t.Errorf("got %q", head)
			}
			hasNot(t, head, "upgrade")
			hasNot(t, receive(t, asked), "h2c")
			if err := g.outcome(t); problem.KindOf(err) != problem.UpstreamError {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAWebSocketOfHTTP2IsAnOrdinaryRequest(t *testing.T) {
	r := inbound(http.Header{"Sec-Websocket-Key": {"x"}})
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	out, err := Outgoing(r, Options{Upgrade: true})
	if err != nil || out.Header.Get("Upgrade") != "" || out.Header.Get("Connection") != "" {
		t.Errorf("got %v, %v", out.Header, err)
	}
}

func TestAConnectionThatCannotBeTakenOverIsAProblem(t *testing.T) {
	service, _ := net.Pipe()
	res := &http.Response{StatusCode: 101, Header: http.Header{"Upgrade": {"websocket"}}, Body: service}
	r := inbound(http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}})
	err := Relay(httptest.NewRecorder(), r, res, nil)
	var broken *Error
	if !errors.As(err, &broken) || broken.Sent || problem.KindOf(err) != problem.Internal {
		t.Errorf("got %v", err)
	}
}

// piped is a tunnel between two pipes, and the far end of each.
func piped(ctx context.Context) (client, service net.Conn, ended <-chan bool) {
	client, near := net.Pipe()
	service, far := net.Pipe()
	done := make(chan bool)
	go func() {
		defer close(done)
		(&tunnel{client: near, service: far}).run(ctx)
	}()
	return client, service, done
}

func TestATunnelEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client, service, ended := piped(ctx)
		synctest.Wait()
		cancel()
		<-ended
		for _, side := range []net.Conn{client, service} {
			if _, err := side.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("a side is still open: %v", err)
			}
		}
	})
}

func TestATunnelDoesNotWaitForeverForTheOtherSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, finish := range map[string]func(client, service net.Conn){
			"the client has finished":  func(client, _ net.Conn) { client.Close() },
			"the service has finished": func(_, service net.Conn) { service.Close() },
		} {
			client, service, ended := piped(t.Context())
			began := time.Now()
			finish(client, service)
			<-ended
			if took := time.Since(began); took != linger {
				t.Errorf("%s: it took %v, want %v", name, took, linger)
			}
		}
	})
}

func TestATunnelThatLingersEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client, _, ended := piped(ctx)
		began := time.Now()
		client.Close()
		<-ended
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestATunnelGivesUpWhatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service, ended := piped(t.Context())
		client.Close() // which a pipe tells who reads from it, and who writes to it
		began := time.Now()
		if _, err := service.Write([]byte("for nobody")); err != nil {
			t.Error(err)
		}
		<-ended
		if took := time.Since(began); took > linger {
			t.Errorf("it took %v", took)
		}
	})
}

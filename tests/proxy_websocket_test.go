package tests

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// talking is a service that accepts WebSockets and hands each to talk, for as long as that takes.
func talking(t *testing.T, talk func(ctx context.Context, conn *websocket.Conn)) string {
	t.Helper()
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{"orders.v2", "orders.v1"}, CompressionMode: websocket.CompressionContextTakeover,
			InsecureSkipVerify: true, // a browser's page comes from another host than the service's
		})
		if err != nil {
			return // who asked for something else was told so
		}
		defer conn.CloseNow()
		conn.SetReadLimit(-1)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		talk(ctx, conn)
	})
}

// echo sends each message back as it came, until the other side closes, for whose reason it closes too.
func echo(ctx context.Context, conn *websocket.Conn) {
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if err := conn.Write(ctx, kind, message); err != nil {
			return
		}
	}
}

// call opens a WebSocket through a gateway.
func (s *rawSite) call(t *testing.T, path string, options *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	conn, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.public, "http")+path, options)
	if err == nil {
		conn.SetReadLimit(-1)
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, res, err
}

// open is call where nothing goes wrong.
func (s *rawSite) open(t *testing.T, path string) *websocket.Conn {
	t.Helper()
	conn, _, err := s.call(t, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// says sends a message, and compares the answer with it.
func says(t *testing.T, conn *websocket.Conn, kind websocket.MessageType, message []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := conn.Write(ctx, kind, message); err != nil {
		t.Fatal(err)
	}
	if got, answer, err := conn.Read(ctx); err != nil || got != kind || !bytes.Equal(answer, message) {
		t.Fatalf("%.40q comes back as %.40q (%d bytes of %d), %v, %v", message, answer, len(answer), len(message), got, err)
	}
}

func TestProxyCarriesMessagesOfWebSockets(t *testing.T) {
	s := before(t, talking(t, echo))
	for name, mode := range map[string]websocket.CompressionMode{
		"plain": websocket.CompressionDisabled, "compressed": websocket.CompressionContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			conn, res, err := s.call(t, "/socket?room=1", &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get("Sec-WebSocket-Extensions"); (got != "") != (mode != websocket.CompressionDisabled) {
				t.Errorf("they agreed on the extensions %q", got)
			}
			says(t, conn, websocket.MessageText, []byte("grüß dich"))
			says(t, conn, websocket.MessageText, nil)
			says(t, conn, websocket.MessageBinary, []byte{0, 1, 2, 255, '\r', '\n', 0})
			says(t, conn, websocket.MessageBinary, bytes.Repeat(piece, 64)) // 4 MiB
			reading := conn.CloseRead(t.Context())
			for range 3 {
				if err := conn.Ping(reading); err != nil {
					t.Fatalf("no pong comes: %v", err)
				}
			}
			if err := conn.Close(websocket.StatusNormalClosure, "done"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProxyLetsBothEndsOfAWebSocketSpeakAtOnce(t *testing.T) {
	const messages = 300
	heard := make(chan error, 1)
	s := before(t, talking(t, func(ctx context.Context, conn *websocket.Conn) {
		var telling sync.WaitGroup
		telling.Go(func() { tells(ctx, conn, "service", messages) })
		heard <- hears(ctx, conn, "client", messages)
		telling.Wait() // before it closes what it still writes to
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}))
	conn := s.open(t, "/socket")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go tells(ctx, conn, "client", messages)
	if err := hears(ctx, conn, "service", messages); err != nil {
		t.Errorf("the client: %v", err)
	}
	if err := comes(t, heard, "the service has heard all"); err != nil {
		t.Errorf("the service: %v", err)
	}
}

func tells(ctx context.Context, conn *websocket.Conn, who string, messages int) {
	for i := range messages {
		_ = conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, "%s %d %s", who, i, piece[:i*10]))
	}
}

func hears(ctx context.Context, conn *websocket.Conn, who string, messages int) error {
	for i := range messages {
		_, got, err := conn.Read(ctx)
		if want := fmt.Sprintf("%s %d %s", who, i, piece[:i*10]); err != nil || string(got) != want {
			return fmt.Errorf("message %d is %.40q: %w", i, got, err)
		}
	}
	return nil
}

func TestProxyLetsClientAndServiceAgreeOnASubprotocol(t *testing.T) {
	s := before(t, talking(t, echo))
	for _, c := range []struct {
		offered []string
		want    string
	}{{[]string{"orders.v1", "orders.v2"}, "orders.v2"}, {[]string{"orders.v1"}, "orders.v1"}, {[]string{"other"}, ""}, {nil, ""}} {
		conn, res, err := s.call(t, "/socket", &websocket.DialOptions{Subprotocols: c.offered})
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.Subprotocol(); got != c.want {
			t.Errorf("of %v they agreed on %q, want %q", c.offered, got, c.want)
		}
		if res.Header.Get("X-Request-Id") == "" {
			t.Error("the answer does not name the request")
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}

func TestProxyHandsOnWhyAWebSocketIsClosed(t *testing.T) {
	const own = websocket.StatusCode(4321)
	reasons := make(chan websocket.StatusCode, 1)
	s := before(t, talking(t, func(ctx context.Context, conn *websocket.Conn) {
		_, word, err := conn.Read(ctx)
		if err == nil && string(word) == "close" {
			_ = conn.Close(own, "as it was asked")
		}
		reasons <- websocket.CloseStatus(err)
	}))
	t.Run("by the client", func(t *testing.T) {
		conn := s.open(t, "/client")
		if err := conn.Close(own, "by the client"); err != nil {
			t.Error(err)
		}
		if got := comes(t, reasons, "the service learns of it"); got != own {
			t.Errorf("the service got %d", got)
		}
	})
	t.Run("by the service", func(t *testing.T) {
		conn := s.open(t, "/service")
		if err := conn.Write(t.Context(), websocket.MessageText, []byte("close")); err != nil {
			t.Fatal(err)
		}
		_, _, err := conn.Read(t.Context())
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != own || closed.Reason != "as it was asked" {
			t.Errorf("the client got %v", err)
		}
		comes(t, reasons, "the service ends")
	})
	for _, path := range []string{"/client", "/service"} {
		line := s.line(t, path)
		if line["status"] != 101.0 || line["route"] != "GET,OPTIONS /{path...}" || line["door"] != "rest" || line["code"] != nil {
			t.Errorf("the line of %s is %v", path, line)
		}
	}
}

func TestProxyEndsAWebSocketWhoseServiceDies(t *testing.T) {
	for name, die := range map[string]func(conn *net.TCPConn){
		"by a reset": func(conn *net.TCPConn) { _ = conn.SetLinger(0); _ = conn.Close() },
		"in silence": func(conn *net.TCPConn) { _ = conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			url := speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, _ string) {
				_, _ = io.WriteString(conn, switching)
				_, _ = in.ReadByte()
				die(conn)
			})
			s := before(t, url)
			conn := dial(t, s.program)
			write(t, conn, wantsSocket("/socket"))
			in := bufio.NewReader(conn)
			if head := headOf(in); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("the answer is %q", head)
			}
			write(t, conn, "x")
			if rest := toTheEnd(t, in); rest != "" {
				t.Errorf("the client got %q", rest)
			}
			_ = conn.Close()
			s.line(t, "/socket")
		})
	}
}

func TestProxyTellsTheServiceThatTheClientOfAWebSocketLeft(t *testing.T) {
	ended := make(chan error, 1)
	s := before(t, talking(t, func(ctx context.Context, conn *websocket.Conn) {
		_ = conn.Write(ctx, websocket.MessageText, []byte("hello"))
		_, _, err := conn.Read(ctx)
		ended <- err
	}))
	conn := s.open(t, "/socket")
	if _, _, err := conn.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
	if err := comes(t, ended, "the service learns of it"); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the service got %v", err)
	}
	s.line(t, "/socket")
}

// switching is how a service agrees to a WebSocket, and nobody checks the key.
const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

func wantsSocket(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
}

// What a client sends right behind its question must not be lost.
func TestProxyKeepsWhatAClientSaysBeforeTheAnswer(t *testing.T) {
	url := speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, _ string) {
		_, _ = io.WriteString(conn, switching+"first") // and so must not what the service says with it
		word := make([]byte, len("early"))
		_, _ = io.ReadFull(in, word)
		_, _ = conn.Write(word)
	})
	s := before(t, url)
	conn := dial(t, s.program)
	write(t, conn, wantsSocket("/socket")+"early")
	in := bufio.NewReader(conn)
	if head := headOf(in); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
		t.Fatalf("the answer is %q", head)
	}
	if rest := toTheEnd(t, in); rest != "firstearly" {
		t.Errorf("the client got %q", rest)
	}
}

// A WebSocket takes everything past the filter of a route.
func TestProxyRefusesWebSocketsOnRoutesThatAreNotRaw(t *testing.T) {
	seen := make(chan http.Header, 1)
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"city": "Oslo", "secret": 1}`)
	})
	s := startRaw(t, rawConfig(`    - {match: "GET /weather", upstream: files, public: true, expose: [city]}`, url))
	_, res, err := s.call(t, "/weather", nil)
	if err == nil || res == nil || res.StatusCode != http.StatusOK {
		t.Fatalf("it is answered with %v, %v", res, err)
	}
	header := comes(t, seen, "the service is asked")
	if header.Get("Upgrade") != "" || header.Get("Connection") != "" {
		t.Errorf("the service is asked for a WebSocket: %v", header)
	}
}

// What has changed its protocol is no HTTP to the gateway any more: a service that spoke h2c there would take any request.
func TestProxyLetsNoOtherProtocolReachTheService(t *testing.T) {
	seen := make(chan http.Header, 1)
	url := serveRaw(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header })
	s := before(t, url)
	const settings = "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"
	for name, c := range map[string]struct{ fields, want string }{
		"h2c":                           {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + settings, ""},
		"h2c that Connection hides":     {"Connection: HTTP2-Settings\r\nUpgrade: h2c\r\n" + settings, ""},
		"h2c in capitals":               {"Connection: UPGRADE\r\nUpgrade: H2C\r\n" + settings, ""},
		"h2c behind websocket":          {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, h2c\r\n" + settings, "websocket"},
		"h2c before websocket":          {"Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n" + settings, "websocket"},
		"TLS":                           {"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n", ""},
		"any other":                     {"Connection: Upgrade\r\nUpgrade: chat/2\r\n", ""},
		"websocket without Connection":  {"Upgrade: websocket\r\n", ""},
		"websocket that comes shouting": {"Connection: keep-alive, UPGRADE\r\nUpgrade: WebSocket\r\n", "websocket"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s.program)
			write(t, conn, "GET /any HTTP/1.1\r\nHost: test\r\n"+c.fields+"\r\n")
			if r := received(t, conn, http.MethodGet); r.status != http.StatusOK {
				t.Errorf("the answer is %d %s", r.status, r.body)
			}
			header := comes(t, seen, "the service is asked")
			if got := strings.Join(header["Upgrade"], ","); got != c.want {
				t.Errorf("the service is asked for %q, want %q", got, c.want)
			}
			if len(header["Http2-Settings"]) > 0 {
				t.Error("the service gets HTTP2-Settings")
			}
		})
	}
}

func TestProxyTakesNoProtocolThatNobodyAskedFor(t *testing.T) {
	url := speakRaw(t, func(conn *net.TCPConn, in *bufio.Reader, head string) {
		if strings.Contains(head, "/other") {
			_, _ = io.WriteString(conn, strings.Replace(switching, "websocket", "h2c", 1))
		} else {
			_, _ = io.WriteString(conn, switching)
		}
		_, _ = io.Copy(conn, in)
	})
	s := before(t, url)
	for name, request := range map[string]string{
		"unasked":       "GET /socket HTTP/1.1\r\nHost: test\r\n\r\n",
		"asked for h2c": "GET /socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
		"another":       wantsSocket("/other"),
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s.program)
			write(t, conn, request)
			r := received(t, conn, http.MethodGet)
			if r.status != http.StatusBadGateway && r.status != http.StatusServiceUnavailable {
				t.Errorf("the answer is %d %s", r.status, r.body)
			}
		})
	}
}

// timeouts.idle ends a WebSocket on which nothing moves. What moves may be pings alone.
func TestProxyEndsAWebSocketOnWhichNothingMoves(t *testing.T) {
	t.Parallel()
	const idle = 2 * time.Second
	routes := `    - {match: "GET /{path...}", upstream: files, raw: true, public: true, timeouts: {idle: ` + idle.String() + `}}`
	ended := make(chan error, 1)
	s := startRaw(t, rawConfig(routes, talking(t, func(ctx context.Context, conn *websocket.Conn) {
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				ended <- err
				return
			}
		}
	})))
	t.Run("one that sleeps", func(t *testing.T) {
		conn := s.open(t, "/socket")
		if _, _, err := conn.Read(t.Context()); err == nil {
			t.Error("a message came")
		}
		comes(t, ended, "the service learns of it")
	})
	t.Run("one that pings", func(t *testing.T) {
		conn := s.open(t, "/socket")
		ctx := conn.CloseRead(t.Context())
		next := time.NewTicker(idle / 6)
		defer next.Stop()
		for range 12 {
			<-next.C
			if err := conn.Ping(ctx); err != nil {
				t.Fatal(err)
			}
		}
		_ = conn.CloseNow()
		comes(t, ended, "the service learns of it")
	})
	// Neither side may keep the gateway busy by taking nothing.
	t.Run("one whose client does not read", func(t *testing.T) {
		url := speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
			_, _ = io.WriteString(conn, switching)
			for {
				if _, err := conn.Write(piece); err != nil {
					ended <- err
					return
				}
			}
		})
		s := startRaw(t, rawConfig(routes, url))
		write(t, dial(t, s.program), wantsSocket("/socket"))
		comes(t, ended, "the service learns of it")
		s.line(t, "/socket")
	})
	t.Run("one whose service does not read", func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		url := speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
			_, _ = io.WriteString(conn, switching)
			<-stop
		})
		s := startRaw(t, rawConfig(routes, url))
		conn := dial(t, s.program)
		write(t, conn, wantsSocket("/socket"))
		for {
			if _, err := conn.Write(piece); err != nil {
				break
			}
		}
		s.line(t, "/socket")
	})
}

// http.Server.Shutdown knows nothing of connections that have changed their protocol.
func TestProxyDrainsThoughAWebSocketIsOpen(t *testing.T) {
	log := new(lines)
	s := &rawSite{program: launch(t, nil, rawConfig(rawRoutes, talking(t, echo)), telling(log))}
	s.log = log
	conn := s.open(t, "/socket")
	says(t, conn, websocket.MessageText, []byte("before"))
	s.stop()
	if err := comes(t, s.ended, "the gateway ends"); err != nil {
		t.Errorf("the gateway ended with %v", err)
	}
	s.line(t, "/socket") // its handler has ended, and not been left behind
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("a message came")
	}
}

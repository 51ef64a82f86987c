package tests

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dial opens a connection to a gateway's public listener. It gives up where the gateway does not answer at all.
func dial(t *testing.T, p *program) net.Conn {
	t.Helper()
	_, address, _ := strings.Cut(p.public, "://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// toTheEnd reads what comes until the other side closes the connection.
func toTheEnd(t *testing.T, conn io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the connection is still open after %v, having said %.200q", patience, all)
	}
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	return string(all)
}

func write(t *testing.T, conn io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// The timeouts leave room for a busy machine where something has to arrive in time first.
func TestAConnectionThatDoesNothingIsClosed(t *testing.T) {
	inOneRun(t)
	const get = "GET /nowhere HTTP/1.1\r\nHost: test\r\n"
	const post = "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
	for name, c := range map[string]struct {
		timeouts string
		sent     string
		answer   string // how it begins
	}{
		"it says nothing":              {"header: 30ms", "", ""},
		"its header does not end":      {"header: 90ms", get + "X-Slow: ", ""},
		"it makes no further requests": {"idle: 30ms", get + "\r\n", "HTTP/1.1 404 "},
		"its body does not come":       {"header: 2s, body: 2s", post + "Content-Length: 100\r\n\r\n", "HTTP/1.1 400 "},
		"its body does not end":        {"header: 2s, body: 2s", post + "Content-Length: 100\r\n\r\n{", "HTTP/1.1 400 "},
		"its body does not end, in chunks": {
			"header: 2s, body: 2s", post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "HTTP/1.1 400 ",
		},
		"its body does not come, and nobody asked for it": {
			"header: 2s, body: 2s", get + "Content-Length: 100\r\n\r\n", "HTTP/1.1 404 ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, with(with(standard, "server", "timeouts: {"+c.timeouts+"}"), "auth", "anonymous: true"))
			conn := dial(t, p)
			write(t, conn, c.sent)
			got := toTheEnd(t, conn)
			if !strings.HasPrefix(got, c.answer) || (c.answer == "") != (got == "") {
				t.Errorf("the gateway closed the connection after saying %q, want %q", got, c.answer)
			}
			if calls := p.services.Calls(); len(calls) > 0 {
				t.Errorf("the services were called: %v", calls)
			}
		})
	}
}

func TestAnAdminConnectionThatDoesNothingIsClosed(t *testing.T) {
	for name, sent := range map[string]string{
		"it says nothing":              "",
		"it makes no further requests": "GET /livez HTTP/1.1\r\nHost: test\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, with(standard, "server", "timeouts: {header: 90ms, idle: 30ms}"))
			p.public = p.admin
			conn := dial(t, p)
			write(t, conn, sent)
			toTheEnd(t, conn)
		})
	}
}

// A client that takes no answers fills the buffers of the connection, and then the write timeout ends it. Its requests go out
// all at once, for answers that are larger than any buffer.
func TestAClientThatDoesNotReadIsClosed(t *testing.T) {
	t.Parallel()
	p := start(t, neverRead)
	path := script(t, p, http.DefaultClient)
	size := len(send(t, p.raw(t, http.MethodGet, path, map[string]string{"Accept-Encoding": "gzip"}, "", false)).body)
	requests := 64<<20/size + 1
	conn := dial(t, p)
	write(t, conn, strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n", requests))
	p.log.await(t, func(log string) bool {
		lines := strings.Split(strings.TrimSpace(log), "\n")
		return len(lines) > 3 && !strings.Contains(lines[len(lines)-1], fmt.Sprintf(`"bytes":%d,`, size))
	})
	if got := len(toTheEnd(t, conn)); got >= requests*size {
		t.Errorf("all of %d bytes came", got)
	}
}

// By HTTP/2 one connection carries many requests, and its client can say that it takes any amount of each answer. The handlers
// must end all the same.
func TestAnHTTP2ClientThatDoesNotReadIsClosed(t *testing.T) {
	t.Parallel()
	section, roots := certificate(t)
	p := start(t, with(neverRead, "server", section))
	path := script(t, p, clientOf(t, roots, 1))
	const requests, window = 100, "\x7f\xff\x00\x00" // as many as a connection may ask for at the same time
	var sent strings.Builder
	sent.WriteString(preface + frame(settingsFrame, 0, 0, "\x00\x04"+window) + frame(updateFrame, 0, 0, window))
	for i := range uint32(requests) {
		// GET, https, :path, :authority, and the accept-encoding that RFC 7541 lists
		fields := "\x82\x87\x04" + string(rune(len(path))) + path + "\x01\x04test\x90"
		sent.WriteString(frame(headersFrame, endHeaders|endStream, 2*i+1, fields))
	}
	conn := tls.Client(dial(t, p), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{"h2"}})
	write(t, conn, sent.String())
	p.log.await(t, func(log string) bool { return strings.Count(log, `"msg":"request"`) > requests })
}

func TestAnHTTP2BodyThatDoesNotComeIsGivenUp(t *testing.T) {
	t.Parallel()
	section, roots := certificate(t)
	yaml := with(with(standard, "server", section), "server", "timeouts: {header: 3s, body: 3s}")
	p := start(t, with(yaml, "auth", "anonymous: true"))
	conn := tls.Client(dial(t, p), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{"h2"}})
	fields := "\x83\x87\x04\x08/graphql\x01\x04test\x0f\x10\x10application/json"
	write(t, conn, preface+frame(settingsFrame, 0, 0, "")+frame(headersFrame, endHeaders, 1, fields))
	p.log.await(t, func(log string) bool { return strings.Contains(log, `"status":400`) })
}

// neverRead is the configuration against clients that read nothing. Its timeouts leave room for answers to the others.
var neverRead = with(with(with(standard,
	"server", "timeouts: {write: 3s}"), "graphql", "timeout: 2s"), "graphql", "graphiql: true")

// script is the path of GraphiQL's script, the largest answer that costs nothing to make.
func script(t *testing.T, p *program, client *http.Client) string {
	t.Helper()
	page := sendBy(t, client, p.raw(t, http.MethodGet, "/", nil, "", false))
	found := regexp.MustCompile(`src="/?([^"]+\.js)"`).FindSubmatch(page.body)
	if found == nil {
		t.Fatalf("the page has no script:\n%s", page.body)
	}
	return "/" + string(found[1])
}

// What a client says by HTTP/2 (RFC 9113).
const (
	preface       = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	headersFrame  = 1
	settingsFrame = 4
	updateFrame   = 8
	endStream     = 1
	endHeaders    = 4
)

// frame is one frame of it.
func frame(kind, flags byte, stream uint32, payload string) string {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	return string(head) + payload
}

package tests

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/quic-go/quic-go/http3"
)

// Both doors are open over QUIC, with what holds over TCP: callers, limits, and what may not be read in two ways.
func TestBothDoorsAreOpenByHTTP3(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	section, roots := certificate(t)
	yaml := with(withREST(nil, `
routes:
  - {match: "GET /users/{id}", upstream: user, returns: User}
`), "server", section)
	p := start(t, with(with(yaml, "server", "http3: {enabled: true}"), "server", "max_header: 4KiB"))
	said := sentBy(t, clientOf(t, roots, 2), p.shows(t, http.MethodGet, "/users/7", "", "Authorization: Bearer "+p.token(t, "customer")))
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(p.public, "https://"))
	if want := fmt.Sprintf(`h3=":%s"; ma=86400`, port); said.Header.Get("Alt-Svc") != want {
		t.Errorf("Alt-Svc: %s, want %s", said.Header.Get("Alt-Svc"), want)
	}
	quic := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	t.Cleanup(func() { _ = quic.Close() })
	client := &http.Client{Transport: quic}
	for name, req := range map[string]*http.Request{
		"GraphQL": p.request(t, operation{query: `{ me { id } }`}),
		"REST":    p.shows(t, http.MethodGet, "/users/7", "", "Authorization: Bearer "+p.token(t, "customer")),
	} {
		if res := sentBy(t, client, req); res.ProtoMajor != 3 || res.StatusCode != http.StatusOK || res.Header.Get("Alt-Svc") != "" {
			t.Errorf("%s is answered by %s with %d, Alt-Svc: %q", name, res.Proto, res.StatusCode, res.Header.Get("Alt-Svc"))
		}
	}
	req := p.request(t, operation{query: `{ me { id } }`})
	req.Header.Set("X-Large", strings.Repeat(canary, 500))
	refusal{431, problemJSON, "HEADER_TOO_LARGE", "the request header is larger than 4KiB", ""}.check(t, sendBy(t, client, req))
	req = p.request(t, operation{query: `{ me { id } }`})
	req.Header.Set("Transfer_encoding", "chunked")
	if r := sendBy(t, client, req); r.status != http.StatusBadRequest {
		t.Errorf("a field like one that frames is answered with %d", r.status)
	}
}

// sentBy is an answer without its body.
func sentBy(t *testing.T, client *http.Client, req *http.Request) *http.Response {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res
}

// askedFrom are the networks that may ask GraphQL, behind a balancer that tells of clients.
const askedFrom = `networks: {allow: [192.0.2.0/24, 127.0.0.3]}`

func TestTheClientIsWhomTheBalancerTellsOf(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	section, _ := certificate(t)
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		yaml := with(with(standard, "graphql", askedFrom), "server", "proxy_protocol: {from: [127.0.0.1]}")
		if secure {
			yaml = with(yaml, "server", section)
		}
		p := start(t, yaml)
		for word, want := range map[string]int{
			"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n":    http.StatusOK,
			"PROXY TCP4 203.0.113.1 10.0.0.1 4711 443\r\n":  http.StatusForbidden,
			"PROXY UNKNOWN\r\n":                             http.StatusForbidden, // it is the balancer's own
			wordOfVersion2("192.0.2.9", "10.0.0.1", 1, 443): http.StatusOK,
			"": 0,
		} {
			if got := askedBy(t, p, secure, word, "192.0.2.7"); got != want {
				t.Errorf("%s: with %q, the answer is %d, want %d", name, word, got, want)
			}
		}
	}
}

// wordOfVersion2 is what a balancer tells in version 2.
func wordOfVersion2(from, to string, fromPort, toPort uint16) string {
	text := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x21, 0x11, 0, 12)
	text = append(append(text, netip.MustParseAddr(from).AsSlice()...), netip.MustParseAddr(to).AsSlice()...)
	return string(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(text, fromPort), toPort))
}

// askedBy asks once behind a word of a balancer, and claims to be somebody in a field that nobody believes. 0 is no answer.
func askedBy(t *testing.T, p *program, secure bool, word, claimed string) int {
	t.Helper()
	conn := dial(t, p)
	write(t, conn, word)
	if secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	req := p.request(t, operation{query: `{ me { id } }`})
	req.Header.Set("X-Forwarded-For", claimed)
	if err := req.Write(conn); err != nil {
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

// balancerConfig is haproxy's, which tells of clients in both versions, and asks from an address of its own.
const balancerConfig = `
global
	maxconn 100
defaults
	mode tcp
	timeout connect 10s
	timeout client 60s
	timeout server 60s
listen first
	bind fd@%[1]d
	server gateway %[3]s source 127.0.0.2 send-proxy
listen second
	bind fd@%[2]d
	server gateway %[3]s source 127.0.0.2 send-proxy-v2
`

func TestHAProxyTellsOfItsClients(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	program := needed(t, "haproxy")
	p := start(t, with(with(standard, "graphql", askedFrom), "server", "proxy_protocol: {from: [127.0.0.2]}"))
	var sockets []*os.File
	var addresses []string
	for range 2 {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		socket, err := listener.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		sockets, addresses = append(sockets, socket), append(addresses, listener.Addr().String())
		t.Cleanup(func() { _, _ = socket.Close(), listener.Close() })
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := fmt.Appendf(nil, balancerConfig, 3, 4, strings.TrimPrefix(p.public, "http://"))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-db", "-f", file)
	process.ExtraFiles = sockets
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
	})
	for i, address := range addresses {
		for from, want := range map[string]int{"127.0.0.3": http.StatusOK, "127.0.0.4": http.StatusForbidden} {
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
			client := &http.Client{Transport: &http.Transport{
				DisableKeepAlives: true,
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return dialer.DialContext(ctx, network, address)
				},
			}}
			if r := sendBy(t, client, p.request(t, operation{query: `{ me { id } }`})); r.status != want {
				t.Errorf("by version %d, %s is answered with %d %s, want %d", i+1, from, r.status, r.body, want)
			}
		}
	}
}

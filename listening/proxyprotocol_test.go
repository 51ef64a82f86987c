package listening_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/listening"
)

// second is a header of version 2: command and family as the protocol has them, and what follows its length.
func second(command, family byte, rest ...byte) string {
	text := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x20|command, family)
	return string(append(binary.BigEndian.AppendUint16(text, uint16(len(rest))), rest...))
}

// addresses are the client 192.0.2.7:4711 and the balancer, as version 2 has them.
var addresses = []byte{192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0xbb}

// hears has a server hear one connection, whose client sends this and no more. It returns whom the server sees, and what it reads.
func hears(t *testing.T, from, text string) (client, read string, registry *prometheus.Registry) {
	t.Helper()
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	registry = prometheus.NewRegistry()
	settings := listening.DefaultProtocols().ProxyProtocol
	settings.From = strings.Fields(from)
	balancers, err := listening.OpenBalancers(settings, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener := balancers.Listen(inner)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		conn, err := listener.Accept()
		if err != nil {
			client = "nobody"
			return
		}
		defer conn.Close()
		all, _ := io.ReadAll(conn)
		client, read = conn.RemoteAddr().String(), string(all)
	}()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn) // until it is closed
	_ = listener.Close()
	<-heard
	if client == conn.LocalAddr().String() {
		client = "itself"
	}
	return client, read, registry
}

func TestABalancerTellsOfItsClient(t *testing.T) {
	const request = "GET / HTTP/1.1\r\n\r\n"
	long := strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		from, text   string
		client, read string
		result       string
	}{
		"version 1":                  {"127.0.0.0/8", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n" + request, "192.0.2.7:4711", request, "client"},
		"version 1 by IPv6":          {"127.0.0.1", "PROXY TCP6 2001:db8::7 ::1 4711 443\r\n" + request, "[2001:db8::7]:4711", request, "client"},
		"version 1 and much behind":  {"127.0.0.1", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n" + long, "192.0.2.7:4711", long, "client"},
		"version 1 that knows none":  {"127.0.0.1", "PROXY UNKNOWN\r\n" + request, "itself", request, "local"},
		"version 2":                  {"127.0.0.1", second(1, 0x11, addresses...) + request, "192.0.2.7:4711", request, "client"},
		"version 2 with more":        {"127.0.0.1", second(1, 0x11, append(bytes.Clone(addresses), 4, 0, 3, 'a', 'b', 'c')...) + request, "192.0.2.7:4711", request, "client"},
		"version 2, a health check":  {"127.0.0.1", second(0, 0) + request, "itself", request, "local"},
		"nothing":                    {"127.0.0.1", "", "nobody", "", "refused"},
		"a request":                  {"127.0.0.1", request, "nobody", "", "refused"},
		"half of a word":             {"127.0.0.1", "PROXY TCP4 192.0.2.7", "nobody", "", "refused"},
		"a word without end":         {"127.0.0.1", "PROXY " + long, "nobody", "", "refused"},
		"no address":                 {"127.0.0.1", "PROXY TCP4 localhost 10.0.0.1 4711 443\r\n" + request, "nobody", "", "refused"},
		"an address of UDP":          {"127.0.0.1", second(1, 0x12, addresses...) + request, "nobody", "", "refused"},
		"a socket without address":   {"127.0.0.1", second(1, 0x31, make([]byte, 216)...) + request, "nobody", "", "refused"},
		"another version":            {"127.0.0.1", "\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00" + request, "nobody", "", "refused"},
		"somebody else, and nothing": {"10.0.0.0/8", request, "itself", request, ""},
		"somebody else":              {"10.0.0.0/8", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", "itself", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", ""},
		"nobody is believed":         {"", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", "itself", "PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n", "off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, read, registry := hears(t, c.from, c.text)
			if diff := cmp.Diff([]string{c.client, c.read}, []string{client, read}); diff != "" {
				t.Errorf("who was seen, and what was read (-want +got):\n%s", diff)
			}
			if c.result == "off" {
				return
			}
			var want strings.Builder
			want.WriteString("# HELP concierge_proxy_protocol_connections_total Connections of balancers that must tell of the client, by what they " +
				"told: client, local, refused.\n# TYPE concierge_proxy_protocol_connections_total counter\n")
			for _, each := range []string{"client", "local", "refused"} {
				n := "0"
				if each == c.result {
					n = "1"
				}
				fmt.Fprintf(&want, "concierge_proxy_protocol_connections_total{result=%q} %s\n", each, n)
			}
			if err := testutil.GatherAndCompare(registry, strings.NewReader(want.String())); err != nil {
				t.Error(err)
			}
		})
	}
}

// One balancer that says nothing keeps nobody waiting, and closing the listener ends the wait for it.
func TestASilentBalancerKeepsNobodyWaiting(t *testing.T) {
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings := listening.DefaultProtocols().ProxyProtocol
	settings.From, settings.Timeout = []string{"127.0.0.1"}, time.Minute
	balancers, err := listening.OpenBalancers(settings, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener := balancers.Listen(inner)
	dial := func() net.Conn {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	silent, telling := dial(), dial()
	defer silent.Close()
	defer telling.Close()
	if _, err := io.WriteString(telling, "PROXY UNKNOWN\r\n"); err != nil {
		t.Fatal(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("the silent balancer's connection is open")
	}
	if _, err := listener.Accept(); err == nil {
		t.Error("a closed listener accepts")
	}
}

// Whatever a balancer says, what is behind it is read as it was sent, and who is seen has an address.
func FuzzProxyProtocol(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte(second(1, 0x11, addresses...)))
	f.Add([]byte(second(1, 0x21, make([]byte, 36)...)))
	f.Add([]byte(second(0, 0)))
	f.Fuzz(func(t *testing.T, word []byte) {
		const behind = "GET / HTTP/1.1\r\n"
		conn, err := listening.Told(&spoken{Reader: bufio.NewReader(io.MultiReader(bytes.NewReader(word), strings.NewReader(behind)))})
		if err != nil {
			return
		}
		if _, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err != nil {
			t.Errorf("the client is at %s", conn.RemoteAddr())
		}
		if all, err := io.ReadAll(conn); err != nil || !bytes.HasSuffix([]byte(string(word)+behind), all) {
			t.Errorf("%q, %v is read behind %q", all, err, word)
		}
	})
}

// spoken is a connection on which all has been said.
type spoken struct {
	net.Conn
	io.Reader
}

func (s *spoken) Read(into []byte) (int, error) { return s.Reader.Read(into) }

func (*spoken) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1} }

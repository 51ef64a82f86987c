package listening_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/units"
)

// besieged is a server of HTTP/2 that counts how many of its handlers run.
type besieged struct {
	*testing.T
	address  string
	settings listening.HTTP2
	registry *prometheus.Registry
	asked    atomic.Int64
	running  atomic.Int64
	most     atomic.Int64
	release  chan struct{} // lets the handlers end
}

func besiege(t *testing.T, change func(*listening.Bounds)) *besieged {
	t.Helper()
	b := &besieged{T: t, registry: prometheus.NewRegistry(), release: make(chan struct{})}
	bounds := listening.Bounds{
		Header: time.Minute, Body: time.Minute, Write: time.Minute, Idle: time.Minute, MaxHeader: 32 * units.KiB,
		HTTP2: listening.DefaultProtocols().HTTP2, HTTP2Error: listening.CountHTTP2Errors(b.registry),
	}
	bounds.HTTP2.MaxStreams = 10
	if change != nil {
		change(&bounds)
	}
	b.settings = bounds.HTTP2
	log := slog.New(slog.DiscardHandler)
	server := listening.Server(http.HandlerFunc(b.answer), bounds, log)
	guard := framing.New(framing.Settings{MaxHeader: bounds.MaxHeader}, b.registry, log)
	guard.Attach(server)
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = inner.Addr().String()
	cert := newAuthority(t).issue(t, elliptic256(t), []string{"localhost"})
	pair, err := tls.X509KeyPair(cert.cert, cert.key)
	if err != nil {
		t.Fatal(err)
	}
	settings := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(guard.ListenTLS(inner, settings, time.Minute, func(error) {}))
	}()
	t.Cleanup(func() {
		close(b.release)
		_ = server.Close()
		<-ended
	})
	return b
}

// answer takes as long as it is let.
func (b *besieged) answer(_ http.ResponseWriter, r *http.Request) {
	b.asked.Add(1)
	now := b.running.Add(1)
	defer b.running.Add(-1)
	most := b.most.Load()
	for now > most && !b.most.CompareAndSwap(most, now) {
		most = b.most.Load()
	}
	if r.URL.Path == "/quick" {
		return
	}
	<-b.release
}

// attacker is a client that writes frames by hand.
type attacker struct {
	*http2.Framer
	conn  net.Conn
	block bytes.Buffer
	coder *hpack.Encoder
	next  uint32
	ended chan http2.Frame // the GOAWAY, or nothing where there was none, once the connection is closed
}

func (b *besieged) attack() *attacker {
	b.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}}
	conn, err := dialer.DialContext(b.Context(), "tcp", b.address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	a := &attacker{Framer: http2.NewFramer(conn, conn), conn: conn, next: 1, ended: make(chan http2.Frame, 1)}
	a.coder = hpack.NewEncoder(&a.block)
	a.AllowIllegalWrites = true
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		b.Fatal(err)
	}
	if err := a.WriteSettings(); err != nil {
		b.Fatal(err)
	}
	return a
}

// listen reads what the server says until it hangs up.
func (a *attacker) listen() {
	defer close(a.ended)
	for {
		frame, err := a.ReadFrame()
		if err != nil {
			return
		}
		if leave, ok := frame.(*http2.GoAwayFrame); ok {
			select {
			case a.ended <- leave:
			default:
			}
		}
	}
}

// headers are a request's, with these fields beside those that it needs.
func (a *attacker) headers(path string, fields ...string) []byte {
	a.block.Reset()
	all := append([]string{":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", path}, fields...)
	for i := 0; i < len(all); i += 2 {
		_ = a.coder.WriteField(hpack.HeaderField{Name: all[i], Value: all[i+1]})
	}
	return a.block.Bytes()
}

func (a *attacker) open(path string) (id uint32, err error) {
	id = a.next
	a.next += 2
	return id, a.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: a.headers(path), EndStream: true, EndHeaders: true})
}

// code is why the server hung up.
func (a *attacker) code(t *testing.T) http2.ErrCode {
	t.Helper()
	for frame := range a.ended {
		if leave, ok := frame.(*http2.GoAwayFrame); ok {
			return leave.ErrCode
		}
	}
	return http2.ErrCodeNo
}

// lives has a client that does nothing wrong ask once more.
func (b *besieged) lives() {
	b.Helper()
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: protocols}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://"+b.address+"/quick", nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		b.Fatalf("others are not answered: %v", err)
	}
	res.Body.Close()
}

// CVE-2023-44487: streams that are opened and given up at once. Their handlers go on, and no more of them run than may be open.
func TestStreamsThatAreGivenUpAtOnceAreBounded(t *testing.T) {
	b := besiege(t, nil)
	a := b.attack()
	go a.listen()
	var err error
	for sent := 0; sent < 10_000 && err == nil; sent++ {
		var id uint32
		if id, err = a.open("/slow"); err == nil {
			err = a.WriteRSTStream(id, http2.ErrCodeCancel)
		}
	}
	if code := a.code(t); code != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection was closed for %v", code)
	}
	if most := b.most.Load(); most > int64(b.settings.MaxStreams) {
		t.Errorf("%d handlers ran at the same time, want at most %d", most, b.settings.MaxStreams)
	}
	b.lives()
}

// Streams that the server has to reset, since the client does something wrong in them (MadeYouReset, CVE-2025-8671), are bounded in the
// same way.
func TestStreamsThatTheServerMustResetAreBounded(t *testing.T) {
	b := besiege(t, nil)
	a := b.attack()
	go a.listen()
	var err error
	for sent := 0; sent < 10_000 && err == nil; sent++ {
		var id uint32
		if id, err = a.open("/slow"); err == nil {
			err = a.WriteWindowUpdate(id, 1<<31-1) // more than there may be
		}
	}
	if code := a.code(t); code != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection was closed for %v", code)
	}
	if most := b.most.Load(); most > int64(b.settings.MaxStreams) {
		t.Errorf("%d handlers ran at the same time, want at most %d", most, b.settings.MaxStreams)
	}
	b.lives()
}

// Frames that cost the server more than they cost the client, each without end: the connection is closed, unless they cost it no memory
// and no more time than it takes to read them.
func TestFloodsCostNothingButTheirConnection(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(*attacker) error
		flood func(*attacker) error
		quiet bool // the client reads nothing of what it is answered
		cheap bool // the connection goes on
	}{
		// A header that never ends (CVE-2023-45288).
		"CONTINUATION": {
			begin: func(a *attacker) error {
				return a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.headers("/quick")})
			},
			flood: func(a *attacker) error {
				a.block.Reset()
				_ = a.coder.WriteField(hpack.HeaderField{Name: "x-more", Value: strings.Repeat("x", 8000), Sensitive: true})
				return a.WriteContinuation(1, false, a.block.Bytes())
			},
		},
		"CONTINUATION of nothing": {
			begin: func(a *attacker) error {
				return a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.headers("/quick")})
			},
			flood: func(a *attacker) error { return a.WriteContinuation(1, false, nil) },
			cheap: true, // until the idle timeout
		},
		// What is answered to a client that reads nothing (CVE-2019-9512, CVE-2019-9515).
		"PING":     {flood: func(a *attacker) error { return a.WritePing(false, [8]byte{}) }, quiet: true},
		"SETTINGS": {flood: func(a *attacker) error { return a.WriteSettings() }, quiet: true, cheap: true}, // one answer for all
		"a stream that was never there": {
			flood: func(a *attacker) error { return a.WriteData(a.next, false, []byte("x")) },
		},
		"a frame that is too long": {
			flood: func(a *attacker) error { return a.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 64<<10)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := besiege(t, func(bounds *listening.Bounds) { bounds.Write = 2 * time.Second })
			a := b.attack()
			if !c.quiet {
				go a.listen()
			}
			var err error
			if c.begin != nil {
				err = c.begin(a)
			}
			before := memory()
			sent, most := 0, 2_000_000 // frames; none of them needs as many
			if c.cheap {
				most = 20_000
			}
			for ; sent < most && err == nil; sent++ {
				err = c.flood(a)
			}
			if (err == nil) != c.cheap {
				t.Errorf("after %d frames, the connection ended with %v", sent, err)
			}
			if grown := memory() - before; grown > 16<<20 {
				t.Errorf("memory has grown by %d bytes", grown)
			}
			b.lives()
		})
	}
}

func memory() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// A header that unpacks into far more than it takes is refused by what it unpacks into.
func TestAHeaderThatUnpacksIntoTooMuchIsRefused(t *testing.T) {
	b := besiege(t, nil)
	a := b.attack()
	fields := []string{"x-large", strings.Repeat("x", 4000)}
	for range 1000 {
		fields = append(fields, fields[0], fields[1]) // a byte each, from the second on
	}
	block := a.headers("/quick", fields...)
	if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block, EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	go a.listen()
	b.lives()
	if got := b.asked.Load(); got != 1 {
		t.Errorf("%d requests were let through, want that of the other client alone", got)
	}
}

// What nobody reads of bodies stays within what the settings say.
func TestBodiesThatNobodyReadsAreBounded(t *testing.T) {
	b := besiege(t, nil)
	a := b.attack()
	go a.listen()
	id := a.next
	fields := append([]string{":method", "POST", ":scheme", "https", ":authority", "localhost", ":path", "/slow"}, "x", "y")
	a.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = a.coder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: a.block.Bytes(), EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	before := memory()
	var err error
	sent := 0
	for piece := make([]byte, 16<<10); sent < 16<<20 && err == nil; sent += len(piece) {
		err = a.WriteData(id, false, piece)
	}
	if grown := memory() - before; grown > 4<<20 {
		t.Errorf("after %d bytes, memory has grown by %d", sent, grown)
	}
	if got, err := testutil.GatherAndCount(b.registry, "concierge_http2_errors_total"); got == 0 || err != nil {
		t.Errorf("%d kinds of errors were counted, %v", got, err)
	}
	b.lives()
}

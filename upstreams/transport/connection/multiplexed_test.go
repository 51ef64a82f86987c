package connection

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// framed is a service that speaks HTTP/2 by hand. It does to the first stream as it is told, and answers all others.
type framed struct {
	first func(*http2.Framer, uint32) (over bool)

	mu      sync.Mutex
	streams int
	bodies  []string
}

func (f *framed) handle(p *peer) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(p, preface); err != nil {
		return
	}
	framer := http2.NewFramer(p, p)
	_ = framer.WriteSettings()
	body := make(map[uint32]string)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		id, over := frame.Header().StreamID, false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.DataFrame:
			body[id] += string(frame.Data())
			over = frame.StreamEnded()
		case *http2.HeadersFrame:
			over = frame.StreamEnded()
		}
		if over && f.answer(framer, id, body[id]) {
			return
		}
	}
}

// answer answers a stream whose request is there.
func (f *framed) answer(framer *http2.Framer, id uint32, body string) (over bool) {
	f.mu.Lock()
	f.streams++
	n := f.streams
	f.bodies = append(f.bodies, body)
	f.mu.Unlock()
	if n == 1 {
		return f.first(framer, id)
	}
	var block bytes.Buffer
	_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = framer.WriteData(id, true, []byte("hello"))
	return false
}

func resets(code http2.ErrCode) func(*http2.Framer, uint32) bool {
	return func(framer *http2.Framer, id uint32) bool {
		_ = framer.WriteRSTStream(id, code)
		return false
	}
}

// leaves has the service leave without having looked at the stream.
func leaves(framer *http2.Framer, _ uint32) bool {
	_ = framer.WriteGoAway(0, http2.ErrCodeNo, nil)
	return false
}

// leavesAfter has it leave, look at the stream, and hang up.
func leavesAfter(framer *http2.Framer, id uint32) bool {
	_ = framer.WriteGoAway(id, http2.ErrCodeNo, nil)
	return true
}

func hangsUp(*http2.Framer, uint32) bool { return true }

func speaking(http1, h2c bool) *http.Transport {
	t := settings()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(http1)
	t.Protocols.SetUnencryptedHTTP2(h2c)
	return t
}

func multiplexed(tb testing.TB) *Multiplexed {
	tb.Helper()
	m := NewMultiplexed(speaking(false, true), speaking(true, false))
	tb.Cleanup(m.CloseIdleConnections)
	return m
}

// What a service said that it did nothing with is sent again, whatever it asks for; and nothing else is that makes a difference.
func TestWhatWasNotProcessedIsSentAgain(t *testing.T) {
	const get, post = http.MethodGet, http.MethodPost
	for name, c := range map[string]struct {
		method, body string
		first        func(*http2.Framer, uint32) bool
		sent         int
		want         attempt.Outcome
	}{
		"a read that is refused":                     {get, "", resets(http2.ErrCodeRefusedStream), 2, attempt.Answered},
		"a write that is refused":                    {post, "order", resets(http2.ErrCodeRefusedStream), 2, attempt.Answered},
		"a write without a body that is refused":     {post, "", resets(http2.ErrCodeRefusedStream), 2, attempt.Answered},
		"a read when the service leaves":             {get, "", leaves, 2, attempt.Answered},
		"a write when the service leaves":            {post, "order", leaves, 2, attempt.Answered},
		"a write without a body when it leaves":      {post, "", leaves, 2, attempt.Answered},
		"a write that is taken before it leaves":     {post, "order", leavesAfter, 1, attempt.Broken},
		"a write that is reset":                      {post, "order", resets(http2.ErrCodeInternal), 1, attempt.Broken},
		"a write that is reset as malformed":         {post, "order", resets(http2.ErrCodeProtocol), 1, attempt.Broken},
		"a write without a body, reset as malformed": {post, "", resets(http2.ErrCodeProtocol), 1, attempt.Broken},
		"a write when the connection breaks":         {post, "order", hangsUp, 1, attempt.Broken},
		"a read when the connection breaks":          {get, "", hangsUp, 1, attempt.Broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := &framed{first: c.first}
			s := serve(t, service.handle)
			req := request(t.Context(), t, c.method, s.base, c.body)
			res, err := multiplexed(t).RoundTrip(req)
			if got := attempt.Judge(t.Context(), res, err); got != c.want {
				t.Errorf("it ended as %v with %v, want %v", got, err, c.want)
			}
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			service.mu.Lock()
			defer service.mu.Unlock()
			if service.streams != c.sent {
				t.Errorf("it was sent %d times, want %d", service.streams, c.sent)
			}
			for _, each := range service.bodies {
				if each != c.body {
					t.Errorf("its body came as %q, want %q", each, c.body)
				}
			}
		})
	}
}

// A body that cannot be had again is not sent again, and the error says that it could have been.
func TestABodyThatStreamsIsSentOnce(t *testing.T) {
	service := &framed{first: leaves}
	s := serve(t, service.handle)
	req := request(t.Context(), t, http.MethodPost, s.base, "")
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader("order")), -1
	res, err := multiplexed(t).RoundTrip(req)
	if err == nil {
		res.Body.Close()
	}
	if !errors.Is(err, attempt.ErrUnprocessed) || service.streams != 1 {
		t.Errorf("got %v after %d streams, want %v after one", err, service.streams, attempt.ErrUnprocessed)
	}
}

func TestWhatAsksForAnotherProtocolGoesByHTTP1(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+r.Header.Get("Upgrade"))
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()
	m := multiplexed(t)
	var got []string
	for _, upgrade := range []string{"", "websocket"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if upgrade != "" {
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", upgrade)
		}
		text, err := send(m, req)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff([]string{"HTTP/2.0", "HTTP/1.1websocket"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

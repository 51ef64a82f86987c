package connection

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script is a connection whose other end says the same to whatever is written, and hangs up.
type script struct {
	net.Conn // nil: nothing else is used

	text  *bytes.Reader
	asked chan struct{}
	ask   func()
	mu    sync.Mutex
}

func scripted(text []byte) *script {
	s := &script{text: bytes.NewReader(text), asked: make(chan struct{})}
	s.ask = sync.OnceFunc(func() { close(s.asked) })
	return s
}

func (s *script) Write(text []byte) (int, error) {
	s.ask()
	return len(text), nil
}

func (s *script) Read(into []byte) (int, error) {
	<-s.asked
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Read(into)
}

func (s *script) Close() error {
	s.ask()
	return nil
}

func (*script) SetDeadline(time.Time) error { return nil }

// Whatever bytes a service says, the caller sees what http.Transport shows of them.
func FuzzAnswer(f *testing.F) {
	for _, each := range rawAnswers {
		if len(each.text) < 1000 {
			f.Add([]byte(each.text), each.method == http.MethodHead)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, head bool) {
		if bytes.Contains(text, []byte("101")) {
			t.Skip("a protocol that nobody asked for is refused here, and is not there")
		}
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		other := settings()
		other.DialContext = func(context.Context, string, string) (net.Conn, error) { return scripted(text), nil }
		own := New(inMemory, other)
		defer own.CloseIdleConnections()
		want := look(other, request(t.Context(), t, method, inMemory, ""))
		got := look(own, request(t.Context(), t, method, inMemory, ""))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-http.Transport +own):\n%s", diff)
		}
	})
}

func TestALongAnswerIsReadInPiecesOfAnyLength(t *testing.T) {
	text := strings.Repeat("abcdefghij", 7000)
	s := serve(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"+text))
	way := to(t, s)
	for _, length := range []int{1, 7, readBuffer - 1, readBuffer, readBuffer + 1, 69_999, 70_000, 70_001} {
		res, err := way.RoundTrip(request(t.Context(), t, http.MethodGet, s.base, ""))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		if _, err := io.CopyBuffer(&got, struct{ io.Reader }{res.Body}, make([]byte, length)); err != nil || got.String() != text {
			t.Errorf("in pieces of %d, it is %d bytes, %v", length, got.Len(), err)
		}
	}
	if s.connections() != 1 {
		t.Errorf("it took %d connections, want one", s.connections())
	}
}

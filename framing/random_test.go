package framing

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

// The parts that requests are put together from at random. Good ones stand more often than once.
var (
	lines = []string{
		"GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n",
		"GET http://test/ HTTP/1.1\r\n", "CONNECT test:443 HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "get /%2f?a=% HTTP/1.1\r\n",
		"GET /%2 HTTP/1.1\r\n", "GET  / HTTP/1.1\r\n", "GET / HTTP/1.2\r\n", "GET /\r\n", "\r\n", "GET http://other HTTP/1.1\r\n",
	}
	fields = []string{
		"Content-Length: 3\r\n", "content-length:0\r\n", "Transfer-Encoding: chunked\r\n", "transfer-encoding:\tCHUNKED \r\n",
		"Connection: keep-alive\r\n", "Upgrade: x\r\n", "Trailer: X-T\r\n", "Expect: 100-continue\r\n", "X-Empty:\r\n", "X-T: 1\r\n",
		"Content-Length: +3\r\n", "Content_Length: 3\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Host: other\r\n",
		"Connection: close, content-length\r\n", "Trailer: Content-Length\r\n", " folded\r\n",
	}
	hosts = []string{"Host: test\r\n", "Host: test\r\n", "Host: test\r\n", "host:test:443 \r\n", "Host: [::1]:8\r\n", "Host:\r\n", ""}
	rests = []string{
		"", "", "abc", "abc", "3\r\nabc\r\n0\r\n\r\n", "3;a=b\r\nabc\r\n000\r\nX-T: 1\r\n\r\n", "0\r\n\r\n", "3\r\nabc\r\n", "\r\n",
		"3 \r\nabc\r\n", "3\nabc\r\n", "0x3\r\n", "+3\r\n", "3\r\nabcd\r\n", "ffffffffffffffffff\r\n",
	}
	specks = []string{"", "", "", "", "", "", "\r", "\n", "\r\n", " ", "\t", "\x00", "\x0b", ":", ",", ";", "_", "é", "\x7f", "0", "#"}
)

// drawRequests puts requests together.
func drawRequests(t *rapid.T) string {
	draw := func(from []string) string { return rapid.SampledFrom(from).Draw(t, "part") }
	var requests strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, "requests") {
		some := rapid.SliceOfN(rapid.SampledFrom(fields), 0, 3).Draw(t, "fields")
		requests.WriteString(draw(lines) + draw(hosts) + strings.Join(some, "") + "\r\n" + draw(rests))
	}
	sent := requests.String()
	at := rapid.IntRange(0, len(sent)).Draw(t, "at")
	return sent[:at] + draw(specks) + sent[at:]
}

func TestRequestsPutTogetherAtRandomAreReadAsNetHTTPReadsThem(t *testing.T) {
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 10).Draw(t, "lengths")
		passed += len(compare(t, drawRequests(t), lengths).Messages)
	})
	if passed == 0 {
		t.Error("nothing was let through")
	}
}

// inPieces is a connection on which bytes come in pieces. A piece of nothing is a Read that is interrupted.
type inPieces struct {
	net.Conn
	sent    string
	lengths []int
}

func (c *inPieces) Read(p []byte) (int, error) {
	if c.sent == "" {
		return 0, io.EOF
	}
	length := len(c.sent)
	if len(c.lengths) > 0 {
		length, c.lengths = min(length, c.lengths[0]), c.lengths[1:]
	}
	if length == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, c.sent[:length])
	c.sent = c.sent[n:]
	return n, nil
}

// Whatever the pieces that come, the room for them and the interruptions, a connection gives what the judge lets through, and then
// what stands in for the rest.
func TestAConnectionGivesWhatTheJudgeLetsThrough(t *testing.T) {
	guard := New(Settings{MaxHeader: limit}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	rapid.Check(t, func(t *rapid.T) {
		sent := drawRequests(t)
		want := judged(sent)
		for r := none + 1; r < reasons && want.Reason != none.words().label; r++ {
			switch {
			case r.words().label != want.Reason:
			case want.Open:
				want.Passed += brokenChunk
			default:
				want.Passed += guard.standIns[r]
			}
		}
		lengths := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 30).Draw(t, "lengths")
		rooms := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 7, 100, 5000}), 1, 9).Draw(t, "rooms")
		c := guard.watch(&inPieces{sent: sent, lengths: lengths})
		var got strings.Builder
		for i := 0; ; i++ {
			p := make([]byte, rooms[i%len(rooms)])
			n, err := c.Read(p)
			got.Write(p[:n])
			if errors.Is(err, io.EOF) && c.judge.state == waiting && !c.refused {
				c.answered.Store(c.judge.asked) // a handler answers that there is no other protocol
				if c.held.empty() {
					break
				}
				continue
			}
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
		}
		if diff := cmp.Diff(want.Passed, got.String()); diff != "" {
			t.Errorf("what is read of %q (-want +got):\n%s", sent, diff)
		}
	})
}

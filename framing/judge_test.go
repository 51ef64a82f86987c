package framing

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// verdict is what became of some bytes.
type verdict struct {
	Passed   string
	Reason   string
	Messages []message // those of which every byte was let through
	Open     bool      // there is one more, of which some were
}

// message is a request as it was found on the wire.
type message struct{ Method, Content string }

// look shows bytes to a new judge, as far as each of the lengths and then the rest.
func look(sent string, lengths ...int) verdict {
	j := judge{maxHead: limit}
	passed, shown, r := 0, 0, none
	for _, length := range append(lengths, len(sent)) {
		shown = min(shown+length, len(sent))
		var ok int
		ok, r = j.look([]byte(sent[passed:shown]))
		passed += ok
		if r != none {
			break
		}
	}
	return verdict{Passed: sent[:passed], Reason: r.words().label}
}

// judged is a verdict with the messages as the guard sees them, found by a judge that is driven step by step.
func judged(sent string) verdict {
	j := judge{maxHead: limit}
	var v verdict
	var current *message
	b := []byte(sent)
	for len(b) > 0 {
		before := j.state
		if before == waiting {
			j.goOn()
			continue
		}
		n, r := j.step(b)
		v.Reason = r.words().label
		if r != none || n == 0 {
			break
		}
		switch before {
		case inHead:
			method, _, _ := strings.Cut(strings.TrimPrefix(string(b[:n]), "\r\n"), " ")
			current = &message{Method: method}
		case inContent, inChunk:
			current.Content += string(b[:n])
		default:
		}
		if !j.inMessage() {
			v.Messages = append(v.Messages, *current)
		}
		v.Passed += string(b[:n])
		b = b[n:]
	}
	v.Open = j.inMessage()
	return v
}

// readAsNetHTTP reads bytes as net/http's server does, with the first thing that it does not take.
func readAsNetHTTP(sent string) ([]message, error) {
	var all []message
	r := bufio.NewReader(strings.NewReader(sent))
	for method := ""; ; {
		if method == http.MethodPost {
			if next, _ := r.Peek(2); string(next) == "\r\n" {
				_, _ = r.Discard(2)
			}
		}
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return all, nil
		}
		req, err := http.ReadRequest(r)
		if err != nil {
			return all, err
		}
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return all, err
		}
		method = req.Method
		all = append(all, message{req.Method, string(content)})
	}
}

const limit = 16 << 10

// FuzzGuard compares with net/http: what is let through it must take, all of it, and end where the guard does. Nothing depends on
// the pieces in which bytes come.
func FuzzGuard(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), uint64(1))
	}
	f.Fuzz(func(t *testing.T, sent []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 0))
		var lengths []int
		for range 20 {
			lengths = append(lengths, random.IntN(len(sent)+1)/(1+random.IntN(8)))
		}
		compare(t, string(sent), lengths)
	})
}

// failer is a test, or one case of a property.
type failer interface {
	Errorf(format string, args ...any)
}

// compare checks that net/http takes what is let through, all of it and with the same ends, and that the pieces in which it comes
// make no difference.
func compare(t failer, sent string, lengths []int) verdict {
	whole := judged(sent)
	messages, err := readAsNetHTTP(whole.Passed)
	if open := err != nil && strings.Contains(err.Error(), "unexpected EOF"); err != nil && !open || open != whole.Open {
		t.Errorf("a message is open: %t; net/http says of what was let through: %v\n%q", whole.Open, err, whole.Passed)
	}
	if diff := cmp.Diff(whole.Messages, messages); diff != "" {
		t.Errorf("the messages (-guard +net/http):\n%s\nof %q", diff, whole.Passed)
	}
	if diff := cmp.Diff(look(sent), look(sent, lengths...)); diff != "" {
		t.Errorf("the verdict on %q (-at once +in pieces %v):\n%s", sent, lengths, diff)
	}
	return whole
}

// seeds have every state in them.
var seeds = []string{
	"GET / HTTP/1.1\r\nHost: test\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n00\r\nX-T: 1\r\n\r\nPUT / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n",
	"CONNECT test:443 HTTP/1.1\r\nHost: test:443\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n",
	"GET http://test:80/%41?%zz HTTP/1.1\r\nHost: TEST:80\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"GET / HTTP/1.1\nHost: test\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: test\r\nX: a\r\n b\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

func TestWhatIsLetThroughDoesNotDependOnThePiecesItComesIn(t *testing.T) {
	for _, seed := range seeds {
		want := look(seed)
		for at := range len(seed) {
			if diff := cmp.Diff(want, look(seed, at)); diff != "" {
				t.Errorf("%q, cut at %d (-at once +in pieces):\n%s", seed, at, diff)
			}
		}
		if diff := cmp.Diff(want, look(seed, bytesOf(seed)...)); diff != "" {
			t.Errorf("%q, byte by byte (-at once +in pieces):\n%s", seed, diff)
		}
	}
}

func bytesOf(text string) []int {
	ones := make([]int, len(text))
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

// chunks is a request in chunks, with what is behind its header section.
func chunks(body string) string {
	return "PUT / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

func TestALimitIsKept(t *testing.T) {
	head := func(size int) string {
		const begin, end = "GET / HTTP/1.1\r\nHost: test\r\nX: ", "\r\n\r\n"
		return begin + strings.Repeat("x", size-len(begin)-len(end)) + end
	}
	trailers := func(size int) string {
		const begin, end = "X: ", "\r\n\r\n"
		return chunks("0\r\n" + begin + strings.Repeat("x", size-len(begin)-len(end)) + end)
	}
	chunkLine := func(size int) string { return chunks("0;" + strings.Repeat("x", size-4) + "\r\n\r\n") }
	overhead := func(n int) string {
		return chunks(strings.Repeat("1;"+strings.Repeat("x", 114)+"\r\nx\r\n", n) + "0\r\n\r\n")
	}
	for name, c := range map[string]struct{ sent, reason string }{
		"a header section of the most bytes":          {head(limit), "none"},
		"a header section of one more":                {head(limit + 1), "header_too_large"},
		"a fault behind the most bytes":               {head(limit+1) + "\n", "header_too_large"},
		"trailers of the most bytes":                  {trailers(maxTrailers), "none"},
		"trailers of one more":                        {trailers(maxTrailers + 1), "trailers_too_large"},
		"a chunk's line of the most bytes":            {chunkLine(maxChunkLine), "none"},
		"a chunk's line of one more":                  {chunkLine(maxChunkLine + 1), "chunk_extension"},
		"chunks that are little data":                 {overhead(maxOverhead / 100), "none"},
		"chunks that are less data":                   {overhead(maxOverhead/100 + 1), "chunk_overhead"},
		"the largest size of a chunk":                 {chunks("fffffffffffffff\r\n"), "none"},
		"a larger one":                                {chunks("1000000000000000\r\n"), "chunk_size"},
		"a size with many zeros":                      {chunks("000000000000005\r\nhello\r\n0\r\n\r\n"), "none"},
		"a size with more of them":                    {chunks("0000000000000005\r\nhello\r\n0\r\n\r\n"), "chunk_size"},
		"the largest Content-Length":                  {"PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 999999999999999999\r\n\r\n", "none"},
		"a larger one, which an int64 could not hold": {"PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999999999999999\r\n\r\n", "content_length"},
	} {
		t.Run(name, func(t *testing.T) {
			got := look(c.sent)
			if got.Reason != c.reason {
				t.Errorf("the reason is %s, want %s", got.Reason, c.reason)
			}
			if c.reason == "none" {
				if _, err := readAsNetHTTP(got.Passed); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("net/http does not take it: %v", err)
				}
			}
		})
	}
}

func BenchmarkJudge(b *testing.B) {
	request := []byte(browserRequest)
	b.SetBytes(int64(len(request)))
	b.ReportAllocs()
	j := judge{maxHead: limit}
	for b.Loop() {
		if ok, r := j.look(request); ok != len(request) || r != none {
			b.Fatal(ok, r.words())
		}
	}
}

// browserRequest is of a usual size.
var browserRequest = "GET /v1/users/7?fields=name HTTP/1.1\r\n" +
	"Host: shop.example\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
	"Accept: application/json, text/plain;q=0.9, */*;q=0.8\r\n" +
	"Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Authorization: Bearer " + strings.Repeat("eyJhbGciOiJ", 24) + "\r\n" +
	"X-Request-ID: 0198f1c2-7a7e-7cc3-98c4-dc0c0c07398f\r\n" +
	"Cookie: session=" + strings.Repeat("0123456789abcdef", 4) + "\r\n" +
	"Connection: keep-alive\r\n\r\n"

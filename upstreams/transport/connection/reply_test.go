package connection

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Whatever is taken for a usual answer, net/http reads the same of it.
func FuzzUsual(f *testing.F) {
	for _, each := range rawAnswers {
		if head, _, ok := strings.Cut(each.text, "\r\n\r\n"); ok && len(head) < 1000 {
			f.Add(head + "\r\n")
		}
	}
	f.Add("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-A: b \r\nConnection: keep-alive\r\n")
	f.Fuzz(func(t *testing.T, lines string) {
		got := new(usual)
		if strings.Contains(lines, "\r\n\r\n") || !readUsual(lines, got) {
			return
		}
		want, err := http.ReadResponse(bufio.NewReader(strings.NewReader(lines+"\r\n")), nil)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		defer want.Body.Close()
		if (got.ContentLength == 0) != (want.Body == http.NoBody) {
			t.Errorf("net/http has another body of %d bytes", want.ContentLength)
		}
		if diff := cmp.Diff(want, &got.Response, cmpopts.IgnoreFields(http.Response{}, "Body")); diff != "" {
			t.Errorf("(-net/http +own):\n%s", diff)
		}
	})
}

func TestWhatIsUnusualIsLeftToNetHTTP(t *testing.T) {
	for name, lines := range map[string]string{
		"a hint":                  "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n",
		"no body by its status":   "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n",
		"another version":         "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n",
		"no reason":               "HTTP/1.1 200\r\nContent-Length: 5\r\n",
		"a status of four digits": "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n",
		"a status with a sign":    "HTTP/1.1 +20 OK\r\nContent-Length: 5\r\n",
		"no length":               "HTTP/1.1 200 OK\r\nDate: x\r\n",
		"no field":                "HTTP/1.1 200 OK\r\n",
		"two lengths":             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n",
		"a length with a sign":    "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n",
		"a length with a zero":    "HTTP/1.1 200 OK\r\nContent-Length: 05\r\n",
		"no digits":               "HTTP/1.1 200 OK\r\nContent-Length: \r\n",
		"a list of lengths":       "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n",
		"a length beyond numbers": "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
		"chunks beside a length":  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"a field that is twice":   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\na: b\r\n",
		"a last answer":           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n",
		"trailers":                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTrailer: A\r\n",
		"an old word":             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nPragma: no-cache\r\n",
		"a space before a colon":  "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n",
		"a line that goes on":     "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n",
		"a line feed alone":       "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5\r\n",
		"a line feed at its end":  "HTTP/1.1 200 OK\nContent-Length: 5\r\n",
		"a return within":         "HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 5\r\n",
		"a control character":     "HTTP/1.1 200 OK\r\nA: b\x00\r\nContent-Length: 5\r\n",
		"no colon":                "HTTP/1.1 200 OK\r\nA\r\nContent-Length: 5\r\n",
		"no name":                 "HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 5\r\n",
		"an odd name":             "HTTP/1.1 200 OK\r\na_b: c\r\nContent-Length: 5\r\n",
		"no end":                  "HTTP/1.1 200 OK\r\nContent-Length: 5",
		"nothing":                 "",
	} {
		if readUsual(lines, new(usual)) {
			t.Errorf("%s is taken for a usual answer", name)
		}
	}
}

func BenchmarkReadUsual(b *testing.B) {
	const lines = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n" +
		"Date: Fri, 27 Nov 2026 02:44:03 GMT\r\nContent-Length: 500\r\n"
	b.ReportAllocs()
	for b.Loop() {
		if !readUsual(lines, new(usual)) {
			b.Fatal("it is none")
		}
	}
}

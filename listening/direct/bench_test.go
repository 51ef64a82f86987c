package direct_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"
)

// A request with the fields that a client sends, and an answer of a hundred bytes, over a socket: the client's part is a write and a
// read.
func BenchmarkAnswer(b *testing.B) {
	body := make([]byte, 100)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Content-Type"], header["Content-Length"] = []string{"text/plain"}, []string{"100"}
		_, _ = w.Write(body)
	})
	for name, fast := range map[string]bool{"direct": true, "net/http": false} {
		b.Run(name, func(b *testing.B) {
			conn := open(b, fast, generous(), handler).dial(b)
			request := []byte("GET /v1/users/7?fields=name HTTP/1.1\r\nHost: test\r\nUser-Agent: a\r\nAccept: application/json\r\n" +
				"Accept-Encoding: gzip\r\nAuthorization: Bearer x\r\nX-Request-Id: 1\r\n\r\n")
			reader := bufio.NewReader(conn)
			var length int
			b.ReportAllocs()
			for b.Loop() {
				if _, err := conn.Write(request); err != nil {
					b.Fatal(err)
				}
				if length == 0 {
					length = measure(b, reader)
					continue
				}
				if _, err := reader.Discard(length); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// measure is how long an answer is.
func measure(b *testing.B, reader *bufio.Reader) int {
	b.Helper()
	counted := &countingReader{from: reader}
	res, err := http.ReadResponse(bufio.NewReaderSize(counted, 16), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		b.Fatal(err)
	}
	return counted.n
}

type countingReader struct {
	from io.Reader
	n    int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += n
	return n, err
}

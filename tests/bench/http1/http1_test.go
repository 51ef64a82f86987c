package http1_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/tests/bench/http1"
)

type message struct{ Start, Body string }

// readAll reads messages to the end of the text.
func readAll(source io.Reader) ([]message, error) {
	var all []message
	r := http1.NewReader(source)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, message{string(m.Start), string(m.Body)})
	}
}

func TestMessagesAreReadHoweverTheyCome(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000)
	for name, c := range map[string]struct {
		text string
		want []message
		bad  bool
	}{
		"nothing":              {text: ""},
		"a request":            {text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", want: []message{{"GET / HTTP/1.1", ""}}},
		"a request without it": {text: "GET / HTTP/1.1\r\n\r\n", want: []message{{"GET / HTTP/1.1", ""}}},
		"two in a row": {
			text: "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST /b HTTP/1.1\r\ncontent-length:2\r\n\r\nde",
			want: []message{{"POST /a HTTP/1.1", "abc"}, {"POST /b HTTP/1.1", "de"}},
		},
		"a response in chunks, and another": {
			text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n" +
				"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
			want: []message{{"HTTP/1.1 200 OK", "abc0123456789"}, {"HTTP/1.1 200 OK", "x"}},
		},
		"more than the buffer holds": {
			text: "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + long,
			want: []message{{"HTTP/1.1 200 OK", long}},
		},
		"a chunk larger than the buffer": {
			text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n" + long + "\r\n0\r\n\r\n",
			want: []message{{"HTTP/1.1 200 OK", long}},
		},
		"half a header":          {text: "GET / HTTP/1.1\r\nHost", bad: true},
		"half a body":            {text: "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", bad: true},
		"a length that is none":  {text: "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", bad: true},
		"a length beyond bounds": {text: "GET / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", bad: true},
		"a chunk that is none":   {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", bad: true},
		"an endless chunk line":  {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000001", bad: true},
		"a chunk without end":    {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			for way, source := range map[string]io.Reader{
				"at once":      strings.NewReader(c.text),
				"byte by byte": iotest.OneByteReader(strings.NewReader(c.text)),
			} {
				got, err := readAll(source)
				if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.bad {
					t.Errorf("%s: error %v, want one: %t; messages (-want +got):\n%s", way, err, c.bad, diff)
				}
			}
		})
	}
}

func TestFieldsAreFoundInAnyCase(t *testing.T) {
	header := []byte("Content-Type: text/plain\r\nX-CONTENT-LENGTH: 2\r\nContent-LENGTH:  17 \r\n")
	if got := string(http1.Field(header, "content-length")); got != "17" {
		t.Errorf("content-length is %q, want 17", got)
	}
	if got := http1.Field(header, "content"); got != nil {
		t.Errorf("content is %q, want none", got)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		atOnce, err := readAll(bytes.NewReader(text))
		inBytes, errInBytes := readAll(iotest.OneByteReader(bytes.NewReader(text)))
		if diff := cmp.Diff(atOnce, inBytes); diff != "" || (err == nil) != (errInBytes == nil) {
			t.Errorf("what is read depends on how it comes: %v, %v\n%s", err, errInBytes, diff)
		}
	})
}

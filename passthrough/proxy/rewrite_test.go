package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

// upper rewrites a body as it comes.
func upper(dst io.Writer, src io.Reader) error {
	buffer := make([]byte, 100)
	for {
		n, err := src.Read(buffer)
		if _, err := dst.Write(bytes.ToUpper(buffer[:n])); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func TestAShortBodyThatIsRewrittenHasALength(t *testing.T) {
	for name, answer := range map[string]string{
		"with a length": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
		"in chunks":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for name, protocol := range protocols() {
				t.Run(name, func(t *testing.T) {
					g := &gateway{rewrite: upper, service: saying(t, answer)}
					server := open(t, g, protocol)
					res, body := fetch(t, server, get(t, server, "GET"))
					if body != "BODY" || res.ContentLength != 4 || len(res.TransferEncoding) > 0 {
						t.Errorf("got %q of length %d, %v", body, res.ContentLength, res.TransferEncoding)
					}
				})
			}
		})
	}
}

func TestALongBodyIsRewrittenAsItComes(t *testing.T) {
	long := strings.Repeat("body", 100_000)
	for _, length := range []string{"400000", ""} {
		for name, protocol := range protocols() {
			t.Run(name, func(t *testing.T) {
				g := &gateway{rewrite: upper, service: serving(t, func(w http.ResponseWriter, _ *http.Request) {
					if length != "" {
						w.Header().Set("Content-Length", length)
					}
					io.WriteString(w, long)
				})}
				server := open(t, g, protocol)
				res, body := fetch(t, server, get(t, server, "GET"))
				if !strings.HasPrefix(body, "BODYBODY") || len(body) != len(long) || res.ContentLength != -1 {
					t.Errorf("got %d bytes of length %d", len(body), res.ContentLength)
				}
			})
		}
	}
}

func TestAWriteOfAnySizeIsSentInOrder(t *testing.T) {
	var want bytes.Buffer
	w := httptest.NewRecorder()
	res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, ContentLength: 0}
	err := Relay(w, inbound(nil), res, func(dst io.Writer, _ io.Reader) error {
		for i, size := range []int{1, bufferBytes - 1, 1, bufferBytes, bufferBytes + 1, 0, 3 * bufferBytes, 5} {
			piece := bytes.Repeat([]byte{byte('a' + i)}, size)
			want.Write(piece)
			if n, err := dst.Write(piece); n != size || err != nil {
				t.Errorf("wrote %d of %d, %v", n, size, err)
			}
		}
		return nil
	})
	if err != nil || !bytes.Equal(w.Body.Bytes(), want.Bytes()) {
		t.Errorf("got %d bytes, want %d, %v", w.Body.Len(), want.Len(), err)
	}
}

func TestWhatWasRewrittenIsSentBeforeTheServiceIsWaitedFor(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			heard := make(chan bool)
			g := &gateway{rewrite: upper, service: speaking(t, func(conn net.Conn, _ *bufio.Reader, _ string) {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n")
				<-heard
				io.WriteString(conn, "4\r\nmore\r\n0\r\n\r\n")
			})}
			server := open(t, g, protocol)
			res, err := server.Client().Transport.RoundTrip(get(t, server, "GET"))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			piece := make([]byte, 4)
			if _, err := io.ReadFull(res.Body, piece); err != nil || string(piece) != "BODY" {
				t.Fatalf("heard %q, %v", piece, err)
			}
			heard <- true
			if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "MORE" {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func TestNothingOfTheOldBodyIsSaidOfTheNew(t *testing.T) {
	const header = "ETag: \"a\"\r\nContent-MD5: x\r\nDigest: x\r\nContent-Digest: x\r\nRepr-Digest: x\r\nAccept-Ranges: bytes\r\n" +
		"Date: x\r\nX-Other: 1\r\n"
	want := http.Header{"Etag": {`W/"a"`}, "Date": {"x"}, "X-Other": {"1"}, "Vary": {"Origin"}, "X-Request-Id": {"gateway"}}
	for name, tt := range map[string]struct{ method, answer, length string }{
		"a body":                          {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" + header + "\r\nbody", "4"},
		"HEAD":                            {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n" + header + "\r\n", ""},
		"what the client has already":     {"GET", "HTTP/1.1 304 Not Modified\r\n" + header + "\r\n", ""},
		"no content":                      {"GET", "HTTP/1.1 204 No Content\r\n" + header + "\r\n", ""},
		"trailers, instead of the length": {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Digest\r\n" + header + "\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{rewrite: upper, service: saying(t, tt.answer)}
			server := open(t, g, 1)
			res, body := fetch(t, server, get(t, server, tt.method))
			want := want.Clone()
			if tt.length != "" {
				want["Content-Length"] = []string{tt.length}
			}
			if diff := cmp.Diff(want, res.Header); diff != "" {
				t.Error(diff)
			}
			if len(res.Trailer) > 0 != strings.Contains(tt.answer, "Trailer") || body != "" != strings.Contains(tt.answer, "body") {
				t.Errorf("got %q and trailers %v", body, res.Trailer)
			}
		})
	}
}

func TestAWeakTagStaysAsItIs(t *testing.T) {
	g := &gateway{rewrite: upper, service: saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: W/\"a\"\r\n\r\n")}
	server := open(t, g, 1)
	if res, _ := fetch(t, server, get(t, server, "GET")); res.Header.Get("ETag") != `W/"a"` {
		t.Errorf("got %v", res.Header)
	}
}

func TestARewritingThatFailsBeforeAnythingWasSentCanBeAnotherAnswer(t *testing.T) {
	refused := problem.New(problem.Forbidden, "")
	for name, tt := range map[string]struct {
		answer  string
		rewrite func(io.Writer, io.Reader) error
		want    problem.Kind
	}{
		"what it is not": {
			"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
			func(dst io.Writer, _ io.Reader) error {
				io.WriteString(dst, "half of it")
				return errors.New("not JSON")
			}, problem.UpstreamError,
		},
		"a problem of its own": {
			"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", func(io.Writer, io.Reader) error { return refused }, problem.Forbidden,
		},
		"a body that breaks off":         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", upper, problem.UpstreamError},
		"a body that breaks off at once": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz", upper, problem.UpstreamError},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{rewrite: tt.rewrite, service: saying(t, tt.answer)}
			server := open(t, g, 1)
			res, body := fetch(t, server, get(t, server, "GET"))
			if res.StatusCode != tt.want.Status() || !strings.Contains(body, tt.want.Code()) {
				t.Errorf("got %s %s", res.Status, body)
			}
			var broken *Error
			if err := g.outcome(t); !errors.As(err, &broken) || broken.Sent || problem.KindOf(err) != tt.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestARewritingThatFailsLaterNeverLooksWhole(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			g := &gateway{service: saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"), rewrite: func(dst io.Writer, _ io.Reader) error {
				dst.Write(make([]byte, 2*bufferBytes))
				return errors.New("not JSON")
			}}
			server := open(t, g, protocol)
			res, err := server.Client().Transport.RoundTrip(get(t, server, "GET"))
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			var broken *Error
			if outcome := g.outcome(t); err == nil || !errors.As(outcome, &broken) || !broken.Sent {
				t.Errorf("the client sees %v, the gateway %v", err, outcome)
			}
		})
	}
}

func TestAClientThatTakesNoMoreEndsTheRewriting(t *testing.T) {
	res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(counter{new(byte)}), ContentLength: -1}
	err := Relay(&closedWriter{httptest.NewRecorder()}, inbound(nil), res, upper)
	var broken *Error
	if !errors.As(err, &broken) || !broken.Sent || problem.KindOf(err) != problem.Cancelled {
		t.Errorf("got %v", err)
	}
}

// closedWriter is a client that has gone.
type closedWriter struct{ *httptest.ResponseRecorder }

func (closedWriter) Write([]byte) (int, error) { return 0, net.ErrClosed }

func TestASourceThatWasKeptCannotBeRead(t *testing.T) {
	var kept io.Reader
	res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("body")), ContentLength: 4}
	err := Relay(httptest.NewRecorder(), inbound(nil), res, func(_ io.Writer, src io.Reader) error {
		kept = src
		_, err := src.Read(make([]byte, 1))
		return err
	})
	if n, read := kept.Read(make([]byte, 1)); n != 0 || read == nil || err != nil {
		t.Errorf("read %d bytes, %v, %v", n, read, err)
	}
}

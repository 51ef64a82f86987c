package tests

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// large is more than any buffer between a client and a service takes, in bytes.
const large = 50 << 20

// piece is what large bodies are made of.
var piece = bytes.Repeat([]byte("0123456789abcdef"), 4<<10)

// allocated are the bytes that this process, which is client, gateway and service in one, has ever asked for.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func TestProxyStreamsAnUploadAsItComes(t *testing.T) {
	begun := make(chan struct{}, 1)
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		if _, err := io.CopyN(sum, r.Body, 10); err != nil {
			t.Errorf("the service reads: %v", err)
		}
		begun <- struct{}{}
		n, err := io.CopyBuffer(struct{ io.Writer }{sum}, r.Body, make([]byte, 32<<10))
		fmt.Fprintf(w, "%d %v %x, announced %d", n+10, err, sum.Sum(nil), r.ContentLength)
	})
	s := securely(t, rawConfig(rawRoutes, url))
	sum := sha256.New()
	for range large / len(piece) {
		sum.Write(piece)
	}
	for name, length := range map[string]int64{"with a length": large, "in chunks": -1} {
		t.Run(name, func(t *testing.T) {
			for version, client := range s.clients(t) {
				t.Run(version, func(t *testing.T) {
					before := allocated()
					body, to := io.Pipe()
					go func() {
						rest := piece
						for i := range large / len(piece) {
							if i == 0 {
								_, _ = to.Write(rest[:10])
								rest = rest[10:]
								<-begun // while all the rest is still here
							}
							if _, err := to.Write(rest); err != nil {
								return
							}
							rest = piece
						}
						_ = to.Close()
					}()
					req := s.to(t, http.MethodPut, "/file", body)
					req.ContentLength = length
					r := sendBy(t, client, req)
					if got, want := string(r.body), fmt.Sprintf("%d <nil> %x, announced %d", large, sum.Sum(nil), length); got != want {
						t.Errorf("the service got %s, want %s", got, want)
					}
					if used := allocated() - before; used > large {
						t.Errorf("it took %d MiB of memory, as if the body of %d MiB were kept", used>>20, large>>20)
					}
				})
			}
		})
	}
}

func TestProxyWaitsForAClientThatReadsSlowly(t *testing.T) {
	url := serveRaw(t, func(w http.ResponseWriter, _ *http.Request) {
		for range large / len(piece) {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			before := allocated()
			res, err := client.Do(s.to(t, http.MethodGet, "/file", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			n, some := 0, make([]byte, 5000)
			for i := 0; err == nil; i++ {
				var read int
				read, err = res.Body.Read(some)
				n += read
				if i%10 == 0 {
					runtime.Gosched()
				}
			}
			if err != io.EOF || n != large { //nolint:errorlint // net/http wraps none
				t.Errorf("%d bytes came, and %v", n, err)
			}
			if used := allocated() - before; used > large {
				t.Errorf("it took %d MiB of memory, as if the body of %d MiB were kept", used>>20, large>>20)
			}
		})
	}
}

// The service says the next word only when the client has heard the last, so that nothing may wait for more to come.
func TestProxyHandsEventsOnOneByOne(t *testing.T) {
	heard := make(chan string)
	url := serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-cache")
		for i := range 5 {
			fmt.Fprintf(w, "id: %d\ndata: for %s\n\n", i, r.Header.Get("Last-Event-ID"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-heard:
			case <-r.Context().Done():
				return
			}
		}
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			req := s.to(t, http.MethodGet, "/events", nil)
			req.Header.Set("Last-Event-ID", "7")
			req.Header.Set("Accept", "text/event-stream")
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got := res.Header.Get("Content-Type"); got != "text/event-stream" || res.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("the header is %v", res.Header)
			}
			in := bufio.NewReader(res.Body)
			for i := range 5 {
				event := make([]byte, len("id: 0\ndata: for 7\n\n"))
				if _, err := io.ReadFull(in, event); err != nil || string(event) != fmt.Sprintf("id: %d\ndata: for 7\n\n", i) {
					t.Fatalf("event %d is %q, %v", i, event, err)
				}
				heard <- string(event)
			}
			if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
				t.Errorf("the stream ends with %q, %v", rest, err)
			}
		})
	}
}

// echoing answers each line of a request's body when it comes.
func echoing(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex()
	w.WriteHeader(http.StatusOK)
	_ = control.Flush()
	for in := bufio.NewReader(r.Body); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		_, _ = io.WriteString(w, strings.ToUpper(line))
		_ = control.Flush()
	}
}

func TestProxyLetsBothSidesSpeakAtOnce(t *testing.T) {
	s := securely(t, rawConfig(rawRoutes, serveRaw(t, echoing)))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			body, say := io.Pipe()
			res, err := client.Do(s.to(t, http.MethodPost, "/talk", body))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			in := bufio.NewReader(res.Body)
			for i := range 5 {
				fmt.Fprintf(say, "word %d\n", i)
				if got, err := in.ReadString('\n'); got != fmt.Sprintf("WORD %d\n", i) {
					t.Fatalf("the answer to word %d is %q, %v", i, got, err)
				}
			}
			_ = say.Close()
			if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
				t.Errorf("the stream ends with %q, %v", rest, err)
			}
		})
	}
}

// curl speaks and listens at once by HTTP/2.
func TestProxyAnswersCurlWhileItUploads(t *testing.T) {
	s := securely(t, rawConfig(rawRoutes, serveRaw(t, echoing)))
	for _, version := range []string{"--http1.1", "--http2"} {
		r := curl(t, version, "-H", "Authorization: "+s.writer(t), "-H", "Transfer-Encoding: chunked", "--data-binary", "a\nb\n", s.public+"/talk")
		if r.status != http.StatusOK || string(r.body) != "A\nB\n" {
			t.Errorf("curl %s got %d %q", version, r.status, r.body)
		}
	}
}

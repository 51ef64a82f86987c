package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// allHere is an answer whose body is all here. Its text belongs to others too.
func allHere(text []byte) *http.Response {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Etag": {`"a"`}}, Body: attempt.NewWhole(text, false), ContentLength: int64(len(text)),
	}
}

func TestABodyThatIsAllHereIsSentAsAnyOther(t *testing.T) {
	for name, text := range map[string]string{
		"none": "", "a short one": "body", "a long one": strings.Repeat("body", 100_000),
	} {
		for method, rewrite := range map[string]func(io.Writer, io.Reader) error{
			"GET": nil, "HEAD": nil, "POST": upper,
		} {
			t.Run(name+" by "+method, func(t *testing.T) {
				own := []byte(text)
				w := &countingWriter{ResponseRecorder: httptest.NewRecorder()}
				if err := Relay(w, httptest.NewRequest(method, "/", nil), allHere(own), rewrite); err != nil {
					t.Fatal(err)
				}
				want := map[string]string{"GET": text, "HEAD": "", "POST": strings.ToUpper(text)}[method]
				if got := w.Body.String(); w.Code != 200 || got != want {
					t.Errorf("got %d and %d bytes, want %d", w.Code, len(got), len(want))
				}
				if rewrite == nil && (w.writes > 1 || w.flushes > 0) {
					t.Errorf("it took %d writes and %d flushes", w.writes, w.flushes)
				}
				if !bytes.Equal(own, []byte(text)) {
					t.Error("the text of the others has changed")
				}
			})
		}
	}
}

// A body may be rewritten in two goes.
func TestABodyThatIsAllHereIsReadOnce(t *testing.T) {
	w := httptest.NewRecorder()
	err := Relay(w, httptest.NewRequest(http.MethodGet, "/", nil), allHere([]byte("body")), func(dst io.Writer, src io.Reader) error {
		var first [1]byte
		if _, err := src.Read(first[:]); err != nil {
			return err
		}
		rest, err := io.ReadAll(src)
		if err != nil {
			return err
		}
		if n, err := src.Read(first[:]); n != 0 || err != io.EOF {
			t.Errorf("after the end there are %d bytes, %v", n, err)
		}
		_, err = dst.Write(append(rest, first[0]))
		return err
	})
	if err != nil || w.Body.String() != "odyb" {
		t.Errorf("got %q, %v", w.Body, err)
	}
}

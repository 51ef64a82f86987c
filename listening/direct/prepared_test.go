package direct_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// drawPrepared is a header, some fields of which decide how an answer is sent.
func drawPrepared(t *rapid.T) http.Header {
	header := make(http.Header)
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		name := rapid.SampledFrom([]string{
			"Content-Type", "Content-Encoding", "Trailer", "X-T", "X-U", "Connection", "Date", "Cache-Control", "no name",
		}).Draw(t, "prepared")
		header[name] = rapid.SampledFrom([][]string{{"5"}, {"X-T"}, {"a\nb", " c "}, {""}, nil}).Draw(t, "values")
	}
	if length := rapid.SampledFrom([]string{"", "", "0", "100"}).Draw(t, "length"); length != "" {
		header["Content-Length"] = []string{length}
	}
	return header
}

// sorted is an answer with the lines of its header in order, and those of answers before it: what is prepared stands before the
// rest, which means nothing.
func sorted(h heard) heard {
	h.Text = sortedLines(h.Text)
	return h
}

func sortedLines(text string) string {
	head, rest, _ := strings.Cut(text, "\r\n\r\n")
	if strings.HasPrefix(head, "HTTP/1.1 1") {
		rest = sortedLines(rest)
	}
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + rest
}

func TestWhatIsPreparedLooksAsIfItStoodInTheHeader(t *testing.T) {
	type answer struct {
		prepared []*prepared.Fields
		program  program
	}
	var current atomic.Pointer[answer]
	b := openBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			return
		}
		a := current.Load()
		for _, each := range a.prepared {
			prepared.Set(w, each)
		}
		for _, step := range a.program {
			step(w, r)
		}
	}))
	rapid.Check(t, func(r *rapid.T) {
		var a answer
		var words []string
		for range rapid.IntRange(1, 3).Draw(r, "times") {
			a.prepared = append(a.prepared, prepared.New(drawPrepared(r)))
		}
		a.program, words = drawProgram(r)
		current.Store(&a)
		request := drawRequest(r)
		if diff := cmp.Diff(sorted(b.plain.hear(t, request)), sorted(b.fast.hear(t, request))); diff != "" {
			r.Errorf("the answer to %q by %q is not as with net/http (-want +got):\n%s", request, words, diff)
		}
	})
}

func TestWhatIsPreparedGoesByWhatTheHeaderSaysOfTheBodysEnd(t *testing.T) {
	for name, c := range map[string]struct{ prepared, header http.Header }{
		"a trailer is a prepared field": {http.Header{"X-T": {"5"}}, http.Header{"Trailer": {"X-T"}}},
		"a length beside chunks":        {http.Header{"Content-Length": {"1"}}, http.Header{"Transfer-Encoding": {"chunked"}}},
		"a length beside a coding":      {http.Header{"Content-Length": {"1"}}, http.Header{"Transfer-Encoding": {"gzip"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := openBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/last" {
					return
				}
				prepared.Set(w, prepared.New(c.prepared))
				maps.Copy(w.Header(), c.header)
				_, _ = w.Write([]byte("x"))
			}))
			for _, request := range []string{"GET / HTTP/1.1\r\nHost: test\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n"} {
				if diff := cmp.Diff(sorted(b.plain.hear(t, request)), sorted(b.fast.hear(t, request))); diff != "" {
					t.Errorf("the answer to %q is not as with net/http (-want +got):\n%s", request, diff)
				}
			}
		})
	}
}

func TestWhatIsPreparedIsSaidBehindAnAnswerBeforeTheAnswer(t *testing.T) {
	b := openBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			return
		}
		prepared.Set(w, prepared.New(http.Header{"X-A": {"1"}}))
		prepared.Apart(w, func(header http.Header) {
			header["Link"] = []string{"</a>"}
			w.WriteHeader(http.StatusEarlyHints)
		})
		_, _ = w.Write([]byte("x"))
	}))
	const request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
	got := b.fast.hear(t, request)
	if diff := cmp.Diff(b.plain.hear(t, request), got); diff != "" {
		t.Errorf("it is not as with net/http (-want +got):\n%s", diff)
	}
	if strings.Count(got.Text, "X-A: 1\r\n") != 1 || strings.Index(got.Text, "X-A") < strings.Index(got.Text, "200 OK") {
		t.Errorf("the answer is %q", got.Text)
	}
}

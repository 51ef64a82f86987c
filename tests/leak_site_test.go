package tests

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/concierge-gateway/concierge/demo"
)

// leakSite is a gateway before services each of whose values is known again.
type leakSite struct {
	*program
	*mint

	client *http.Client
	traces *collector
}

// startLeakSite runs a gateway on which all is on that shows anything.
func startLeakSite(t *testing.T, change func(yaml string) string, wrap func(slog.Handler) slog.Handler) *leakSite {
	t.Helper()
	s := &leakSite{mint: newMint(), client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	services, err := demo.Start(demo.Options{Wrap: s.wrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := strings.Replace(standard, "issuers: [{keys:", "issuers: [{audience: [concierge], keys:", 1)
	yaml = with(yaml, "auth", fmt.Sprintf(`anonymous: true
  api_keys:
    keys:
      - {id: export, owner: export, scopes: ["users:read"], hashes: [{sha256: %q}]}
      - {id: desk, owner: desk, scopes: ["orders:read", "payments:read"], hashes: [{sha256: %q}]}
      - {id: own, owner: "7", hashes: [{sha256: %q}]}`, hashOf(machineKey("export")), hashOf(machineKey("desk")), hashOf(machineKey("own"))))
	yaml += "rest:\n" + indented(demoSection(), "  ") + indented(furtherRoutes(t), "  ")
	s.traces = startCollector(t)
	yaml = strings.Replace(s.traces.recording(yaml), "sample: 0,", "sample: 0.2, max_traces: 100000,", 1)
	log := new(lines)
	s.program = launch(t, services, change(yaml), wrap(telling(log)))
	s.log = log
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		s.stop()
		if err := <-s.ended; err != nil {
			t.Errorf("the gateway ended with: %v", err)
		}
	})
	return s
}

func unchanged[T any](it T) T { return it }

// transcript is all that came back for a question.
type transcript struct {
	question

	status int
	text   string // every byte, decompressed
	body   []byte
}

// ask sends a question for an asker.
func (s *leakSite) ask(t *testing.T, q question, as asker) transcript {
	t.Helper()
	var before strings.Builder
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			fmt.Fprintln(&before, status, header)
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, q.method, s.public+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, q.header)
	as.prove(req.Header)
	res, err := s.client.Do(req)
	if err != nil {
		if errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return transcript{question: q, text: before.String() + err.Error()}
		}
		t.Errorf("%s: %v", q, err)
		return transcript{question: q}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(decompressed(res))
	text := fmt.Sprintln(before.String(), res.Status, res.Header, res.Trailer, err) + string(body)
	return transcript{question: q, status: res.StatusCode, text: text, body: body}
}

// decompressed is an answer's body as it was before it was sent.
func decompressed(res *http.Response) io.Reader {
	var plain io.Reader = res.Body
	var err error
	switch res.Header.Get("Content-Encoding") {
	case "zstd":
		plain, err = zstd.NewReader(res.Body, zstd.WithDecoderConcurrency(1))
	case "gzip":
		plain, err = gzip.NewReader(res.Body)
	}
	if err != nil {
		return strings.NewReader(err.Error())
	}
	return plain
}

// told is what an asker got to know, each fact with the question that it first came with.
func (s *leakSite) told(t *testing.T, as asker, questions []question) map[fact]question {
	t.Helper()
	facts, statuses := make(map[fact]question), make(map[int]int)
	var mu sync.Mutex
	next := make(chan question)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for q := range next {
				answer := s.ask(t, q, as)
				found := s.tells(answer)
				mu.Lock()
				statuses[answer.status]++
				for each := range found {
					if _, known := facts[each]; !known {
						facts[each] = q
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, q := range questions {
		next <- q
	}
	close(next)
	all.Wait()
	t.Logf("%s: %d questions, answers by status %v, %d facts", as.name, len(questions), statuses, len(facts))
	return facts
}

package cache_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// service answers calls, and counts them.
type service struct {
	calls  atomic.Int64
	answer func(req *http.Request) (*http.Response, error)
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.calls.Add(1)
	res, err := s.answer(req)
	if res != nil && res.Request == nil {
		res.Request = req
	}
	return res, err
}

// says is an answer with a header, given as names and values in turn.
func says(status int, body string, header ...string) *http.Response {
	res := &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header),
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	for i := 0; i < len(header); i += 2 {
		res.Header.Add(header[i], header[i+1])
	}
	return res
}

// always gives the same answer.
func always(status int, body string, header ...string) *service {
	return &service{answer: func(*http.Request) (*http.Response, error) { return says(status, body, header...), nil }}
}

// opened is a cache for everybody over a service.
type opened struct {
	http.RoundTripper
	*cache.Cache

	shared *cache.Shared
	log    *purge.Log
	next   http.RoundTripper
}

// setting is how a cache is opened.
type setting struct {
	config    cache.Config
	parts     cache.Parts
	knowledge changes.Knowledge
	calls     cache.Calls
	whole     int64
	without   bool // keeping anything

	credentials []string
}

func open(t testing.TB, next http.RoundTripper, change ...func(*setting)) *opened {
	t.Helper()
	memory := stored.NewMemory(64 << 20)
	log := purge.NewLog(1000, nil)
	s := setting{config: cache.DefaultConfig(), parts: cache.Parts{Memory: memory.Part("answers"), Purges: log, Status: true}}
	s.config.Depends = sharing.Nothing
	for _, each := range change {
		each(&s)
	}
	s.config.Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
	shared := cache.NewShared(s.parts)
	t.Cleanup(shared.Close)
	c, err := cache.New("user", s.config, shared.Knowing(s.knowledge).Checking(s.credentials), s.calls)
	if err != nil {
		t.Fatal(err)
	}
	return &opened{Cache: c, shared: shared, log: s.parts.Purges, next: next, RoundTripper: c.Layer(next, s.whole, !s.without)}
}

// asking is a request with a header, given as names and values in turn.
func asking(ctx context.Context, method, path string, header ...string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, method, "http://user"+path, http.NoBody)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return req
}

// got is an answer that was read.
type got struct {
	status int
	body   string
	header http.Header
	served bool
}

func (g got) did() string { return strings.Join(g.header["Cache-Status"], ", ") }

func (o *opened) do(req *http.Request) (got, error) {
	res, err := o.RoundTrip(req)
	if err != nil {
		return got{}, err
	}
	g := got{status: res.StatusCode, header: res.Header, served: cache.Served(res)}
	text, err := io.ReadAll(res.Body)
	g.body = string(text)
	return g, errors.Join(err, res.Body.Close())
}

func (o *opened) get(t testing.TB, path string, header ...string) got {
	t.Helper()
	g, err := o.do(asking(t.Context(), "GET", path, header...))
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return g
}

// known is a context of a caller's requests.
func known(ctx context.Context, caller identity.Caller) context.Context {
	return identity.With(ctx, &caller)
}

// together runs functions at the same time, and waits for all of them.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// second is a store that instances share, in memory.
type second struct {
	mu    sync.Mutex
	texts map[sharing.Key][]byte
	asked int
	gone  bool
}

func (s *second) Reachable() bool { return !s.gone }

func (s *second) Get(_ context.Context, keys ...sharing.Key) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	found := make([][]byte, len(keys))
	for i, key := range keys {
		found[i] = s.texts[key]
	}
	return found
}

func (s *second) Set(key sharing.Key, text []byte, _ time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[key] = text
}

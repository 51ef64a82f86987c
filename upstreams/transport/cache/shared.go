package cache

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Parts are what the caches of all services have in common. Only Memory and Purges must be given.
type Parts struct {
	// Memory is where answers are kept, by one budget.
	Memory *stored.Part
	// Records is where the records of answers are kept one by one. Without it, none are.
	Records *stored.Part
	// Absent is for how long it is known at most that there is no record with an id. 0 is not at all.
	Absent time.Duration
	// Second is where other instances find all of that too. It may be nil.
	Second Second
	// Purges is what must not be used any more.
	Purges *purge.Log
	// Metrics counts what becomes of requests.
	Metrics *stored.Metrics
	// Strip takes out of a body what nobody may see, before it is kept. A body that is not ok is not kept. Without it, bodies are
	// kept as they are.
	Strip func(service string, body []byte) (stripped []byte, ok bool)
	// Bypass is what whoever a context belongs to wants of caches, and may have. Where it is anything, all that a request itself
	// says to caches counts. Without it, that of nobody does.
	Bypass func(ctx context.Context) rules.Wish
	// Targets are the fields by which services speak to this cache alone (RFC 9213), the most specific first.
	Targets []string
	// MaxEntry is the longest body that is kept, in bytes. 0 is 1 MiB.
	MaxEntry int
	// MaxAge caps how long answers are fresh. 0 is no cap.
	MaxAge time.Duration
	// Refreshes is how many answers are asked for anew at the same time while stale ones are given. 0 is 64.
	Refreshes int
	// Status writes into answers what the cache did with them (RFC 9211).
	Status bool
	// Log may be nil.
	Log *slog.Logger
}

// Second is where other instances find what is kept. A *stored.Second is one, also where it is nil.
type Second interface {
	// Reachable reports whether it is of any use now.
	Reachable() bool
	// Get finds texts, nil where there is none, and nothing at all while the store is slow or gone.
	Get(ctx context.Context, keys ...sharing.Key) [][]byte
	// Set keeps a text until a time, soon.
	Set(key sharing.Key, text []byte, until time.Time)
}

// Targets are the fields by which services speak to the gateway's cache, unless Parts says otherwise.
func Targets() []string { return []string{"Concierge-Cache-Control", "CDN-Cache-Control"} }

const (
	defaultMaxEntry  = 1 << 20
	defaultRefreshes = 64
)

// Shared is what the caches of all services have in common, and what they do in the background. It is safe for concurrent use.
// Without one, nothing is kept and no call is shared.
type Shared struct {
	Parts

	ctx  context.Context //nolint:containedctx // that of the work in the background, until Close
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	running map[sharing.Key]struct{}
}

// NewShared starts nothing.
func NewShared(parts Parts) *Shared {
	if parts.MaxEntry == 0 {
		parts.MaxEntry = defaultMaxEntry
	}
	if parts.Refreshes == 0 {
		parts.Refreshes = defaultRefreshes
	}
	if second, ok := parts.Second.(*stored.Second); ok && second == nil {
		parts.Second = nil
	}
	if parts.Targets == nil {
		parts.Targets = Targets()
	}
	if parts.Log == nil {
		parts.Log = slog.New(slog.DiscardHandler)
	}
	parts.Targets = canonical(parts.Targets)
	s := &Shared{Parts: parts, running: make(map[sharing.Key]struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// canonical are the names of fields as http.Header has them.
func canonical(names []string) []string {
	fields := make([]string, len(names))
	for i, each := range names {
		fields[i] = http.CanonicalHeaderKey(each)
	}
	return fields
}

// Close ends what is done in the background, and waits for that.
func (s *Shared) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.work.Wait()
}

// background does the work that prepare returns for a key, unless that is under way, there is too much of it, or everything ends.
func (s *Shared) background(key sharing.Key, prepare func() (work func(ctx context.Context))) {
	if !s.begin(key) {
		return
	}
	work := prepare()
	go func() {
		defer s.finish(key)
		defer s.recovered()
		work(s.ctx)
	}()
}

// recovered keeps a panic from ending the program: nobody else would on this goroutine.
func (s *Shared) recovered() {
	if reason := recover(); reason != nil {
		s.Log.ErrorContext(s.ctx, "refresh of an answer broke off", "panic", reason, "stack", string(debug.Stack()))
	}
}

func (s *Shared) begin(key sharing.Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, runs := s.running[key]; runs || s.closed || len(s.running) >= s.Refreshes {
		return false
	}
	s.running[key] = struct{}{}
	s.work.Add(1)
	return true
}

func (s *Shared) finish(key sharing.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, key)
	s.work.Done()
}

// Site is what the cache of one service is opened with: what all have in common, and what is known of the service.
type Site struct {
	*Shared

	knowledge   changes.Knowledge
	credentials []string
}

// Knowing adds what is known of a service's records, by which it is found out what a write has changed. It is nil where s is.
func (s *Shared) Knowing(knowledge changes.Knowledge) *Site {
	if s == nil {
		return nil
	}
	return &Site{Shared: s, knowledge: knowledge}
}

// Checking adds the header fields that are sent on for the service to find out by them who calls. It is nil where s is.
func (s *Site) Checking(credentials []string) *Site {
	if s == nil {
		return nil
	}
	return &Site{Shared: s.Shared, knowledge: s.knowledge, credentials: credentials}
}

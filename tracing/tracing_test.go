package tracing_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/tracing"
)

const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// kept is a sink that keeps everything.
type kept struct {
	mu  sync.Mutex
	all []*tracing.Record
}

func (k *kept) Put(r *tracing.Record) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, r)
}

func (k *kept) named(t *testing.T, name string) *tracing.Record {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range k.all {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no span %s", name)
	return nil
}

func open(change func(*tracing.Config)) (*tracing.Tracer, *kept) {
	c := tracing.DefaultConfig()
	c.Sample = 1
	if change != nil {
		change(&c)
	}
	sink := new(kept)
	return tracing.New(c, sink, prometheus.NewRegistry()), sink
}

func trusted(*http.Request) bool { return true }

// ask lets a handler answer a request as the gateway would, and returns the header of the answer.
func ask(tracer *tracing.Tracer, trusts func(*http.Request) bool, header http.Header, then http.HandlerFunc) http.Header {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	if header != nil {
		r.Header = header
	}
	w := httptest.NewRecorder()
	middleware.RequestID(tracer.Requests(trusts)(then)).ServeHTTP(w, r)
	return w.Header()
}

func nothing(http.ResponseWriter, *http.Request) {}

func TestWhatIsNotRecordedTakesNoMemory(t *testing.T) {
	tracer, _ := open(func(c *tracing.Config) { c.Sample = 0 })
	answer := func(w http.ResponseWriter, r *http.Request) {
		ctx, span := tracing.Start(r.Context(), "level")
		span.Text("concierge.read", "User")
		span.Number("concierge.keys", 7)
		span.Flag("concierge.hedge", true)
		span.Fail("INTERNAL")
		span.Link(tracing.From(ctx))
		tracing.Joined(span, span)
		span.Attempt(r.Method).Ask(r.Header)
		if tracing.With(ctx, nil) != ctx {
			t.Error("a context is made for nothing")
		}
		span.End()
	}
	stages := tracing.Stage("authenticate", func(next http.Handler) http.Handler { return next }, nil)
	bare, whole := http.HandlerFunc(nothing), stages(http.HandlerFunc(answer))
	of := func(next http.Handler) float64 {
		h := middleware.RequestID(next)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		w := httptest.NewRecorder()
		return testing.AllocsPerRun(200, func() { h.ServeHTTP(w, r) })
	}
	without := of(bare)
	if off := of((*tracing.Tracer)(nil).Requests(nil)(whole)); off != without {
		t.Errorf("a request takes %v pieces of memory, and with tracing off %v", without, off)
	}
	if unsampled := of(tracer.Requests(nil)(whole)); unsampled != without {
		t.Errorf("a request takes %v pieces of memory, and one that is not recorded %v", without, unsampled)
	}
}

func TestWhoseTraceARequestIsIn(t *testing.T) {
	const sampled, unsampled = "00-" + callersTrace + "-" + callersSpan + "-01", "00-" + callersTrace + "-" + callersSpan + "-00"
	for name, c := range map[string]struct {
		trust    tracing.Trust
		proxied  bool
		sample   float64
		parent   string
		recorded bool
		stays    bool // in the caller's trace
	}{
		"nobody's, chosen":                         {tracing.TrustNobody, false, 1, "", true, false},
		"nobody's, not chosen":                     {tracing.TrustNobody, false, 0, "", false, false},
		"a stranger's who wants it":                {tracing.TrustNobody, false, 0, sampled, false, false},
		"a stranger's, chosen":                     {tracing.TrustNobody, true, 1, unsampled, true, false},
		"a proxy's who wants it":                   {tracing.TrustProxies, true, 0, sampled, true, true},
		"a proxy's who does not":                   {tracing.TrustProxies, true, 1, unsampled, false, true},
		"of somebody who came by no proxy":         {tracing.TrustProxies, false, 0, sampled, false, false},
		"of anybody, where all are trusted":        {tracing.TrustAll, false, 0, sampled, true, true},
		"of anybody who does not want it":          {tracing.TrustAll, false, 1, unsampled, false, true},
		"one that cannot be read, all are trusted": {tracing.TrustAll, false, 0, "00-oops", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, sink := open(func(s *tracing.Config) { s.TrustParent, s.Sample = c.trust, c.sample })
			header := http.Header{}
			if c.parent != "" {
				header.Set("Traceparent", c.parent)
				header.Set("Tracestate", "vendor=1")
			}
			var at correlation.Trace
			ask(tracer, func(*http.Request) bool { return c.proxied }, header, func(_ http.ResponseWriter, r *http.Request) {
				at = correlation.From(r.Context()).Trace
			})
			if at.Parent.Sampled() != c.recorded || (len(sink.all) == 1) != c.recorded {
				t.Errorf("%d spans, and services are told %s", len(sink.all), at.Parent)
			}
			if stays := at.Parent.TraceID() == callersTrace; stays != c.stays || (at.State != "") != c.stays {
				t.Errorf("it is in the trace %s, with the state %q", at.Parent.TraceID(), at.State)
			}
			if c.recorded {
				checkRoot(t, sink.all[0], c.stays, c.parent != "")
			}
		})
	}
}

func checkRoot(t *testing.T, r *tracing.Record, stays, linked bool) {
	t.Helper()
	linked = linked && !stays
	if (r.Parent != [8]byte{}) != stays || (len(r.Links) == 1) != linked || r.Kind != tracing.Server {
		t.Errorf("the span is %+v", r)
	}
}

func TestNoMoreTracesBeginInASecondThanMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracer, sink := open(func(c *tracing.Config) { c.MaxTraces = 3 })
		for range 10 {
			ask(tracer, trusted, nil, nothing)
		}
		time.Sleep(time.Hour)
		for range 10 {
			ask(tracer, trusted, nil, nothing)
		}
		if len(sink.all) != 6 {
			t.Errorf("%d traces, want 3 at a time", len(sink.all))
		}
	})
}

func TestProgramsOfOneShareChooseTheSameTraces(t *testing.T) {
	quarter, first := open(func(c *tracing.Config) { c.Sample, c.MaxTraces = 0.25, 10_000 })
	half, second := open(func(c *tracing.Config) { c.Sample, c.TrustParent, c.MaxTraces = 0.5, tracing.TrustAll, 10_000 })
	for range 2000 {
		ask(quarter, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
			c := correlation.From(r.Context()).Trace.Parent
			before := len(second.all)
			header := http.Header{"Traceparent": {string(c)}}
			ask(half, nil, header, nothing)
			if c.Sampled() != (len(second.all) > before) {
				t.Fatal("one records what the other does not")
			}
		})
	}
	if n := len(first.all); n < 350 || n > 650 {
		t.Errorf("%d of 2000 are recorded, want about 500", n)
	}
}

func TestATraceHasNoMoreSpansThanMay(t *testing.T) {
	tracer, sink := open(func(c *tracing.Config) { c.MaxSpans = 4 })
	ask(tracer, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
		for range 10 {
			ctx, span := tracing.Start(r.Context(), "part")
			_, below := tracing.Start(ctx, "below")
			below.End()
			span.End()
		}
	})
	root := sink.named(t, "HTTP")
	if len(sink.all) != 4 || !cmp.Equal(root.Attributes, []tracing.Attribute{{Key: "concierge.spans_left_out", Value: int64(17)}}) {
		t.Errorf("%d spans, and the first says %v", len(sink.all), root.Attributes)
	}
}

func TestWhatAWrapperDoesIsAStage(t *testing.T) {
	tracer, sink := open(nil)
	wrapper := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, asks := tracing.Start(r.Context(), "asks the issuer")
			asks.End()
			if r.Header.Get("Refused") == "" {
				next.ServeHTTP(w, r)
			}
		})
	}
	told := func(s *tracing.Span, _ *http.Request, passed bool) { s.Flag("passed", passed) }
	h := tracing.Stage("authenticate", wrapper, told)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, span := tracing.Start(r.Context(), "answers")
		span.End()
	}))
	ask(tracer, nil, nil, h.ServeHTTP)
	root, stage := sink.named(t, "HTTP"), sink.named(t, "authenticate")
	if sink.named(t, "asks the issuer").Parent != stage.ID || sink.named(t, "answers").Parent != root.ID || stage.Parent != root.ID {
		t.Error("parts are at the wrong places")
	}
	if !cmp.Equal(stage.Attributes, []tracing.Attribute{{Key: "passed", Value: true}}) {
		t.Errorf("the stage says %v", stage.Attributes)
	}
	sink.all = nil
	ask(tracer, nil, http.Header{"Refused": {"1"}}, h.ServeHTTP)
	if stage := sink.named(t, "authenticate"); len(stage.Attributes) != 0 {
		t.Errorf("the stage of a request that is refused says %v", stage.Attributes)
	}
}

func TestMessagesHaveTracesOfTheirOwnWithALinkToTheirConnection(t *testing.T) {
	tracer, sink := open(nil)
	var connection, message string
	ask(tracer, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
		connection = tracing.From(r.Context()).TraceID()
		inner := middleware.RequestID(tracer.Messages(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			message = tracing.From(r.Context()).TraceID()
		})))
		plain := httptest.NewRequestWithContext(r.Context(), http.MethodPost, "/", http.NoBody)
		inner.ServeHTTP(httptest.NewRecorder(), plain)
	})
	links := sink.named(t, "message").Links
	if connection == message || message == "" || len(links) != 1 || links[0].ID != sink.named(t, "HTTP").ID {
		t.Errorf("the connection's trace is %s, the message's %s, linked to %v", connection, message, links)
	}
}

func TestWhoWaitsAndWhoIsWaitedForAreLinked(t *testing.T) {
	tracer, sink := open(nil)
	ask(tracer, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, leader := tracing.Start(r.Context(), "leader")
		_, follower := tracing.Start(r.Context(), "follower")
		for range 100 {
			tracing.Joined(leader, follower)
			tracing.Joined(nil, follower)
			tracing.Joined(leader, nil)
		}
		leader.End()
		follower.End()
	})
	leader, follower := sink.named(t, "leader"), sink.named(t, "follower")
	if leader.Links[0].ID != follower.ID || follower.Links[0].ID != leader.ID || len(leader.Links) != 32 {
		t.Errorf("they are linked to %v and %v", leader.Links[0], follower.Links[0])
	}
}

func TestWhatHasEndedHearsNothing(t *testing.T) {
	tracer, sink := open(nil)
	ask(tracer, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, span := tracing.Start(r.Context(), "part")
		span.Text("a", "before")
		span.Fail("FIRST")
		span.Fail("SECOND")
		span.End()
		span.Text("a", "after")
		span.End()
	})
	got := sink.named(t, "part")
	if len(sink.all) != 2 || got.Error != "FIRST" || !cmp.Equal(got.Attributes, []tracing.Attribute{{Key: "a", Value: "before"}}) {
		t.Errorf("got %+v", got)
	}
}

func TestAnAttemptIsNamedToItsServiceAndATraceToItsCaller(t *testing.T) {
	tracer, sink := open(func(c *tracing.Config) { c.TraceResponse = true })
	header := make(http.Header)
	told := ask(tracer, nil, nil, func(_ http.ResponseWriter, r *http.Request) {
		attempt := tracing.From(r.Context()).Attempt("BREW")
		attempt.Ask(header)
		attempt.End()
	})
	attempt, ok := correlation.Inbound(header)
	root, read := correlation.ParseTraceparent(told.Get("Traceresponse"))
	if !ok || !read || attempt.TraceID() != root.TraceID() || attempt.SpanID() == root.SpanID() || !attempt.Sampled() {
		t.Errorf("the service is told %v, the caller %v", header, told)
	}
	if sink.named(t, "_OTHER").Kind != tracing.Client {
		t.Error("the attempt is no request to somebody else")
	}
}

func TestConfigReportsWhatCannotBe(t *testing.T) {
	bad := tracing.Config{Sample: 1.5, TrustParent: "sometimes", MaxTraces: 0, MaxSpans: 1 << 20}
	var paths []string
	bad.Validate(func(path, _ string) { paths = append(paths, path) })
	if diff := cmp.Diff("sample trust_parent max_traces max_spans", strings.Join(paths, " ")); diff != "" {
		t.Error(diff)
	}
	tracing.DefaultConfig().Validate(func(path, message string) { t.Errorf("%s: %s", path, message) })
}

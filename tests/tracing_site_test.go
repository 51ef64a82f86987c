package tests

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/concierge-gateway/concierge/correlation"
)

// collector is sent traces.
type collector struct {
	*httptest.Server

	mu    sync.Mutex
	spans []*tracepb.Span
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := new(collector)
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var sent collectorpb.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err != nil || proto.Unmarshal(body, &sent) != nil {
			t.Error("what is sent to the collector cannot be read")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range sent.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// recording is a configuration that records what its callers want recorded, and sends it at once.
func (c *collector) recording(yaml string) string {
	return yaml + fmt.Sprintf("tracing: {endpoint: %q, compression: false, interval: 10ms, sample: 0, trust_parent: always}\n",
		c.URL)
}

// all are the spans that have come so far.
func (c *collector) all() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// wanted has a request recorded, and returns what follows the request to its trace.
func wanted(req *http.Request) correlation.Traceparent {
	parent := correlation.NewTrace().Marked(true)
	req.Header.Set("Traceparent", string(parent))
	return parent
}

// of are the spans of a trace, once the first of them is there: it ends last.
func (c *collector) of(t *testing.T, parent correlation.Traceparent) *spans {
	t.Helper()
	found := &spans{below: make(map[string][]*tracepb.Span), parent: parent.SpanID()}
	waitFor(t, func() string { return "the trace is not sent" }, func() bool {
		return slices.ContainsFunc(c.all(), func(s *tracepb.Span) bool {
			return hex.EncodeToString(s.GetParentSpanId()) == found.parent
		})
	})
	for _, s := range c.all() {
		if hex.EncodeToString(s.GetTraceId()) == parent.TraceID() {
			above := hex.EncodeToString(s.GetParentSpanId())
			found.below[above] = append(found.below[above], s)
		}
	}
	return found
}

// traced sends a request that is recorded, and returns its spans.
func (c *collector) traced(t *testing.T, req *http.Request) (reply, *spans) {
	t.Helper()
	parent := wanted(req)
	r := send(t, req)
	return r, c.of(t, parent)
}

// spans are those of one trace, by what they are parts of.
type spans struct {
	below  map[string][]*tracepb.Span
	parent string
}

// tree is the spans as lines, each below what it is a part of. What differs from run to run is left out. Parts that were done
// beside each other are in the order of their lines.
func (s *spans) tree() string {
	lines := s.lines(s.parent, "")
	return strings.Join(lines, "\n")
}

func (s *spans) lines(above, indent string) []string {
	var parts [][]string
	for _, each := range s.below[above] {
		parts = append(parts, append([]string{indent + lineOf(each)}, s.lines(hex.EncodeToString(each.GetSpanId()), indent+"  ")...))
	}
	slices.SortStableFunc(parts, func(a, b []string) int { return cmp.Compare(strings.Join(a, "\n"), strings.Join(b, "\n")) })
	return slices.Concat(parts...)
}

// lineOf is a span in a line.
func lineOf(s *tracepb.Span) string {
	words := []string{s.GetName()}
	if kind := s.GetKind(); kind != tracepb.Span_SPAN_KIND_INTERNAL {
		words[0] += " (" + strings.ToLower(strings.TrimPrefix(kind.String(), "SPAN_KIND_")) + ")"
	}
	for _, each := range s.GetAttributes() {
		switch key := each.GetKey(); key {
		case "server.address", "server.port", "http.response.body.size", "concierge.request_id", "url.scheme", "concierge.lane",
			"concierge.document", "concierge.plan", "graphql.operation.type", "concierge.limits", "concierge.door":
		default:
			words = append(words, shortened(key)+"="+valueIn(each.GetValue()))
		}
	}
	if s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR {
		words = append(words, "failed")
	}
	if n := len(s.GetLinks()); n > 0 {
		words = append(words, fmt.Sprintf("links=%d", n))
	}
	return strings.Join(words, " ")
}

// shortened is the last part of a key.
func shortened(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func valueIn(v *commonpb.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *commonpb.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	default:
		return "?"
	}
}

// named is the only span of a name.
func (s *spans) named(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	var found []*tracepb.Span
	for _, parts := range s.below {
		for _, each := range parts {
			if each.GetName() == name {
				found = append(found, each)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d spans %s in\n%s", len(found), name, s.tree())
	}
	return found[0]
}

// text is everything that spans say, for whoever looks for something in it.
func (c *collector) text() string {
	var all strings.Builder
	for _, s := range c.all() {
		fmt.Fprintln(&all, s.GetName(), s.GetTraceState(), s.GetStatus().GetMessage())
		for _, each := range s.GetAttributes() {
			fmt.Fprintln(&all, each.GetKey(), valueIn(each.GetValue()))
		}
	}
	return all.String()
}

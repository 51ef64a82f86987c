package otlp

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/concierge-gateway/concierge/tracing"
)

// scope is the name of what makes the spans.
const scope = "github.com/concierge-gateway/concierge"

// resource is who sends.
type resource struct {
	attributes *resourcepb.Resource
	scope      *commonpb.InstrumentationScope
}

func resourceOf(c Config, version string) *resource {
	all := make([]*commonpb.KeyValue, 0, 3+len(c.Attributes))
	all = append(all,
		text("service.name", c.Service), text("service.version", version), text("service.instance.id", uuid.NewString()))
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		all = append(all, text(name, c.Attributes[name]))
	}
	return &resource{
		attributes: &resourcepb.Resource{Attributes: all},
		scope:      &commonpb.InstrumentationScope{Name: scope, Version: version},
	}
}

func (r *resource) of(spans []*tracepb.Span) []*tracepb.ResourceSpans {
	return []*tracepb.ResourceSpans{{
		Resource: r.attributes, ScopeSpans: []*tracepb.ScopeSpans{{Scope: r.scope, Spans: spans}},
	}}
}

// spanOf is a span as OTLP has it.
func spanOf(r *tracing.Record) *tracepb.Span {
	s := &tracepb.Span{
		TraceId: r.Trace[:], SpanId: r.ID[:], Name: r.Name, Kind: kindOf(r.Kind), TraceState: r.State, Flags: sampled,
		StartTimeUnixNano: nanoseconds(r.Began), EndTimeUnixNano: max(nanoseconds(r.Ended), nanoseconds(r.Began)),
	}
	if r.Parent != [8]byte{} {
		s.ParentSpanId = r.Parent[:]
	}
	for _, each := range r.Attributes {
		s.Attributes = append(s.Attributes, &commonpb.KeyValue{Key: each.Key, Value: valueOf(each.Value)})
	}
	for _, each := range r.Links {
		s.Links = append(s.Links, &tracepb.Span_Link{TraceId: each.Trace[:], SpanId: each.ID[:]})
	}
	if r.Error != "" {
		s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
		s.Attributes = append(s.Attributes, text("error.type", r.Error))
	}
	return s
}

// nanoseconds are those since 1970.
func nanoseconds(at time.Time) uint64 { return uint64(at.UnixNano()) }

// sampled is the flag of traceparent that all spans have which are sent.
const sampled = 1

func kindOf(k tracing.Kind) tracepb.Span_SpanKind {
	switch k {
	case tracing.Server:
		return tracepb.Span_SPAN_KIND_SERVER
	case tracing.Client:
		return tracepb.Span_SPAN_KIND_CLIENT
	default:
		return tracepb.Span_SPAN_KIND_INTERNAL
	}
}

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: valueOf(value)}
}

func valueOf(value any) *commonpb.AnyValue {
	switch v := value.(type) {
	case string:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}
	case int64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v}}
	case bool:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v}}
	default:
		return &commonpb.AnyValue{}
	}
}

package correlation_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/correlation"
)

func TestPropagateNamesTheRequestOnOutgoingOnes(t *testing.T) {
	named := correlation.Correlation{
		RequestID: "request-1",
		Trace:     correlation.Trace{Parent: valid, State: "vendor=1"},
	}
	stateless := named
	stateless.Trace.State = ""
	tests := map[string]struct {
		ctx  context.Context
		want http.Header
	}{
		"all of it": {
			correlation.With(t.Context(), named),
			http.Header{"X-Request-Id": {"request-1"}, "Traceparent": {valid}, "Tracestate": {"vendor=1"}},
		},
		"no state": {
			correlation.With(t.Context(), stateless),
			http.Header{"X-Request-Id": {"request-1"}, "Traceparent": {valid}},
		},
		"a context of no request": {t.Context(), http.Header{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := http.Header{"X-Request-Id": {"stale"}, "Traceparent": {"stale"}, "Tracestate": {"stale", "staler"}}
			correlation.Propagate(tt.ctx, got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFromIsZeroInAContextOfNoRequest(t *testing.T) {
	if got := correlation.From(t.Context()); got != (correlation.Correlation{}) {
		t.Errorf("got %+v", got)
	}
}

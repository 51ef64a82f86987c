package correlation_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/correlation"
)

func TestOnlyRecordedTracesAreExamples(t *testing.T) {
	for name, tt := range map[string]struct {
		parent string
		want   map[string]string
	}{
		"recorded":              {valid, map[string]string{"trace_id": traceID}},
		"recorded, random id":   {valid[:53] + "03", map[string]string{"trace_id": traceID}},
		"not recorded":          {valid[:53] + "00", nil},
		"not recorded, random":  {valid[:53] + "02", nil},
		"begun here":            {"", nil},
		"what cannot be parsed": {valid[:53] + "0x", nil},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Traceparent": {tt.parent}}
			ctx := correlation.With(t.Context(), correlation.Correlation{Trace: nextHop(header)})
			if diff := cmp.Diff(tt.want, correlation.Example(ctx)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := correlation.Example(t.Context()); got != nil {
		t.Errorf("a context of no request has the example %v", got)
	}
}

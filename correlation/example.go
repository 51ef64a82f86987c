package correlation

import "context"

// Example is what an observation of a metric says of the trace that ctx works for, so that somebody can look at one of those
// that were slow. It is nil where the trace is not recorded: it would lead nowhere.
func Example(ctx context.Context) map[string]string {
	c, ok := ctx.Value(contextKey{}).(*Correlation)
	if !ok || !c.Trace.Parent.recorded() {
		return nil
	}
	return map[string]string{"trace_id": c.Trace.Parent.TraceID()}
}

// recorded is Sampled for a place of this hop, whose flags are one digit. It is asked for each request.
func (p Traceparent) recorded() bool { return len(p) == size && p[size-1]&1 == 1 }

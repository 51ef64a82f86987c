package gateway

import (
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// recordOperation notes for log and metrics which operation a request is.
func recordOperation(ctx context.Context, operation *graphql.OperationContext) {
	record := middleware.RecordFrom(ctx)
	record.SetOperation(operation.Operation.Name)
	found, _ := operation.Stats.GetExtension(foundDocument).(persisted.Found)
	record.SetKind(string(operation.Operation.Operation), found.Hash, operation.RawQuery)
}

// recordCost notes what an operation could take, and has taken so far, where that is reckoned.
func recordCost(ctx context.Context, s *spending) {
	if s != nil {
		middleware.RecordFrom(ctx).SetCost(s.Estimated.Cost, s.Cost())
	}
}

// recordCame notes that an answer was known, or found out for somebody else.
func recordCame(ctx context.Context, given answers.Given) {
	switch {
	case given.Terms.Found:
		middleware.RecordFrom(ctx).SetCache("hit")
	case !given.Own:
		middleware.RecordFrom(ctx).SetCache("shared")
	}
}

// ended writes a line for a subscription on a WebSocket: its request ended when it was let in, and its connection goes on.
func (h *socketHandler) ended(ctx context.Context, start *starting, ending subscriptions.Ending, lasted time.Duration) {
	if !h.lines {
		return
	}
	c := correlation.From(ctx)
	h.log.LogAttrs(ctx, slog.LevelInfo, "subscription ended",
		slog.String("request_id", c.RequestID), slog.String("trace_id", c.Trace.Parent.TraceID()),
		slog.String("operation", clipped(start.operation)), slog.String("ended", string(ending.Reason)),
		slog.Int64("events", start.telling.Told()), slog.Float64("duration_ms", float64(lasted.Microseconds())/1000))
}

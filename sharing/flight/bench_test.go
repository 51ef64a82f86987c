package flight_test

import (
	"context"
	"testing"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/sharing/flight"
)

// What work costs beyond itself when nobody else wants it.
func BenchmarkAlone(b *testing.B) {
	var group flight.Group[int, int]
	key := keyOf("/orders")
	ctx, cancel := context.WithCancel(identity.With(b.Context(), new(identity.Caller)))
	defer cancel()
	work := func(context.Context) (int, error) { return 1, nil }
	joins := func(int) bool { return true }
	b.Run("in a ctx that ends", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			request, end := context.WithCancel(ctx)
			_, _, _ = group.Do(request, key, 1, joins, work)
			end()
		}
	})
	b.Run("many in one ctx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _, _ = group.Do(ctx, key, 1, joins, work)
		}
	})
	b.Run("only the ctx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, end := context.WithCancel(ctx)
			end()
		}
	})
}

func keyOf(uri string) sharing.Key {
	return sharing.ForCall(sharing.Nothing, sharing.Caller{}, "order", "GET", uri)
}

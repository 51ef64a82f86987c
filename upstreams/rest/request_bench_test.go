package rest

import (
	"testing"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// BenchmarkRequest is what it takes to say what is asked of a service, and on whose behalf: for 20 keys.
func BenchmarkRequest(b *testing.B) {
	client := new(service).client(nil)
	lookup := Lookup{Many: Get("/things", nil), Param: "ids", Member: "id"}
	keys := make([]record.ID, 20)
	for i := range keys {
		keys[i] = record.ID(1000 + i)
	}
	ctx := correlation.With(b.Context(), correlation.Correlation{
		RequestID: "01J9ZC3", Trace: correlation.Trace{Parent: correlation.NewTrace()},
	})
	ctx = identity.With(ctx, &identity.Caller{ID: "ada", Scopes: "a b"})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.request(ctx, client.callFor(lookup, keys)); err != nil {
			b.Fatal(err)
		}
	}
}

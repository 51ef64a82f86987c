package toll_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// BenchmarkPay is a level that asks for a hundred units of two fields, some of them twice, and is granted all.
func BenchmarkPay(b *testing.B) {
	account, first, second, _ := open(b, 1_000_000_000, 1_000_000_000)
	var tolls toll.Tolls
	b.ReportAllocs()
	for b.Loop() {
		tolls.Open(account)
		for i := range record.ID(100) {
			tolls.Ask(toll.Unit{Field: [...]*ratelimit.Field{first, second}[i%2], ID: (i*37)%80 + 1})
		}
		tolls.Pay(b.Context())
	}
}

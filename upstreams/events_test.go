package upstreams_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams"
)

func TestAnEventEndsWhatIsMadeOfItsRecord(t *testing.T) {
	c := upstreams.DefaultConfig()
	order7 := []purge.Tag{purge.Record("order", "id", 7), purge.Lists("order"), purge.Path("order", "/orders/7")}
	payment3 := []purge.Tag{
		purge.Record("payment", "id", 3), purge.Lists("payment"), purge.Path("payment", "/payments/3"), purge.Record("payment", "order_id", 7),
	}
	for name, each := range map[string]struct {
		service string
		id      int64
		others  map[string]int64
		want    []purge.Tag
	}{
		"an order":                 {"order", 7, map[string]int64{"user": 2}, append(slices.Clone(order7), purge.Record("order", "user_id", 2))},
		"an order of nobody knows": {"order", 7, nil, []purge.Tag{purge.Service("order")}},
		"a payment and its order":  {"payment", 3, map[string]int64{"order": 7}, append(slices.Clone(payment3), order7...)},
		"a product": {"product", 4, nil, []purge.Tag{
			purge.Record("product", "id", 4), purge.Lists("product"), purge.Path("product", "/products/4"),
		}},
	} {
		got := c.Happened(each.service, each.id, func(kind string) int64 { return each.others[kind] })
		if diff := cmp.Diff(each.want, got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

func TestEventsAreAboutRecordsAndThoseTheyBelongTo(t *testing.T) {
	for service, want := range map[string][]string{
		"order": {"order", "user"}, "payment": {"payment", "order"}, "user": {"user"},
	} {
		if diff := cmp.Diff(want, upstreams.Kinds(service)); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", service, diff)
		}
	}
}

package purge_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/purge"
)

func TestMetricsAreReadWhileSomethingIsPurged(t *testing.T) {
	registry := prometheus.NewRegistry()
	l := purge.NewLog(100, nil)
	l.Measure(registry)
	var purges sync.WaitGroup
	purges.Go(func() {
		for n := range int64(200) {
			l.Purge(t.Context(), purge.ByWrite, purge.Record("order", "id", n))
		}
	})
	for range 5 {
		if _, err := registry.Gather(); err != nil {
			t.Error(err)
		}
	}
	purges.Wait()
}

func TestMetricsTellOfPurges(t *testing.T) {
	registry := prometheus.NewRegistry()
	l := purge.NewLog(100, &teller{})
	l.Measure(registry)
	l.Purge(t.Context(), purge.ByWrite, 1001, 1002)
	l.Purge(t.Context(), purge.ByGroup, 1003)
	l.Purge(t.Context(), purge.ByAdmin, purge.All())
	l.Purge(t.Context(), purge.ByWebhook, 1003)
	l.Hear(purge.Heard{Shared: 5, Tags: []purge.Tag{1004, 1005, 1006}, Missed: 4})
	l.Touch(time.Now())
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP concierge_purge_floors_total How often everything was purged that was kept before some moment: on request, or since purges were forgotten or missed.
# TYPE concierge_purge_floors_total counter
concierge_purge_floors_total 2
# HELP concierge_purge_tags Tags whose last purge is remembered.
# TYPE concierge_purge_tags gauge
concierge_purge_tags 4
# HELP concierge_purges_in_touch Whether purges of other instances are heard here.
# TYPE concierge_purges_in_touch gauge
concierge_purges_in_touch 1
# HELP concierge_purges_total Purged tags, by what made the purge: write, group, admin, webhook, event, or shared for another instance.
# TYPE concierge_purges_total counter
concierge_purges_total{source="admin"} 1
concierge_purges_total{source="event"} 0
concierge_purges_total{source="group"} 1
concierge_purges_total{source="shared"} 3
concierge_purges_total{source="webhook"} 1
concierge_purges_total{source="write"} 2
`)); err != nil {
		t.Error(err)
	}
}

package records_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
)

// inRedis is an instance whose second level is a real one.
func inRedis(t *testing.T, server *redistest.Server) *kit {
	t.Helper()
	at := redis.DefaultConfig()
	at.Addresses = []string{server.Address}
	client, err := redis.Open(at)
	if err != nil {
		t.Fatal(err)
	}
	config := stored.DefaultConfig().Redis
	config.Enabled, config.Timeout, config.Probe = true, 5*time.Second, 20*time.Millisecond
	second := stored.NewSecond(config, "", client, nil, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { second.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		second.Close()
		client.Close()
	})
	redistest.Await(t, "Redis", second.Reachable)
	return newKit(func(p *records.Parts) {
		p.Second, p.Log = second, &order{Log: purge.NewLog(100, nil), place: 5}
	})
}

func TestInstancesShareRecordsThroughRedis(t *testing.T) {
	server := redistest.Start(t)
	one, other := inRedis(t, server), inRedis(t, server)
	one.keep(byUser(), minutes(1, 0, 0), []record.ID{1, 2}, `1: {"id":11}`, `1: {"id":12}`, `2: {"id":21}`)
	other.keep(byUser(), minutes(1, 0, 0), []record.ID{3}, `3: {"id":31}`)
	redistest.Await(t, "what is written", func() bool {
		return len(other.Find(t.Context(), byUser(), []record.ID{1, 2, 3}).Missing) == 0
	})
	other.expect(t, byUser(), nil, `1: {"id":11}`, `1: {"id":12}`, `2: {"id":21}`, `3: {"id":31}`)
	server.Kill()
	one.expect(t, byUser(), []record.ID{3}, `1: {"id":11}`, `1: {"id":12}`, `2: {"id":21}`)
}

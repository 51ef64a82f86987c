package stored

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/crew"
	"github.com/concierge-gateway/concierge/redis"
)

const (
	// place is what keys in Redis begin with, after the prefix of all of them.
	place = "kept:"
	// writers write at the same time, each a pipeline.
	writers = 2
)

// store is Redis.
type store interface {
	Connect(ctx context.Context) error
	Read(ctx context.Context, names []string, most int64) ([][]byte, error)
	Write(ctx context.Context, writes []write) outcome
}

// Second is what instances share: values in Redis. It holds them for as long as Redis has room, and never makes anybody wait for
// longer than the Timeout of its settings, which is the case once when Redis goes: then it is not asked until it is well again.
//
// It is safe for concurrent use. A nil *Second holds nothing.
type Second struct {
	config  SecondConfig
	store   store
	prefix  string
	metrics *secondMetrics
	log     *slog.Logger

	ctx    context.Context //nolint:containedctx // it ends with the Second, and with it the questions that nobody waits for
	end    context.CancelFunc
	crew   crew.Crew
	health health
	queue  *queue
	// refusals are writes that Redis answers with an error.
	refusals seldom
}

// NewSecond returns what Run connects. It is nil unless it is enabled and there is a client. generation names all that values
// depend on beside their keys, such as what is left out of them: instances of another one do not find them. It may be empty.
func NewSecond(config SecondConfig, generation string, client *redis.Client, metrics *Metrics, log *slog.Logger) *Second {
	if !config.Enabled || client == nil {
		return nil
	}
	prefix := client.Prefix() + place
	if generation != "" {
		prefix += generation + ":"
	}
	return newSecond(config, server{client}, prefix, metrics, log)
}

func newSecond(config SecondConfig, from store, prefix string, metrics *Metrics, log *slog.Logger) *Second {
	s := &Second{
		config: config, store: from, prefix: prefix, metrics: metrics.second(), log: log,
		queue: newQueue(config.Queue, int64(config.QueueMemory)),
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.health.Store(&state{since: time.Now(), asked: []string{prefix}})
	return s
}

// Run looks after Redis and writes what is set, until ctx ends or Close. What still waits to be written then is dropped.
func (s *Second) Run(ctx context.Context) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	var workers sync.WaitGroup
	workers.Go(func() { s.probe(ctx) })
	for range writers {
		workers.Go(func() { s.writeAll(ctx) })
	}
	workers.Wait()
	s.stop()
	s.metrics.dropped.Add(float64(s.queue.empty()))
}

// Close ends what is still being asked, and Run. It waits for the questions, which takes as long as a connection may take to come
// about at most. The client is the caller's to close, afterwards.
func (s *Second) Close() {
	if s == nil {
		return
	}
	s.end()
	s.crew.Wait()
}

// Reachable reports whether Redis is asked now.
func (s *Second) Reachable() bool { return s != nil && s.health.Load().well }

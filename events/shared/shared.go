// Package shared answers how an event that reached one instance comes to all others.
//
// Redis has a stream of the last events (tell.lua). Whoever has an event adds it, and all read what was added since they read
// last, so that a connection that was lost misses nothing. An entry names the one before it: who was away for longer than the
// stream is, or finds that Redis has lost entries, knows it, and says so. What an instance cannot tell because Redis is gone it
// keeps, within a bound, and tells later.
package shared

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/redis"
)

//go:embed tell.lua
var tellScript string

// page is how many entries are read at once.
const page = 100

// errConnecting is of who asks before there is a connection.
var errConnecting = errors.New("there is no connection yet")

// Hub is told what others have told.
type Hub interface {
	Receive(way events.Way, e events.Event) bool
	Lose(service string, kinds ...string)
	Began(kinds ...string)
}

// Bus brings events to other instances, and theirs here. It is safe for concurrent use. Without Run it keeps what it is told.
type Bus struct {
	config Config
	client *redis.Client
	key    string
	id     string // of this instance
	tell   *rueidis.Lua
	log    *slog.Logger
	out    outbox

	mu   sync.Mutex
	well bool // whether Redis was well when it was asked last
	said bool // whether it was said that it is not
}

// New returns a bus that Run connects.
func New(config Config, client *redis.Client, log *slog.Logger) *Bus {
	return &Bus{
		config: config, client: client, key: client.Prefix() + "events", id: rand.Text(), log: log,
		tell: rueidis.NewLuaScript(tellScript), out: newOutbox(config.Waiting),
	}
}

// Tell tells the other instances of an event. It does not wait.
func (b *Bus) Tell(e events.Event) {
	text, err := json.Marshal(e)
	if err != nil { // which no event is
		b.log.Error("write an event", "error", err)
		return
	}
	b.out.add(string(text))
}

// Run brings events to and fro until ctx ends. What waits then is told. It is called once.
func (b *Bus) Run(ctx context.Context, hub Hub) {
	var both sync.WaitGroup
	both.Go(func() { (&reader{Bus: b, hub: hub}).follow(ctx) })
	both.Go(func() { b.send(ctx) })
	both.Wait()
	b.finish()
}

// finish tells what is left, within one probe.
func (b *Bus) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), b.config.Probe)
	defer cancel()
	for text, ok := b.out.peek(); ok; text, ok = b.out.peek() {
		if b.add(ctx, text) != nil {
			return
		}
		b.out.sent(text)
	}
}

// send adds what was told to the stream, one after the other.
func (b *Bus) send(ctx context.Context) {
	for {
		text, ok := b.out.first(ctx)
		if !ok {
			return
		}
		if err := b.add(ctx, text); err != nil {
			b.fail(ctx, err)
			b.pause(ctx)
			continue // it may be there all the same: whoever reads it twice knows it
		}
		b.out.sent(text)
	}
}

func (b *Bus) add(ctx context.Context, text string) error {
	client := b.client.Connected()
	if client == nil {
		return errConnecting
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.Probe)
	defer cancel()
	if err := b.tell.Exec(ctx, client, []string{b.key}, []string{strconv.Itoa(b.config.Retained), b.id, text}).Error(); err != nil {
		return fmt.Errorf("tell of an event: %w", err)
	}
	return nil
}

// fail says once that Redis is not well.
func (b *Bus) fail(ctx context.Context, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.well = false
	if !b.said && ctx.Err() == nil && !errors.Is(err, errConnecting) {
		b.said = true
		b.log.WarnContext(ctx, "events are not shared with other instances in time", "error", err)
	}
}

// recover says that it is well again.
func (b *Bus) recover(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.said || !b.well {
		b.log.InfoContext(ctx, "events are shared with other instances")
	}
	b.well, b.said = true, false
}

func (b *Bus) pause(ctx context.Context) {
	timer := time.NewTimer(b.config.Probe)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

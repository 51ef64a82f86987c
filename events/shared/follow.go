package shared

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/events"
)

// none is the place before all entries.
const none = "0-0"

// reader reads the stream. It belongs to one goroutine.
type reader struct {
	*Bus

	hub  Hub
	last string // the id of the entry that was read last, or after which reading began; empty before
	late bool   // whether it could not begin at once
}

// follow goes on until ctx ends.
func (r *reader) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.round(ctx); err != nil {
			r.late = true
			r.fail(ctx, err)
			r.pause(ctx)
		}
	}
}

// round makes sure that Redis has what was read, and waits for further entries until it is time for the next round.
func (r *reader) round(ctx context.Context) error {
	began := time.Now()
	newest, err := r.newest(ctx)
	if err != nil {
		return err
	}
	if r.last == "" {
		r.begin(newest)
	}
	if before(newest, r.last) { // Redis has lost entries, which others may not have read
		r.lose()
		r.last = newest
	}
	r.recover(ctx)
	for left := r.config.Probe; left >= time.Millisecond && ctx.Err() == nil; left = r.config.Probe - time.Since(began) {
		if err := r.read(ctx, left); err != nil {
			return err
		}
	}
	return nil
}

// begin reads from here on.
func (r *reader) begin(newest string) {
	r.last = newest
	if r.late {
		r.hub.Began()
	}
}

func (r *reader) lose() { r.hub.Lose("") }

// newest connects where that is needed, and finds the last entry.
func (r *reader) newest(ctx context.Context) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Probe)
	defer cancel()
	client, err := r.client.Connect(ctx)
	if err != nil {
		return "", err
	}
	found, err := client.Do(ctx, client.B().Xrevrange().Key(r.key).End("+").Start("-").Count(1).Build()).AsXRange()
	switch {
	case err != nil && !rueidis.IsRedisNil(err):
		return "", fmt.Errorf("look at the stream of events: %w", err)
	case len(found) == 0:
		return none, nil
	default:
		return found[0].ID, nil
	}
}

// read reads entries after the last, and waits for one where there is none.
func (r *reader) read(ctx context.Context, wait time.Duration) error {
	client := r.client.Connected()
	if client == nil {
		return errConnecting
	}
	ctx, cancel := context.WithTimeout(ctx, wait+r.config.Probe)
	defer cancel()
	ask := client.B().Xread().Count(page).Block(wait.Milliseconds()).Streams().Key(r.key).Id(r.last).Build()
	found, err := client.Do(ctx, ask).AsXRead()
	if err != nil && !rueidis.IsRedisNil(err) {
		return fmt.Errorf("read the stream of events: %w", err)
	}
	for _, each := range found[r.key] {
		r.hear(each)
	}
	return nil
}

// hear takes an entry. One that does not follow on the last has others before it that are gone.
func (r *reader) hear(entry rueidis.XRangeEntry) {
	if entry.FieldValues["p"] != r.last {
		r.lose()
	}
	r.last = entry.ID
	if entry.FieldValues["s"] == r.id {
		return
	}
	e, err := readEvent(entry.FieldValues["e"])
	if err != nil {
		r.lose()
		return
	}
	r.hub.Receive(events.ByOthers, e)
}

// errNone is of an entry without an event.
var errNone = errors.New("the entry says no event")

func readEvent(text string) (e events.Event, err error) {
	if text == gap {
		return events.Event{}, errNone
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.ID == "" || len(e.Topics) == 0 {
		return events.Event{}, errNone
	}
	return e, nil
}

// before compares the ids of entries, which are a time and a number. What is no id comes before all.
func before(one, other string) bool {
	oneTime, oneNumber := parts(one)
	otherTime, otherNumber := parts(other)
	return oneTime < otherTime || oneTime == otherTime && oneNumber < otherNumber
}

func parts(id string) (at, number uint64) {
	text, rest, _ := strings.Cut(id, "-")
	at, _ = strconv.ParseUint(text, 10, 64)
	number, _ = strconv.ParseUint(rest, 10, 64)
	return at, number
}

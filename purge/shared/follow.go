package shared

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/purge"
)

// page is how many entries are read at once.
const page = 1000

// errShort is of an order that has less than it said.
var errShort = errors.New("entries have disappeared while they were read")

// reader reads the order. It belongs to one goroutine.
type reader struct {
	*Order
	purges *purge.Log
	last   place // what was read last
}

// follow goes on until ctx ends.
func (r *reader) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			r.fail(ctx, err)
			r.pause(ctx)
		}
	}
}

func (r *reader) pause(ctx context.Context) {
	timer := time.NewTimer(r.config.Probe)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// round makes sure that everything has been read, and then waits for further entries until it is time for the next.
func (r *reader) round(ctx context.Context) error {
	began := time.Now()
	newest, err := r.look(ctx)
	if err != nil {
		return err
	}
	quick := time.Since(began) <= r.config.Wait
	for r.last.before(newest) {
		n, err := r.read(ctx, 0)
		switch {
		case err != nil:
			return err
		case n == 0:
			return errShort
		}
	}
	r.out.lost(began)
	r.resume()
	for left := r.config.Probe; left >= time.Millisecond; left = r.config.Probe - time.Since(began) {
		r.settle(ctx, began, quick)
		if _, err := r.read(ctx, left); err != nil {
			return err
		}
	}
	r.settle(ctx, began, quick)
	return nil
}

// settle is for when everything was read that there was at a time. It says so once Redis has what was told before then.
func (r *reader) settle(ctx context.Context, at time.Time, quick bool) {
	if !r.out.has(at) {
		return
	}
	if r.purges.Touch(at) {
		r.purges.Purge(ended(), purge.ByOthers, purge.Return())
	}
	if quick {
		r.recover(ctx)
	}
}

// look connects where that is needed, and finds out which entry is the last.
func (r *reader) look(ctx context.Context) (newest place, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.patience())
	defer cancel()
	client, err := r.client.Connect(ctx)
	if err != nil {
		return place{}, err
	}
	text, err := r.scripts.look.Exec(ctx, client, []string{r.key}, r.args(r.last.String())).ToString()
	if err != nil {
		return place{}, fmt.Errorf("look at the order of purges: %w", err)
	}
	return readPlace(text)
}

// args are the arguments of a script, after those that all have.
func (o *Order) args(further ...string) []string {
	return append([]string{strconv.Itoa(o.config.Retained), pack(purge.All())}, further...)
}

// read reads entries after the last, and waits for one where there is none. It is how many there were.
func (r *reader) read(ctx context.Context, wait time.Duration) (int, error) {
	client := r.client.Connected()
	if client == nil {
		return 0, errConnecting
	}
	ctx, cancel := context.WithTimeout(ctx, wait+r.config.patience())
	defer cancel()
	found, err := client.Do(ctx, r.question(client, wait)).AsXRead()
	if err != nil && !rueidis.IsRedisNil(err) {
		return 0, fmt.Errorf("read the order of purges: %w", err)
	}
	return len(found[r.key]), r.hear(found[r.key])
}

func (r *reader) question(client rueidis.Client, wait time.Duration) rueidis.Completed {
	ask := client.B().Xread().Count(page)
	if wait < time.Millisecond {
		return ask.Streams().Key(r.key).Id(r.last.String()).Build()
	}
	return ask.Block(wait.Milliseconds()).Streams().Key(r.key).Id(r.last.String()).Build()
}

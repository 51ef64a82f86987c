package shared

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// errConnecting is of who asks before there is a connection.
var errConnecting = errors.New("there is no connection yet")

// send adds messages to the order, one after the other, until ctx ends.
func (o *Order) send(ctx context.Context) {
	for ctx.Err() == nil {
		m := o.nextToSend()
		if m == nil {
			select {
			case <-ctx.Done():
			case <-o.out.wake:
			}
			continue
		}
		if err := o.add(ctx, m); err != nil && ctx.Err() == nil {
			o.stuck.Store(true)
			o.fail(ctx, err)
		}
	}
}

func (o *Order) nextToSend() *message {
	if o.stuck.Load() {
		return nil
	}
	return o.out.next()
}

// resume lets messages be sent again.
func (o *Order) resume() {
	if o.stuck.Swap(false) {
		o.out.rouse()
	}
}

// add adds one message. Where it fails, it may be in the order all the same.
func (o *Order) add(ctx context.Context, m *message) error {
	client := o.client.Connected()
	if client == nil {
		return errConnecting
	}
	ctx, cancel := context.WithTimeout(ctx, o.config.patience())
	defer cancel()
	args := o.args(o.id, strconv.FormatUint(m.number, 10), pack(m.tags...))
	if err := o.scripts.tell.Exec(ctx, client, []string{o.key}, args).Error(); err != nil {
		return fmt.Errorf("add a purge to the order: %w", err)
	}
	o.out.delivered(m)
	return nil
}

// finish sends what is left.
func (o *Order) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), o.config.Probe)
	defer cancel()
	for m := o.nextToSend(); m != nil; m = o.nextToSend() {
		if o.add(ctx, m) != nil {
			return
		}
	}
}

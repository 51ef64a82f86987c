package rest

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Records are the raw records of a call that answers a list of them. Any other answer cannot be read, nor can a record without an
// id: what is asked for by the id of none would be what belongs to nobody in particular.
func (c *Client) Records(ctx context.Context, call Call) ([]jsontext.Value, error) {
	a, err := c.readList(ctx, call)
	if err != nil {
		return nil, err
	}
	return c.recordsIn(ctx, call, a)
}

// readList makes a call that answers a list.
func (c *Client) readList(ctx context.Context, call Call) (answer, error) {
	a, err := c.do(ctx, c.transport, call, 1)
	if err != nil {
		provenance.From(ctx).Forbid()
		return a, readFailure(err)
	}
	return a, nil
}

// recordsIn are the records of an answer.
func (c *Client) recordsIn(ctx context.Context, call Call, a answer) ([]jsontext.Value, error) {
	records, err := splitList(a.body)
	ids := make([]record.ID, len(records))
	for i := 0; i < len(records) && err == nil; i++ {
		ids[i], err = keyOf(records[i], "id")
	}
	if err != nil {
		provenance.From(ctx).Forbid()
		return nil, c.unreadable(ctx, call, err)
	}
	c.noteList(ctx, call, a, ids)
	return records, nil
}

// Part is what a call answers that asks for one part of a list. doing says of its errors what was being done.
func (c *Client) Part(ctx context.Context, doing string, call Call, part record.Part) Found[record.Part] {
	if described(ctx, Batching{Service: c.service, Max: 1}) {
		return Found[record.Part]{}
	}
	found := Found[record.Part]{asked: question{client: c, doing: doing, call: call}}
	a, err := c.readList(ctx, call)
	if err != nil {
		found.Failed = map[record.Part]error{part: While(doing, err)}
		return found
	}
	found.whole = &wholePart{client: c, doing: doing, call: call, part: part, answer: a}
	if provenance.From(ctx) != nil { // the records are noted there
		found.Split(ctx)
	}
	return found
}

package rest

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// ByKey returns the one record of each key. A key without a record is absent. Of several records the last counts.
func ByKey[T any](ctx context.Context, c *Client, lookup Lookup, keys []record.ID) (map[record.ID]*T, error) {
	lists, err := ManyByKey[T](ctx, c, lookup, keys)
	found := make(map[record.ID]*T, len(lists))
	for key, list := range lists {
		found[key] = list[len(list)-1]
	}
	return found, err
}

// ManyByKey returns the records of each key, in the service's order. A key without records is absent. An error is
// a KeyErrors: the other keys are answered. A record that cannot be decoded fails its own key and no other.
func ManyByKey[T any](ctx context.Context, c *Client, lookup Lookup, keys []record.ID) (map[record.ID][]*T, error) {
	raw, failed := c.Find(ctx, lookup, keys)
	found := make(map[record.ID][]*T, len(raw))
	for key, records := range raw {
		list, err := decodeAll[T](records)
		if err != nil {
			failed = failed.with(c.unreadable(ctx, lookup.Many, err), key)
			continue
		}
		found[key] = list
	}
	if failed != nil {
		return found, failed
	}
	return found, nil
}

// List returns the records of a call that answers a list.
func List[T any](ctx context.Context, c *Client, call Call) ([]*T, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, readFailure(err)
	}
	records := []*T{}
	if err := json.Unmarshal(body, &records); err != nil {
		return nil, c.unreadable(ctx, call, fmt.Errorf("decode list: %w", err))
	}
	for i, each := range records {
		if each == nil {
			return nil, c.unreadable(ctx, call, fmt.Errorf("record %d is null", i))
		}
	}
	return records, nil
}

// Write makes a call that changes something and returns the record it answers with. A reasoned no is a *Rejection.
func Write[T any](ctx context.Context, c *Client, call Call) (*T, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	written := new(T)
	if err := json.Unmarshal(body, written); err != nil {
		return nil, c.unreadable(ctx, call, fmt.Errorf("decode record: %w", err))
	}
	return written, nil
}

func decodeAll[T any](raw []jsontext.Value) ([]*T, error) {
	records := make([]*T, len(raw))
	for i, each := range raw {
		records[i] = new(T)
		if err := json.Unmarshal(each, records[i]); err != nil {
			return nil, fmt.Errorf("decode record: %w", err)
		}
	}
	return records, nil
}

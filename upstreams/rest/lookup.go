package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Lookup is how a service is asked for the records that belong to keys.
type Lookup struct {
	// Many is the call for many keys; their list is added to its query as Param.
	Many Call
	// Param is the contract's name for the list of keys, such as ids. It is empty where the contract has no such list.
	Param string
	// Member is the member of a record that holds its key, such as id or user_id.
	Member string
	// One is the call for a single key, where lists are not taken. It may answer a record or a list of them.
	One func(key record.ID) Call
}

// KeyErrors are the keys of a lookup that failed while others may have been answered.
type KeyErrors map[record.ID]error

// Error says how many failed and why the first of them did, without a word of the service's.
func (e KeyErrors) Error() string {
	first := slices.Min(slices.Collect(maps.Keys(e)))
	return fmt.Sprintf("%d keys failed, the first with: %s", len(e), Describe(e[first]))
}

// Unwrap leads to why they did, the first of them first.
func (e KeyErrors) Unwrap() []error {
	causes := make([]error, 0, len(e))
	for _, key := range slices.Sorted(maps.Keys(e)) {
		causes = append(causes, e[key])
	}
	return causes
}

// with adds keys that failed for one reason, to a map that is made when it is first needed.
func (e KeyErrors) with(err error, keys ...record.ID) KeyErrors {
	if e == nil {
		e = make(KeyErrors)
	}
	for _, key := range keys {
		e[key] = err
	}
	return e
}

// Find returns the raw records of each key, in the service's order. A key without records is absent. Keys must be distinct; those
// beyond the service's maximum go out as further calls at the same time. Some calls can fail and others not: the keys that
// failed stand in KeyErrors, which is nil if there are none.
func (c *Client) Find(ctx context.Context, lookup Lookup, keys []record.ID) (map[record.ID][]jsontext.Value, KeyErrors) {
	keys = slices.Sorted(slices.Values(keys)) // equal lookups are equal calls, whatever order their keys came in
	chunks := slices.Collect(slices.Chunk(keys, c.chunk(lookup)))
	answers := make([]map[record.ID][]jsontext.Value, len(chunks))
	failures := make([]error, len(chunks))
	var calls errgroup.Group
	calls.SetLimit(c.config.MaxConcurrency)
	for i, chunk := range chunks {
		calls.Go(func() error {
			failures[i] = problem.Guard(func() (err error) {
				answers[i], err = c.findChunk(ctx, lookup, chunk)
				return err
			})
			return nil
		})
	}
	_ = calls.Wait() // each chunk has its own error
	return merge(chunks, answers, failures)
}

// single reports whether each key is a call of its own.
func (c *Client) single(lookup Lookup) bool {
	return lookup.Param == "" || c.config.Batch.Style == None
}

// chunk is how many keys one call takes.
func (c *Client) chunk(lookup Lookup) int {
	if c.single(lookup) {
		return 1
	}
	return c.config.Batch.Max
}

func (c *Client) findChunk(ctx context.Context, lookup Lookup, keys []record.ID) (map[record.ID][]jsontext.Value, error) {
	call := c.callFor(lookup, keys)
	body, err := c.do(ctx, call)
	switch {
	case err != nil && c.single(lookup) && problem.KindOf(err) == problem.NotFound:
		return nil, nil // a single record that does not exist
	case err != nil:
		return nil, readFailure(err)
	}
	found, err := group(body, lookup.Member, keys)
	if err != nil {
		return nil, c.unreadable(ctx, call, err)
	}
	return found, nil
}

// readFailure is what a failed call means where nothing was to be written: a refusal is then a disagreement about the contract,
// and so is a missing list.
func readFailure(err error) error {
	var rejection *Rejection
	if errors.As(err, &rejection) || problem.KindOf(err) == problem.NotFound {
		return problem.Wrap(problem.UpstreamRejected, err, "")
	}
	return err
}

func (c *Client) callFor(lookup Lookup, keys []record.ID) Call {
	if c.single(lookup) {
		return lookup.One(keys[0])
	}
	call := lookup.Many
	call.Query = maps.Clone(call.Query)
	if call.Query == nil {
		call.Query = url.Values{}
	}
	call.Query[c.param(lookup.Param)] = c.list(keys)
	return call
}

// param is the service's own name for a parameter of the contract.
func (c *Client) param(name string) string {
	if as, ok := c.config.Batch.Params[name]; ok {
		return as
	}
	return name
}

func (c *Client) list(keys []record.ID) []string {
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	if c.config.Batch.Style == CSV {
		return []string{strings.Join(texts, ",")}
	}
	return texts
}

func merge(
	chunks [][]record.ID, answers []map[record.ID][]jsontext.Value, failures []error,
) (map[record.ID][]jsontext.Value, KeyErrors) {
	found := make(map[record.ID][]jsontext.Value)
	var failed KeyErrors
	for i, chunk := range chunks {
		maps.Copy(found, answers[i])
		if failures[i] != nil {
			failed = failed.with(failures[i], chunk...)
		}
	}
	return found, failed
}

// group sorts the records of an answer by the key that each carries. Records nobody asked for are left out.
func group(body jsontext.Value, member string, keys []record.ID) (map[record.ID][]jsontext.Value, error) {
	wanted := make(map[record.ID]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	records, err := split(body)
	if err != nil {
		return nil, err
	}
	found := make(map[record.ID][]jsontext.Value, len(keys))
	for _, each := range records {
		key, err := keyOf(each, member)
		if err != nil {
			return nil, err
		}
		if wanted[key] {
			found[key] = append(found[key], each)
		}
	}
	return found, nil
}

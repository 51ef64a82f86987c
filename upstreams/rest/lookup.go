package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Lookup is how a service is asked for the records that belong to keys.
type Lookup struct {
	// Doing says of errors what was being done, such as "get users".
	Doing string
	// Many is the call for many keys; their list is added to its query as Param. The log names it where a record cannot be read.
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

// keyErrors is nil where no key failed.
func keyErrors(failed map[record.ID]error) error {
	if len(failed) == 0 {
		return nil
	}
	return KeyErrors(failed)
}

// Find returns the raw records of each key. Keys must be distinct; those beyond the service's maximum go out as further calls at
// the same time. Some calls can fail and others not. The service is not asked for keys that are known, and what is known of keys
// can stand in where it fails.
func (c *Client) Find(ctx context.Context, lookup Lookup, keys []record.ID) Found[record.ID] {
	if described(ctx, Batching{Service: c.service, Max: c.chunk(lookup), Member: lookup.Member}) || len(keys) == 0 {
		return Found[record.ID]{}
	}
	keys = slices.Clone(keys)
	slices.Sort(keys) // equal lookups are equal calls, whatever order their keys came in
	l := c.looks(lookup, keys)
	l.look(ctx)
	found := c.ask(ctx, l)
	if len(l.Stale) > 0 {
		c.refresh(ctx, l)
	}
	if len(found.Records) == 0 {
		found.Records = l.Records
	} else {
		maps.Copy(found.Records, l.Records)
	}
	return found
}

// ask asks the service for what is missing.
func (c *Client) ask(ctx context.Context, l *looking) Found[record.ID] {
	switch most := c.chunk(l.lookup); {
	case len(l.Missing) == 0:
		return Found[record.ID]{asked: c.question(l)}
	case len(l.Missing) <= most:
		return c.findChunk(ctx, l, l.Missing)
	default:
		return c.findChunks(ctx, l, slices.Collect(slices.Chunk(l.Missing, most)))
	}
}

func (c *Client) findChunks(ctx context.Context, l *looking, chunks [][]record.ID) Found[record.ID] {
	answers := make([]Found[record.ID], len(chunks))
	var calls errgroup.Group
	calls.SetLimit(c.config.MaxConcurrency)
	for i, chunk := range chunks {
		calls.Go(func() error {
			answers[i] = c.findChunk(ctx, l, chunk)
			return nil
		})
	}
	_ = calls.Wait() // each chunk has its own errors
	found := Found[record.ID]{asked: c.question(l)}
	for _, each := range answers {
		found.take(each)
	}
	return found
}

// question is what the records of a lookup answer.
func (c *Client) question(l *looking) question {
	q := question{client: c, doing: l.lookup.Doing, call: l.lookup.Many}
	if l.store != nil {
		q.forget = []func(context.Context){l.forget}
	}
	return q
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

// findChunk asks for no more keys than one call takes.
func (c *Client) findChunk(ctx context.Context, l *looking, keys []record.ID) Found[record.ID] {
	if c.mayJoin(ctx, l) {
		return c.findJointly(ctx, l, keys)
	}
	return c.findAlone(ctx, l, keys, c.do)
}

// asking is how a call is made: by do, or by ended where somebody else tells of it.
type asking = func(ctx context.Context, way http.RoundTripper, call Call, keys int) (answer, error)

// findAlone makes one call. Its panic is a failure: it may be on a goroutine where nobody else would recover it.
func (c *Client) findAlone(ctx context.Context, l *looking, keys []record.ID, ask asking) Found[record.ID] {
	found := Found[record.ID]{asked: c.question(l)}
	var a answer
	err := problem.Guard(func() (err error) {
		a, err = c.answerTo(ctx, l, keys, ask, &found)
		return err
	})
	if err != nil {
		found.fail(ctx, l, keys, err)
	}
	c.standIn(ctx, l, keys, a, err, &found)
	return found
}

// fail says of keys why there is no answer. What is made without their records is not what it should be.
func (f *Found[K]) fail(ctx context.Context, l *looking, keys []K, err error) {
	f.Failed = failing(f.Failed, While(l.lookup.Doing, err), keys...)
	provenance.From(ctx).Forbid()
}

// answerTo makes a call and takes its answer apart, unless that can wait.
func (c *Client) answerTo(
	ctx context.Context, l *looking, keys []record.ID, ask asking, found *Found[record.ID],
) (a answer, err error) {
	call := c.callFor(l.lookup, keys)
	a, err = ask(ctx, c.lookups(), call, len(keys))
	none := err != nil && c.single(l.lookup) && problem.KindOf(err) == problem.NotFound // a single record that does not exist
	if err != nil && !none {
		return a, readFailure(err)
	}
	further := c.keeping(ctx, l, a)
	if len(keys) == len(l.keys) && l.canWait(further) {
		found.whole = &wholeLookup{l, a}
		return a, nil
	}
	if !none {
		if found.Records, err = group(a.body, l.lookup.Member, keys); err != nil {
			return a, c.unreadable(ctx, call, err)
		}
	}
	c.keep(l, keys, further, found.Records)
	return a, nil
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
	call.query = c.queryFor(lookup, keys)
	return call
}

// queryFor asks for several keys, as it is written.
func (c *Client) queryFor(lookup Lookup, keys []record.ID) string {
	param := c.param(lookup.Param)
	if c.config.Batch.Style == CSV && len(lookup.Many.Query) == 0 {
		return encodeList(param, keys)
	}
	query := maps.Clone(lookup.Many.Query)
	if query == nil {
		query = url.Values{}
	}
	query[param] = c.list(keys)
	return encode(query)
}

// param is the service's own name for a parameter of the contract.
func (c *Client) param(name string) string {
	if as, ok := c.config.Batch.Params[name]; ok {
		return as
	}
	return name
}

func (c *Client) list(keys []record.ID) []string {
	if c.config.Batch.Style == CSV {
		return []string{commaList(keys)}
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	return texts
}

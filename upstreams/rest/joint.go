package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing/flight"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/underway"
)

// What is in this file makes one call of the lookups of several requests, where an answer to one may be given to the others.

// joint are the lookups of a client that are under way. It is safe for concurrent use.
type joint struct {
	batches flight.Batches[record.ID, underway.Mark, *brought]
	// vain counts lookups since one had to be repeated because others had joined it. It is 0 while all goes well.
	vain atomic.Uint32
}

// newJoint is nil where lookups do not go together.
func newJoint(config Batch) *joint {
	if config.Join == 0 || config.Style == None {
		return nil
	}
	j := new(joint)
	j.batches.Most, j.batches.Wait = config.Max, config.Join
	j.batches.Sharing, j.batches.Joined = (*brought).hand, underway.Link
	return j
}

// Where answers turn out to be nobody else's, or to fail since they are asked for together, lookups go alone: all but the first
// so many of each round. Those find out whether it is still so, and must be several to meet.
const (
	trials = 16
	round  = 256
)

// worthwhile reports whether a lookup is to go with others.
func (j *joint) worthwhile() bool { return j.vain.Load() == 0 || j.vain.Add(1)%round < trials }

// learn goes by how a lookup went that had gone with others, or could have.
func (j *joint) learn(well bool) {
	if !well {
		j.vain.CompareAndSwap(0, trials) // the rest of this round
	} else if j.vain.Load() != 0 {
		j.vain.Store(0)
	}
}

// mayJoin reports whether a lookup may go with those of others. Where records are not kept one by one, answers are kept by the
// keys that were asked for, and would not be found again.
func (c *Client) mayJoin(ctx context.Context, l *looking) bool {
	return l.store != nil && c.caches.joint != nil && !c.single(l.lookup) && c.caches.Wish(ctx) == rules.Any &&
		c.caches.joint.worthwhile()
}

// brought is what came of a call for the keys of several lookups.
type brought struct {
	answer

	err    error          // why there is no answer, as it came
	keys   []record.ID    // that were asked for
	varied []rules.Varied // what the answer was chosen by
	alike  bool           // others may be given it
	member string         // of a record, that holds its key

	handed  bool // to others: nothing is changed any more
	records map[record.ID][]jsontext.Value
	unread  error // why there are none
}

// hand makes it fit for others: it is taken apart once for all.
func (b *brought) hand() {
	b.split()
	b.handed = true
}

func (b *brought) split() {
	if b.succeeded() && b.records == nil && b.unread == nil && !b.handed {
		b.records, b.unread = group(b.body, b.member, b.keys)
	}
}

func (b *brought) succeeded() bool {
	return b.err == nil && b.res.StatusCode >= 200 && b.res.StatusCode <= 299
}

// isFor reports whether it may be given to somebody who did not make the call, but has waited for it.
func (b *brought) isFor(req *http.Request) bool {
	return b.err != nil || b.alike && rules.Selects(b.varied, req)
}

// mayBeDueToKeys reports whether it could be for some of the keys that the call failed, or for how many they are. A service that
// does not answer, or not now, does not answer others either.
func (b *brought) mayBeDueToKeys() bool {
	switch {
	case b.err != nil:
		_, came := errors.AsType[*attempt.BodyError](b.err) // it may have been too long
		return came
	case b.succeeded():
		return b.unread != nil
	default:
		return b.res.StatusCode != http.StatusTooManyRequests && b.res.StatusCode != http.StatusServiceUnavailable &&
			b.res.StatusCode != http.StatusGatewayTimeout
	}
}

// part is what one call brought of the keys of a lookup.
type part = flight.Part[record.ID, *brought]

// findJointly asks for keys by calls that others join, or that others have made.
func (c *Client) findJointly(ctx context.Context, l *looking, keys []record.ID) Found[record.ID] {
	found := Found[record.ID]{asked: c.question(l)}
	err := problem.Guard(func() error { return c.askJointly(ctx, l, keys, &found) })
	if err != nil {
		found.fail(ctx, l, keys, err)
		c.standIn(ctx, l, keys, answer{}, err, &found)
	}
	return found
}

func (c *Client) askJointly(ctx context.Context, l *looking, keys []record.ID, found *Found[record.ID]) error {
	req, err := c.request(ctx, l.lookup.Many)
	if err != nil {
		return c.unbuilt(err)
	}
	if !c.caches.Shares(req) {
		*found = c.findAlone(ctx, l, keys, c.do)
		return nil
	}
	ctx, t := c.begin(ctx, l.lookup.Many, len(keys))
	s := settlement{looking: l, req: req, found: found}
	for _, each := range c.fly(ctx, l, req, keys) {
		s.settle(ctx, each)
	}
	s.count(ctx)
	s.askForRest(ctx)
	t.end(s.seen, s.err)
	return nil
}

// fly makes a call for keys, or waits for those that others make.
func (c *Client) fly(ctx context.Context, l *looking, req *http.Request, keys []record.ID) []part {
	own := underway.MarkOf(ctx, l.since)
	joins := func(other underway.Mark) bool { return own.Joins(other, l.store.Log) }
	return c.caches.joint.batches.Do(ctx, c.caches.Key(req, wayOf(l.lookup).Name), own, joins, keys,
		func(ctx context.Context, keys []record.ID) (*brought, error) {
			return c.bring(ctx, l.lookup, req, keys), nil
		})
}

// bring asks the service for keys.
func (c *Client) bring(ctx context.Context, lookup Lookup, req *http.Request, keys []record.ID) *brought {
	req.URL.RawQuery = c.queryFor(lookup, keys)
	b := &brought{keys: keys, member: lookup.Member}
	b.answer, b.err = c.roundTrip(c.caches.Alone, req.WithContext(ctx))
	if b.err == nil && !b.instead() {
		b.varied, b.alike = c.caches.Sharable(req, b.res, b.asked, b.came)
	}
	if b.err == nil && !b.alike && b.succeeded() {
		c.caches.joint.learn(false)
	}
	return b
}

// settlement is what a lookup gets of the calls for its keys.
type settlement struct {
	*looking

	req   *http.Request // that the lookup would have sent
	found *Found[record.ID]

	led    bool        // the lookup has made a call
	joined bool        // it went with others
	late   bool        // the service took too long for the keys of several, which may be due to some of them
	got    int         // how many keys are settled
	rest   []record.ID // keys that it has to ask for by itself
	seen   answer      // how it ended, for those who want to know
	err    error
}

// settle takes what one call brought of the lookup's keys.
func (s *settlement) settle(ctx context.Context, p part) {
	b := p.Value
	if p.Err != nil {
		b = &brought{err: p.Err}
	}
	more := len(b.keys) > len(p.Keys)
	s.led = s.led || !p.Shared
	s.joined = s.joined || p.Shared || more
	if errors.Is(p.Err, flight.ErrPanicked) || more && b.mayBeDueToKeys() || p.Shared && !b.isFor(s.req) {
		s.rest = append(s.rest, p.Keys...)
		return
	}
	s.got += len(p.Keys)
	a := b.answer
	if p.Shared {
		a.shared, a.req = true, s.req
	}
	err := s.take(ctx, p, b, a)
	if err != nil {
		s.found.fail(ctx, s.looking, p.Keys, err)
		s.late = s.late || more && problem.KindOf(err) == problem.UpstreamTimeout
	}
	s.client.standIn(ctx, s.looking, p.Keys, a, err, s.found)
	s.seen, s.err = a, err
}

// take finds the records of the lookup's keys in what a call brought.
func (s *settlement) take(ctx context.Context, p part, b *brought, a answer) error {
	c := s.client
	if err := c.meaning(ctx, s.lookup.Many, a, b.err); err != nil {
		return readFailure(err)
	}
	further := c.keeping(ctx, s.looking, a)
	if !b.handed && len(p.Keys) == len(s.keys) && s.canWait(further) {
		s.found.whole = &wholeLookup{s.looking, a}
		return nil
	}
	b.split()
	if b.unread != nil {
		return c.unreadable(ctx, s.lookup.Many, b.unread)
	}
	s.pick(p.Keys, b)
	c.note(s.looking, p.Keys, further, s.found.Records)
	c.store(s.looking, b.keys, further, b.records)
	return nil
}

// pick picks the records of some keys out of what may be others' too.
func (s *settlement) pick(keys []record.ID, b *brought) {
	if !b.handed && s.found.Records == nil {
		s.found.Records = b.records
		return
	}
	if s.found.Records == nil {
		s.found.Records = make(map[record.ID][]jsontext.Value, len(s.keys))
	}
	for _, key := range keys {
		if list, ok := b.records[key]; ok {
			s.found.Records[key] = list
		}
	}
}

// count counts what the lookup wanted, as one call of its own or as one that it was spared.
func (s *settlement) count(ctx context.Context) {
	switch {
	case s.led && len(s.rest) > 0:
		counted(ctx, s.got)
		spared(ctx, -1, 0) // whoever asks alone does not call twice, and nobody is to find out that others asked
	case s.led:
		counted(ctx, s.got)
	case len(s.rest) == 0:
		spared(ctx, 1, s.got)
	default:
		spared(ctx, 0, s.got) // the call is that for the rest
	}
	if s.got > 0 {
		s.client.caches.Note(ctx, !s.led)
	}
	if s.joined {
		s.client.joined.Inc()
	}
	if s.joined || len(s.rest) > 0 {
		s.client.caches.joint.learn(len(s.rest) == 0 && !s.late)
	}
}

// askForRest asks for what the lookup cannot have from others.
func (s *settlement) askForRest(ctx context.Context) {
	if len(s.rest) == 0 {
		return
	}
	slices.Sort(s.rest)
	alone := s.client.findAlone(ctx, s.looking, s.rest,
		func(ctx context.Context, way http.RoundTripper, call Call, keys int) (answer, error) {
			s.seen, s.err = s.client.ended(ctx, way, call, keys)
			return s.seen, s.err
		})
	if s.got == 0 {
		*s.found = alone // it may be whole
		return
	}
	s.found.take(alone)
}

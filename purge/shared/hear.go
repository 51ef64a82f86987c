package shared

import (
	"context"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/purge"
)

// hear writes entries to the log.
func (r *reader) hear(entries []rueidis.XRangeEntry) error {
	heard := make([]purge.Heard, 0, len(entries))
	lost := false
	for _, raw := range entries {
		e, err := readEntry(raw)
		if err != nil {
			return err
		}
		heard = append(heard, r.heard(e))
		lost = lost || r.losing(e)
		r.last = e.at
	}
	r.purges.Hear(heard...)
	if lost {
		r.purgeAll()
	}
	return nil
}

// heard is an entry as the log wants it. What lies between the last one that was read and the one before it was missed.
func (r *reader) heard(e entry) purge.Heard {
	h := purge.Heard{Shared: e.at.position(), Tags: e.tags}
	if r.last.before(e.previous) && !e.all() {
		h.Missed = e.previous.position()
	}
	if e.sender == r.id {
		h.Told = r.out.returned(e.number)
	}
	return h
}

// losing reports whether an entry follows on one before the last that was read: then Redis has lost that one, and others may
// not have read it.
func (r *reader) losing(e entry) bool { return e.previous.before(r.last) && !e.all() }

// purgeAll does not wait.
func (r *reader) purgeAll() { r.purges.Purge(ended(), purge.ByOthers, purge.All()) }

// ended is for who does not wait.
func ended() context.Context {
	ctx, end := context.WithCancel(context.Background())
	end()
	return ctx
}

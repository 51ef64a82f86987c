package passthrough

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/pressure"
)

// filter rewrites an answer for the caller. Where other records say whose those of the answer are, it is read twice, and held in
// memory meanwhile.
func (h *handler) filter(ctx context.Context, c *caller, dst io.Writer, src io.Reader) error {
	if c.sees.Far(h.sight.rules) {
		text, err := h.gather(ctx, c, src)
		if err != nil {
			return err
		}
		src = bytes.NewReader(text)
	}
	trail := audit.From(ctx)
	h.deny(c, trail)
	if c.asks || c.counted != nil {
		var err error
		if src, err = h.begin(c, src); err != nil {
			return err
		}
	}
	return h.show(ctx, c, trail, dst, src)
}

// begin looks at the first byte of an answer, which tells a list from a record. Where the record says whether the caller gets to
// know of it, what is neither is refused, such as a text. It would be null otherwise, which tells that there is something.
func (h *handler) begin(c *caller, src io.Reader) (again io.Reader, err error) {
	again, first, err := beginning(src)
	if err != nil {
		return nil, err
	}
	if c.asks {
		c.list = first == '['
		if first != 0 && strings.IndexByte(`"-0123456789tf`, first) >= 0 {
			return nil, reshape.ErrRefused
		}
	}
	if first == '[' || len(h.Parts) > 0 {
		c.counted.more(c.query)
	}
	return again, nil
}

// show writes what the caller may see.
func (h *handler) show(ctx context.Context, c *caller, trail *audit.Trail, dst io.Writer, src io.Reader) error {
	with := reshape.With{
		Values: c.added, View: c.sees.Showing(func(rule *policy.Rule) { trail.Deny(rule.Name, audit.NotOwner) }),
	}
	if len(h.limited) > 0 {
		with.View.Meter = c.counted.meter(ctx)
	}
	if h.showed != nil && c.request.Method != http.MethodHead {
		with.Shown = make([]int, len(h.types))
		c.shown = with.Shown
		defer h.tell(ctx, with.Shown)
	}
	return h.shows.Stream(dst, src, with, h.maxRecord)
}

// tell tells how many records of each type were shown.
func (h *handler) tell(ctx context.Context, shown []int) {
	for place, records := range shown {
		if records > 0 && h.types[place] != "" {
			h.showed(ctx, h.types[place], records)
		}
	}
}

// beginning is the first byte of a text that is not blank, zero where there is none.
func beginning(src io.Reader) (again io.Reader, first byte, err error) {
	var read [1]byte
	for {
		n, err := src.Read(read[:])
		switch {
		case n > 0 && strings.IndexByte(" \t\r\n", read[0]) >= 0:
		case n > 0:
			return io.MultiReader(bytes.NewReader(read[:]), src), read[0], nil
		case errors.Is(err, io.EOF):
			return src, 0, nil
		case err != nil:
			return nil, 0, err
		}
	}
}

// gather reads an answer to its end, and asks whose its records are.
func (h *handler) gather(ctx context.Context, c *caller, src io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(pressure.Reader(ctx, src, heldEach), int64(h.maxRecord)+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > h.maxRecord:
		return nil, reshape.ErrTooLarge
	}
	with := reshape.With{Values: c.added, View: c.sees.Gathering()}
	err = h.shows.Stream(io.Discard, bytes.NewReader(text), with, h.maxRecord)
	if err != nil && !errors.Is(err, reshape.ErrRefused) {
		return nil, err
	}
	if err := c.sees.Ask(ctx, h.records(ctx)); err != nil {
		return nil, &ownerlessError{err}
	}
	return text, nil
}

// ownerlessError is why nobody knows whose records are.
type ownerlessError struct{ cause error }

// Error is the cause's, which says what was being done.
func (e *ownerlessError) Error() string { return e.cause.Error() }

// Unwrap leads to the problem of the service that was asked.
func (e *ownerlessError) Unwrap() error { return e.cause }

// deny tells the audit what of an answer is withheld whatever the record.
func (h *handler) deny(c *caller, trail *audit.Trail) {
	view := c.sees.Caller()
	for _, rule := range h.sight.rules {
		if view.Verdict(rule) == policy.Refuse {
			reason, _ := policy.Why(view)
			trail.Deny(rule.Name, reason)
		}
	}
}

package passthrough

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
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
	return h.show(c, trail, dst, src)
}

func (h *handler) show(c *caller, trail *audit.Trail, dst io.Writer, src io.Reader) error {
	if c.asks {
		var err error
		if src, c.list, err = recordIn(src); err != nil {
			return err
		}
	}
	view := c.sees.Showing(func(rule *policy.Rule) { trail.Deny(rule.Name, audit.NotOwner) })
	return h.shows.Stream(dst, src, reshape.With{Values: c.added, View: view}, h.maxRecord)
}

// recordIn tells a list from a record, and refuses what is neither, such as a text. It would be null otherwise, which tells that
// there is something.
func recordIn(src io.Reader) (again io.Reader, list bool, err error) {
	var first [1]byte
	for {
		n, err := src.Read(first[:])
		switch {
		case n > 0 && strings.IndexByte(" \t\r\n", first[0]) >= 0:
		case n > 0 && strings.IndexByte(`"-0123456789tf`, first[0]) >= 0:
			return nil, false, reshape.ErrRefused
		case n > 0:
			return io.MultiReader(bytes.NewReader(first[:]), src), first[0] == '[', nil
		case errors.Is(err, io.EOF):
			return src, false, nil
		case err != nil:
			return nil, false, err
		}
	}
}

// gather reads an answer to its end, and asks whose its records are.
func (h *handler) gather(ctx context.Context, c *caller, src io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(src, int64(h.maxRecord)+1))
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

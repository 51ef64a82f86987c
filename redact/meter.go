package redact

import (
	"slices"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/wire"
)

// meters are the fields that are read only so often, as they are met.
type meters struct {
	of  *ratelimit.Fields
	all []*ratelimit.Field
}

// meter is 1 + the number of a field by which a member is counted, 0 for none.
type meter int

// meter is the one of a field.
func (m *meters) meter(field *wire.Field) meter {
	limited := m.of.Of(field.Object, field.Name)
	if limited == nil {
		return 0
	}
	at := slices.Index(m.all, limited)
	if at < 0 {
		at = len(m.all)
		m.all = append(m.all, limited)
	}
	return meter(at + 1)
}

// and is what counts a member that two fields show, the first of them if both are counted: what one of them shows as often as
// anybody wants is not counted.
func (m meter) and(other meter) meter {
	if other == 0 {
		return 0
	}
	return m
}

// or is what counts a member that a field shows within another.
func (m meter) or(inner meter) meter {
	if m != 0 {
		return m
	}
	return inner
}

// count is a shape that is counted.
func (m meter) count(shape *reshape.Shape) *reshape.Shape {
	if m == 0 {
		return shape
	}
	return shape.Metered(int(m) - 1)
}

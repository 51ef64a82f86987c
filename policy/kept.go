package policy

import (
	"context"
	"reflect"
	"slices"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// page is a part of a list, of whose records some may have to go.
type page interface {
	Records() []any
	Keep(wanted []bool)
}

// kept is a value without the records that are somebody else's: as if there were none.
func (e *Enforcer) kept(ctx context.Context, view *View, rules []*Rule, value any) (any, error) {
	for _, rule := range rules {
		if view.Verdict(rule) != Ask {
			continue // refused callers did not come so far
		}
		records := recordsOf(value)
		if len(records) == 0 {
			return value, nil
		}
		ids := make([]record.ID, len(records))
		for i, each := range records {
			ids[i] = rule.Owner.Steps[0].ID(each)
		}
		owned, err := view.Owned(ctx, rule.Owner, ids, e.records(ctx))
		if err != nil {
			return nil, err
		}
		if strangers(records, owned) {
			audit.From(ctx).Deny(rule.Name, audit.NotOwner)
		}
		if slices.Contains(owned, false) {
			value = keep(value, owned)
		}
	}
	return value, nil
}

// strangers reports whether any record is there and somebody else's.
func strangers(records []any, owned []bool) bool {
	for i, is := range owned {
		if !is && !isNil(reflect.ValueOf(records[i])) {
			return true
		}
	}
	return false
}

// recordsOf are the records that a resolver returned. Those that there are not are among them, in a list: they are left out like
// those that are somebody else's.
func recordsOf(value any) []any {
	v := reflect.ValueOf(value)
	if isNil(v) {
		return nil
	}
	if part, ok := value.(page); ok {
		return part.Records()
	}
	if v.Kind() != reflect.Slice {
		return []any{value}
	}
	records := make([]any, v.Len())
	for i := range records {
		records[i] = v.Index(i).Interface()
	}
	return records
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Chan, reflect.Func:
		return v.IsNil()
	default:
		return false
	}
}

// keep is a value without the records that are not wanted.
func keep(value any, wanted []bool) any {
	if part, ok := value.(page); ok {
		part.Keep(wanted)
		return part
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice {
		return nil
	}
	out := reflect.MakeSlice(v.Type(), 0, v.Len())
	for i, is := range wanted {
		if is {
			out = reflect.Append(out, v.Index(i))
		}
	}
	return out.Interface()
}

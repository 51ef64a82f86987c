package policy

import (
	"context"
	"fmt"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Records finds the records that ownership depends on.
type Records interface {
	// Records are those of a type with these ids, each a pointer to the client's Go type. One that there is not is left out.
	Records(ctx context.Context, typeName string, ids []record.ID) (map[record.ID]any, error)
}

// Owned tells of each id, which the first step found, whether it leads to the caller. Where that cannot be found out, it does
// not, or the error says why. All records of a step are asked for at once.
func (v *View) Owned(ctx context.Context, owner *Owner, ids []record.ID, records Records) ([]bool, error) {
	for _, step := range owner.Steps[1:] {
		asked := known(ids)
		if len(asked) == 0 {
			break // nothing leads anywhere
		}
		found, err := records.Records(ctx, step.Type, asked)
		if err != nil {
			return nil, fmt.Errorf("find out whose a record is: %w", err)
		}
		next := make([]record.ID, len(ids))
		for i, id := range ids {
			next[i] = step.ID(found[id])
		}
		ids = next
	}
	owned := make([]bool, len(ids))
	for i, id := range ids {
		owned[i] = v.Is(id)
	}
	return owned, nil
}

// known are the ids that are there, each once.
func known(ids []record.ID) []record.ID {
	var distinct []record.ID
	seen := make(map[record.ID]bool, len(ids))
	for _, id := range ids {
		if id != 0 && !seen[id] {
			seen[id] = true
			distinct = append(distinct, id)
		}
	}
	return distinct
}

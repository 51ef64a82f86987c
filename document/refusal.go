package document

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/problem"
)

// refusal says why a document goes no further.
type refusal struct {
	kind    problem.Kind
	message string
	at      []gqlerror.Location
	// reason is the name of the limit that was passed, or a word for another mistake. It is a label of a metric.
	reason string
}

// Reasons that are not the name of a limit.
const (
	reasonEmpty  = "empty"
	reasonSyntax = "syntax"
	reasonCycle  = "cycle"
)

// reasons lists every reason, so that each can be counted from zero.
func reasons() []string {
	return []string{
		reasonEmpty, reasonSyntax, reasonCycle,
		"bytes", "tokens", "fields", "depth", "aliases", "root_fields", "fragments", "directives", "deferred", "nodes", "comparisons",
	}
}

// exceeds is the refusal of what passes a limit. The text holds %s in the place of what was found.
func exceeds(limit string, at *ast.Position, text string, found, allowed int) *refusal {
	amount := strconv.Itoa(found)
	if found == countless {
		amount = "countless"
	}
	return &refusal{
		kind:    problem.LimitExceeded,
		message: fmt.Sprintf(text+" where %d are allowed", amount, allowed),
		at:      locations(at),
		reason:  limit,
	}
}

// cycle is refused here, as validation would: what spreads itself has no size. Validation would also list every fragment on
// the way for every spread that closes a cycle: 44 MB of answer for 55 KB of text.
func cycle(spread *ast.FragmentSpread) *refusal {
	return &refusal{
		kind:    problem.ValidationFailed,
		message: shorten(fmt.Sprintf("fragment %q is spread within itself", spread.Name)),
		at:      locations(spread.Position),
		reason:  reasonCycle,
	}
}

func locations(at *ast.Position) []gqlerror.Location {
	if at == nil {
		return nil
	}
	return []gqlerror.Location{{Line: at.Line, Column: at.Column}}
}

func (r *refusal) problem() *problem.Error { return problem.New(r.kind, r.message) }

// graphQL is the refusal as gqlgen takes it. It goes through the error presenter as any other error does; problem.From finds
// the kind in it.
func (r *refusal) graphQL() *gqlerror.Error {
	return &gqlerror.Error{
		Err:        r.problem(),
		Message:    r.message,
		Locations:  r.at,
		Extensions: map[string]any{"code": r.kind.Code()},
	}
}

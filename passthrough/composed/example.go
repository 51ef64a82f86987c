package composed

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/problem"
)

// example reads the example as if it had come in a request's body.
func (r *reading) example(o *Operation, endpoint *ast.Directive) map[string]any {
	given := argument(endpoint, "example")
	if given == nil {
		return nil
	}
	if given.Kind != ast.ObjectValue || !constant(given) {
		r.failf(given.Position, `an example is an object of values, such as {id: "1"}`)
		return nil
	}
	value, err := given.Value(nil)
	if err != nil {
		r.failf(given.Position, "read the example: %v", err)
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		r.failf(given.Position, "read the example: %v", err)
		return nil
	}
	values, err := newBody(r.schema, text, "the example").variables(o.variables)
	if err != nil {
		r.failf(given.Position, "%s", problem.From(err).Public())
	}
	return values
}

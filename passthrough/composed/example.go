package composed

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/variables"
)

// example reads the example as if it had come in a request's body.
func (r *reading) example(o *Operation, endpoint *ast.Directive) map[string]any {
	given := argument(endpoint, "example")
	if given == nil {
		return nil
	}
	if given.Kind != ast.ObjectValue || !variables.Constant(given) {
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
	all := make([]variables.Variable, len(o.variables))
	for i := range o.variables {
		all[i] = o.variables[i].readable()
	}
	values, err := variables.Read(r.schema, all, text, "the example")
	if err != nil {
		r.failf(given.Position, "%s", problem.From(err).Public())
	}
	return values
}
